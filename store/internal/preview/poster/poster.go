// Package poster takes a frame of a video with ffmpeg, where it is installed.
//
// The program reads what strangers made, so it gets little: one file and no
// other protocol, only formats that hold a video themselves (a playlist could
// name other files), one thread of the lowest priority, no more time, memory
// and output than is stated here, no input and an empty environment.
package poster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Errors that callers branch on.
var (
	// ErrNoFrame: ffmpeg makes no picture of it.
	ErrNoFrame = errors.New("video gives no frame")
	// ErrTooSlow: a frame takes longer than allowed.
	ErrTooSlow = errors.New("video takes too long")
)

// What one run may cost.
const (
	maxTime   = 30 * time.Second
	maxOutput = 8 << 20 // bytes of the frame
	maxErrors = 4 << 10 // bytes that are kept of what it says
	maxMemory = 1 << 30 // bytes of address space; a frame of 8K takes 50 MB
	maxAlloc  = 256 << 20
	grace     = 2 * time.Second // between the end of the process and of its pipes
)

// formats are ffmpeg's names of containers that hold what they show.
const formats = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,dv,h264,hevc,m4v,mjpeg,mxf,wtv,rm"

// Find returns the path of ffmpeg; "" if it is not installed.
func Find(path string) string {
	if path == "" {
		path = "ffmpeg"
	}
	found, err := exec.LookPath(path)
	if err != nil {
		return ""
	}
	return found
}

// Frame returns a JPEG of a frame, upright, its longer edge at most so many
// pixels: one from the first second, past what is often black, or the first.
func Frame(ctx context.Context, ffmpeg, path string, duration time.Duration, longer int) ([]byte, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find video: %w", err)
	}
	at := time.Second
	if duration > 0 {
		at = min(at, duration/3)
	}
	limited, cancel := context.WithTimeoutCause(ctx, maxTime, ErrTooSlow)
	defer cancel()
	frame, err := run(limited, ffmpeg, path, at, longer)
	if errors.Is(err, ErrNoFrame) && at > 0 { // shorter than it says, or than a second
		frame, err = run(limited, ffmpeg, path, 0, longer)
	}
	if err != nil && limited.Err() != nil {
		return nil, context.Cause(limited)
	}
	return frame, err
}

func arguments(path string, at time.Duration, longer int) []string {
	size := strconv.Itoa(longer)
	return []string{
		"-nostdin", "-hide_banner", "-loglevel", "error", "-max_alloc", strconv.Itoa(maxAlloc),
		"-protocol_whitelist", "file", "-format_whitelist", formats, "-threads", "1",
		"-ss", strconv.FormatFloat(at.Seconds(), 'f', 3, 64), "-i", "file:" + path,
		"-map", "0:v:0", "-frames:v", "1", "-an", "-sn", "-dn", "-filter_threads", "1",
		"-vf", "scale=w='max(1,trunc(iw*sar))':h=ih,setsar=1," +
			"scale=w='min(iw," + size + ")':h='min(ih," + size + ")':force_original_aspect_ratio=decrease",
		"-pix_fmt", "yuvj420p", "-c:v", "mjpeg", "-threads", "1", "-q:v", "3", "-f", "image2pipe", "pipe:1",
	}
}

func run(ctx context.Context, ffmpeg, path string, at time.Duration, longer int) ([]byte, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	said := &head{left: maxErrors}
	cmd := exec.CommandContext(ctx, ffmpeg, arguments(path, at, longer)...)
	cmd.Env = []string{"LC_ALL=C"}
	cmd.Stderr = said
	cmd.WaitDelay = grace
	modest(cmd)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start ffmpeg: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start ffmpeg: %w", err)
	}
	confine(cmd.Process)
	frame, readErr := io.ReadAll(io.LimitReader(out, maxOutput+1))
	if len(frame) > maxOutput {
		cancel()
	}
	waitErr := cmd.Wait()
	switch {
	case ctx.Err() != nil && len(frame) <= maxOutput:
		return nil, ctx.Err()
	case readErr != nil || waitErr != nil || len(frame) == 0 || len(frame) > maxOutput:
		return nil, fmt.Errorf("%w: %s", ErrNoFrame, said.text(path))
	}
	return frame, nil
}

// head keeps the beginning of what is written.
type head struct {
	kept bytes.Buffer
	left int
}

// Write implements io.Writer.
func (h *head) Write(p []byte) (int, error) {
	n := min(len(p), h.left)
	h.kept.Write(p[:n])
	h.left -= n
	return len(p), nil
}

// text is the first line, without the path, which is no business of a message.
func (h *head) text(path string) string {
	line, _, _ := strings.Cut(strings.ReplaceAll(h.kept.String(), "file:"+path, "the video"), "\n")
	if line == "" {
		return "ffmpeg says nothing"
	}
	return strings.ToValidUTF8(line, "?")
}

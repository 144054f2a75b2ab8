package preview

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"homeroll/store/internal/need"
	"homeroll/store/internal/preview/poster"
	"homeroll/store/media"
)

// needFFmpeg returns ffmpeg, or skips.
func needFFmpeg(t *testing.T) string {
	t.Helper()
	path := poster.Find("")
	if path == "" {
		need.Missing(t, "ffmpeg is not here")
	}
	return path
}

// videoFile makes a video of so many seconds, stored lying on its side if it is turned.
func videoFile(t *testing.T, ffmpeg, seconds string, turned bool) string {
	t.Helper()
	plain := filepath.Join(t.TempDir(), "plain.mp4")
	run := func(args ...string) {
		if out, err := exec.CommandContext(t.Context(), ffmpeg, args...).CombinedOutput(); err != nil {
			need.Missing(t, "ffmpeg makes no video: ", err, ": ", string(out))
		}
	}
	run("-loglevel", "error", "-f", "lavfi", "-i", "testsrc=size=640x360:rate=10", "-t", seconds, "-c:v", "mpeg4", plain)
	if !turned {
		return plain
	}
	path := filepath.Join(t.TempDir(), "turned.mp4")
	run("-loglevel", "error", "-i", plain, "-c", "copy", "-metadata:s:v", "rotate=90", path)
	return path
}

func videoSource(t *testing.T, path string) Source {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return Source{ID: idOf([]byte(path)), Picture: media.Picture{Type: "video/mp4"}, File: file, Size: 1, Path: path}
}

func TestPosters(t *testing.T) {
	ffmpeg := needFFmpeg(t)
	c := open(t, Config{FFmpeg: ffmpeg})
	for _, tc := range []struct {
		seconds string
		turned  bool
		w, h    int
	}{{"3", false, 256, 144}, {"0.3", false, 256, 144}, {"3", true, 144, 256}} {
		src := videoSource(t, videoFile(t, ffmpeg, tc.seconds, tc.turned))
		if _, err := c.Make(t.Context(), src); err != nil {
			t.Errorf("%s seconds: %v", tc.seconds, err)
			continue
		}
		if got := preview(t, c, src.ID, Small).Bounds().Size(); got.X != tc.w || got.Y != tc.h {
			t.Errorf("%s seconds: %v", tc.seconds, got)
		}
	}
}

// A playlist that is called a video does not make ffmpeg read other files.
func TestPostersReadOneFile(t *testing.T) {
	ffmpeg := needFFmpeg(t)
	video := videoFile(t, ffmpeg, "1", false)
	c := open(t, Config{FFmpeg: ffmpeg})
	for name, text := range map[string]string{
		"playlist.mp4": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:" + video + "\n#EXT-X-ENDLIST\n",
		"concat.mp4":   "ffconcat version 1.0\nfile '" + video + "'\n",
		"text.mp4":     strings.Repeat("this is a text that tty would show\n", 100),
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		src := videoSource(t, path)
		if _, err := c.Make(t.Context(), src); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(err.Error(), path) {
			t.Errorf("%s: the message tells the path: %v", name, err)
		}
	}
}

// cancelWhen returns a context that ends once a file is there.
func cancelWhen(t *testing.T, path string) (context.Context, func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			if _, err := os.Lstat(path); err == nil {
				cancel()
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
	return ctx, func() { cancel(); <-watched }
}

// A program that never ends, or never stops writing, is ended.
func TestPostersAreBounded(t *testing.T) {
	if os.PathSeparator != '/' {
		t.Skip("needs a shell")
	}
	script := func(text string) string {
		path := filepath.Join(t.TempDir(), "ffmpeg")
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	started := filepath.Join(t.TempDir(), "started")
	endless := open(t, Config{FFmpeg: script(": > " + started + "; exec /bin/sleep 1000")})
	src := videoSource(t, os.DevNull)
	ctx, cancel := cancelWhen(t, started)
	defer cancel()
	if _, err := endless.Make(ctx, src); !errors.Is(err, ctx.Err()) || err == nil {
		t.Errorf("%v", err)
	}
	if endless.Has(src.ID) {
		t.Error("what was interrupted is taken for impossible")
	}
	talkative := open(t, Config{FFmpeg: script("exec /bin/cat /dev/zero")})
	if _, err := talkative.Make(t.Context(), src); !errors.Is(err, ErrDamaged) {
		t.Errorf("%v", err)
	}
}

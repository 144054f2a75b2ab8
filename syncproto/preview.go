package syncproto

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/protobuf/encoding/protodelim"

	"homeroll/store/media"
	"homeroll/syncproto/internal/wire"
)

// PreviewProtocol asks a holder for small pictures of its items. One stream
// carries one request and its answers: see preview.proto.
const PreviewProtocol = "/homeroll/preview/1"

// The sizes of previews, in pixels of the longer edge.
const (
	PreviewSmall = 256
	PreviewLarge = 1440
)

// Limits of the preview protocol, in bytes where nothing else is said.
const (
	maxPreviewRequest = 4 << 10
	// MaxPreviews is how many one request may ask for.
	MaxPreviews   = 64
	maxSmallJPEG  = 64 << 10
	maxLargeJPEG  = 1 << 20
	previewFields = 64 + maxFacts // of an answer beside the JPEG
	// previewsServed streams are answered for one peer at once.
	previewsServed = 4
	// previewTime is for how long previews of one request are made; then the
	// others are left for later.
	previewTime = 20 * time.Second
)

// maxJPEG is how large a preview may be; 0 for a size that there is not.
func maxJPEG(pixels int) int {
	switch pixels {
	case PreviewSmall:
		return maxSmallJPEG
	case PreviewLarge:
		return maxLargeJPEG
	}
	return 0
}

// Effort is what a preview may cost.
type Effort int

// The efforts.
const (
	IfMade      Effort = iota // nothing: it is there, or it is for later
	InSpareTime               // it may be made, beside what else there is to do
	Now                       // a person waits
)

// Previewer makes previews of the items that this device holds. Its methods may
// be called concurrently.
type Previewer interface {
	// Preview returns a baseline JPEG of an item held here, whose longer edge has at
	// most so many pixels. media.ErrNotHeld, a [*NoPreviewError], or [ErrLater] if it
	// is not made with that effort, or not before ctx ends.
	Preview(ctx context.Context, id media.ID, pixels int, e Effort) ([]byte, error)
}

// ErrLater reports a preview that is not made yet.
var ErrLater = errors.New("preview is not made yet")

// NoPreviewError says why there will be no preview from this holder.
type NoPreviewError struct{ Reason NoPreview }

func (e *NoPreviewError) Error() string { return "no preview: " + string(e.Reason) }

// NoPreview is why there is no preview.
type NoPreview string

// The reasons.
const (
	NoPreviewOfType   NoPreview = "nothing of this type can be shown"
	NoPreviewProgram  NoPreview = "a program is missing there"
	NoPreviewTooLarge NoPreview = "the picture is too large"
	NoPreviewDamaged  NoPreview = "the picture is damaged"
	NoPreviewUnknown  NoPreview = "for an unknown reason" // of a later version
)

var previewReasons = map[NoPreview]wire.PreviewReason{
	NoPreviewOfType:   wire.PreviewReason_PREVIEW_REASON_TYPE,
	NoPreviewProgram:  wire.PreviewReason_PREVIEW_REASON_PROGRAM,
	NoPreviewTooLarge: wire.PreviewReason_PREVIEW_REASON_TOO_LARGE,
	NoPreviewDamaged:  wire.PreviewReason_PREVIEW_REASON_DAMAGED,
}

// Wish is what previews are asked for.
type Wish struct {
	Pixels int        // PreviewSmall or PreviewLarge
	Items  []media.ID // 1 to MaxPreviews, all different; what is wanted most first
	Now    bool       // a person waits
	// Told, if set, is called with what the holder says of an item, before Previews calls each.
	Told func(i int, f *Facts)
}

// Previews asks a connected peer for previews, and calls each for every item of
// which it hears, as the i-th of the wish: with a JPEG that nobody has checked, or with
// media.ErrNotHeld, [ErrLater] or a [*NoPreviewError]. The slice is the caller's.
// The error is ctx's, or a [PeerError] around [ErrPaused], [ErrBusy],
// [ErrUnable] or another of this package's; items of which each did not hear may
// be asked for again.
func (e *Exchange) Previews(ctx context.Context, peer media.Device, w Wish, each func(i int, jpeg []byte, err error)) error {
	err := e.askPreviews(ctx, peer, w, each)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if e.ctx.Err() != nil {
		return ErrClosed
	}
	if err != nil {
		return &PeerError{peer, "fetch previews", err}
	}
	return nil
}

// CanPreview reports whether a connected peer can be asked for previews.
func (e *Exchange) CanPreview(peer media.Device) bool { return e.understands(peer, canPreview) }

func (e *Exchange) askPreviews(ctx context.Context, peer media.Device, w Wish, each func(int, []byte, error)) error {
	if !e.CanPreview(peer) {
		return ErrUnable
	}
	if maxJPEG(w.Pixels) == 0 || len(w.Items) == 0 || len(w.Items) > MaxPreviews {
		return fmt.Errorf("ask for %d previews of %d pixels", len(w.Items), w.Pixels)
	}
	conn, err := e.cfg.Dialer.Dial(ctx, peer, PreviewProtocol)
	if err != nil {
		return fmt.Errorf("open preview stream: %w", err)
	}
	k := e.mediaLink(conn, peer, true, e.cfg.Stall)
	defer k.drop()
	defer context.AfterFunc(ctx, k.drop)()
	defer context.AfterFunc(e.ctx, k.drop)()
	m := &wire.PreviewRequest{Pixels: uint32(w.Pixels), Now: w.Now}
	for i := range w.Items {
		m.Ids = append(m.Ids, w.Items[i][:]...)
	}
	if _, err := protodelim.MarshalTo(k, m); err != nil {
		return fmt.Errorf("send preview request: %w", err)
	}
	r := &previewReader{r: bufio.NewReaderSize(k, 32<<10), pixels: w.Pixels, open: make([]bool, len(w.Items))}
	for range w.Items {
		i, facts, jpeg, err := r.next()
		var stop *previewStop
		if errors.As(err, &stop) {
			return stop.err
		}
		e.in.add(len(jpeg), time.Now())
		if facts != nil && w.Told != nil {
			w.Told(i, facts)
		}
		each(i, jpeg, err)
	}
	return nil
}

// previewReader reads the answers to one request.
type previewReader struct {
	r      *bufio.Reader
	pixels int
	open   []bool // answered already
}

// previewStop ends the answers.
type previewStop struct{ err error }

func (s *previewStop) Error() string { return s.err.Error() }

// next returns what is said of one item; a *previewStop if nothing more is.
func (r *previewReader) next() (i int, facts *Facts, jpeg []byte, err error) {
	m := new(wire.PreviewAnswer)
	most := maxJPEG(r.pixels)
	err = protodelim.UnmarshalOptions{MaxSize: int64(most + previewFields)}.UnmarshalFrom(r.r, m)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return 0, nil, nil, &previewStop{decodeError(err)}
	}
	switch m.Status {
	case wire.PreviewStatus_PREVIEW_STATUS_PAUSED:
		return 0, nil, nil, &previewStop{ErrPaused}
	case wire.PreviewStatus_PREVIEW_STATUS_BUSY:
		return 0, nil, nil, &previewStop{ErrBusy}
	case wire.PreviewStatus_PREVIEW_STATUS_BAD_REQUEST:
		return 0, nil, nil, &previewStop{malformed("refused as a bad request")}
	}
	if i = int(m.Index); m.Index >= uint32(len(r.open)) || r.open[i] {
		return 0, nil, nil, &previewStop{malformed("answer about item %d of %d", m.Index, len(r.open))}
	}
	r.open[i] = true
	if m.Facts != nil {
		if facts, err = unpackFacts(m.Facts); err != nil {
			return 0, nil, nil, &previewStop{err}
		}
	}
	jpeg, err = answered(m, most)
	return i, facts, jpeg, err
}

// answered returns what an answer about one item says.
func answered(m *wire.PreviewAnswer, most int) ([]byte, error) {
	switch m.Status {
	case wire.PreviewStatus_PREVIEW_STATUS_OK:
		if len(m.Jpeg) == 0 || len(m.Jpeg) > most {
			return nil, &previewStop{malformed("preview of %d bytes", len(m.Jpeg))}
		}
		return m.Jpeg, nil
	case wire.PreviewStatus_PREVIEW_STATUS_NOT_HELD:
		return nil, media.ErrNotHeld
	case wire.PreviewStatus_PREVIEW_STATUS_NONE:
		for why, reason := range previewReasons {
			if reason == m.Reason {
				return nil, &NoPreviewError{why}
			}
		}
		return nil, &NoPreviewError{NoPreviewUnknown}
	case wire.PreviewStatus_PREVIEW_STATUS_LATER:
		return nil, ErrLater
	}
	return nil, &previewStop{malformed("status %d of a preview", m.Status)}
}

package syncproto

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"google.golang.org/protobuf/encoding/protodelim"

	"homeroll/store/media"
	"homeroll/syncproto/internal/wire"
)

// previewDesk counts the streams that are answered.
type previewDesk struct {
	mu     sync.Mutex // guards what follows
	served map[media.Device]int
}

// enter takes a place for a peer; the caller calls leave. False if it has all of
// its places.
func (d *previewDesk) enter(peer media.Device) (leave func(), ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.served[peer] >= previewsServed {
		return func() {}, false
	}
	if d.served == nil {
		d.served = map[media.Device]int{}
	}
	d.served[peer]++
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.served[peer]--; d.served[peer] == 0 {
			delete(d.served, peer)
		}
	}, true
}

// servePreviews answers one request and closes the stream.
func (e *Exchange) servePreviews(ctx context.Context, peer media.Device, conn net.Conn) error {
	k := e.mediaLink(conn, peer, false, e.cfg.Stall)
	defer k.Close()
	defer context.AfterFunc(ctx, k.drop)()
	leave, free := e.previews.enter(peer)
	defer leave()

	m := new(wire.PreviewRequest)
	err := protodelim.UnmarshalOptions{MaxSize: maxPreviewRequest}.UnmarshalFrom(bufio.NewReader(k), m)
	if err != nil {
		return &PeerError{peer, "read preview request", decodeError(err)}
	}
	a := &previewAnswerer{e: e, pixels: int(m.Pixels), now: m.Now}
	items, ok := unpackItems(m.Ids)
	err = send(ctx, k, maxJPEG(a.pixels), func(ctx context.Context, out chan<- []byte) error {
		a.out = out
		switch {
		case !ok || maxJPEG(a.pixels) == 0:
			return a.stop(ctx, wire.PreviewStatus_PREVIEW_STATUS_BAD_REQUEST)
		case !free:
			return a.stop(ctx, wire.PreviewStatus_PREVIEW_STATUS_BUSY)
		}
		return a.answer(ctx, items)
	})
	if err != nil && ctx.Err() == nil {
		k.drop()
		return &PeerError{peer, "send previews", err}
	}
	return ctx.Err()
}

// unpackItems returns the hashes of a request, which differ from each other.
func unpackItems(b []byte) (items []media.ID, ok bool) {
	const length = len(media.ID{})
	if len(b) == 0 || len(b)%length != 0 || len(b)/length > MaxPreviews {
		return nil, false
	}
	seen := make(map[media.ID]bool, len(b)/length)
	for ; len(b) > 0; b = b[length:] {
		id := media.ID(b[:length])
		if seen[id] {
			return nil, false
		}
		seen[id] = true
		items = append(items, id)
	}
	return items, true
}

// previewsWaiting bounds, in bytes, the answers that wait for being sent.
const previewsWaiting = 2 << 20

// send writes what produce says as it comes, many answers in one write: where a
// link is shared with large items, each write waits for its turn, and meanwhile
// the next previews are made.
func send(ctx context.Context, w io.Writer, most int, produce func(context.Context, chan<- []byte) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	out := make(chan []byte, max(1, previewsWaiting/(most+previewFields)))
	var sending sync.WaitGroup
	sending.Go(func() {
		for b := range out {
			for more := true; more && len(b) < maxWrite; {
				select {
				case next, ok := <-out:
					b, more = append(b, next...), ok
				default:
					more = false
				}
			}
			if _, err := w.Write(b); err != nil {
				cancel(fmt.Errorf("send previews: %w", err))
				return
			}
		}
	})
	err := produce(ctx, out)
	close(out)
	sending.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// previewAnswerer is the answering end of one request.
type previewAnswerer struct {
	e      *Exchange
	out    chan<- []byte
	pixels int
	now    bool
}

// answer sends first what is there, and then what has to be made, as long as
// that takes a reasonable time.
func (a *previewAnswerer) answer(ctx context.Context, items []media.ID) error {
	var left []int
	for i, id := range items {
		if a.e.paused.Load() {
			return a.stop(ctx, wire.PreviewStatus_PREVIEW_STATUS_PAUSED)
		}
		jpeg, err := a.e.preview(ctx, id, a.pixels, IfMade)
		if errors.Is(err, ErrLater) {
			left = append(left, i)
			continue
		}
		if err := a.say(ctx, items[i], i, jpeg, err); err != nil {
			return err
		}
	}
	return a.make(ctx, items, left)
}

func (a *previewAnswerer) make(ctx context.Context, items []media.ID, left []int) error {
	effort := InSpareTime
	if a.now {
		effort = Now
	}
	making, cancel := context.WithTimeout(ctx, previewTime)
	defer cancel()
	for _, i := range left {
		if a.e.paused.Load() {
			return a.stop(ctx, wire.PreviewStatus_PREVIEW_STATUS_PAUSED)
		}
		jpeg, err := []byte(nil), ErrLater
		if making.Err() == nil {
			jpeg, err = a.e.preview(making, items[i], a.pixels, effort)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := a.say(ctx, items[i], i, jpeg, err); err != nil {
			return err
		}
	}
	return nil
}

// preview asks the previewer, and keeps to what may be sent.
func (e *Exchange) preview(ctx context.Context, id media.ID, pixels int, effort Effort) ([]byte, error) {
	if e.cfg.Previews == nil {
		return nil, &NoPreviewError{NoPreviewOfType}
	}
	jpeg, err := e.cfg.Previews.Preview(ctx, id, pixels, effort)
	if err == nil && len(jpeg) > maxJPEG(pixels) {
		return nil, &NoPreviewError{NoPreviewTooLarge}
	}
	return jpeg, err
}

// say answers about one item. What fails here is for later.
func (a *previewAnswerer) say(ctx context.Context, id media.ID, i int, jpeg []byte, err error) error {
	m := &wire.PreviewAnswer{Index: uint32(i)}
	var none *NoPreviewError
	switch {
	case err == nil:
		m.Status, m.Jpeg = wire.PreviewStatus_PREVIEW_STATUS_OK, jpeg
	case errors.Is(err, media.ErrNotHeld):
		m.Status = wire.PreviewStatus_PREVIEW_STATUS_NOT_HELD
	case errors.As(err, &none):
		m.Status, m.Reason = wire.PreviewStatus_PREVIEW_STATUS_NONE, previewReasons[none.Reason]
	default:
		m.Status = wire.PreviewStatus_PREVIEW_STATUS_LATER
	}
	if a.e.cfg.Facts != nil && m.Status != wire.PreviewStatus_PREVIEW_STATUS_NOT_HELD {
		facts, err := a.e.cfg.Facts.Facts(ctx, id)
		if err != nil {
			return fmt.Errorf("read facts: %w", err)
		}
		if facts != nil {
			m.Facts = packFacts(facts)
		}
	}
	a.e.out.add(len(jpeg), time.Now())
	return a.put(ctx, m)
}

// stop says something of all that is not answered yet.
func (a *previewAnswerer) stop(ctx context.Context, s wire.PreviewStatus) error {
	return a.put(ctx, &wire.PreviewAnswer{Status: s})
}

func (a *previewAnswerer) put(ctx context.Context, m *wire.PreviewAnswer) error {
	var b bytes.Buffer
	if _, err := protodelim.MarshalTo(&b, m); err != nil {
		return err
	}
	select {
	case a.out <- b.Bytes():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

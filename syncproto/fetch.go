package syncproto

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"homeroll/store/media"
)

// Fetch streams what the sink is missing of its item from peer. It returns nil
// when the sink is whole. Otherwise the error is the sink's own, ctx's, or a
// [PeerError] around media.ErrNotHeld, media.ErrCorrupt (what the peer sent does
// not verify), [ErrPaused], [ErrBusy], [ErrStalled] or another of this
// package's. What was written before an error stays proven. Safe to call
// concurrently: requests to one peer share and pipeline over a few streams.
func (e *Exchange) Fetch(ctx context.Context, peer media.Device, sink Sink) error {
	t := &transfer{ctx: ctx, sink: sink, item: sink.Item(), outlined: sink.HasOutline()}
	defer t.detach()
	if t.item.Size < 0 || t.item.Size > media.MaxItemSize {
		return &LimitError{"item", t.item.Size, media.MaxItemSize}
	}
	lane := e.pool(peer).lane(t.item)
	defer lane.leave()
	for try := 0; ; try++ {
		before := t.proven()
		err := t.fetch(ctx, lane)
		if !errors.Is(err, errReset) {
			return err
		}
		if t.proven() > before {
			try = 0
		}
		if try >= maxResets {
			return &PeerError{peer, "fetch " + t.item.ID.String()[:12], err}
		}
	}
}

// maxResets of a shared stream, without a group in between, fail a fetch.
const maxResets = 3

// errReset ends the runs on a stream that was given up for another's sake or
// was lost; they may be asked for again.
var errReset = errors.New("stream was reset")

// transfer is one item on its way into a sink.
type transfer struct {
	ctx  context.Context // of the fetch; the lane that writes has a longer life
	item media.Item

	mu       sync.Mutex // guards what follows, and the sink
	sink     Sink
	outlined bool // has its outline or has asked for it
	detached bool // the fetch has returned: the sink is not ours any more
	groups   int64
}

// run is one request.
type run struct {
	t       *transfer
	first   int64 // group
	count   int64 // groups
	outline bool
	done    chan error // of one
}

// fetch asks for everything that is missing, a few runs ahead.
func (t *transfer) fetch(ctx context.Context, l *lane) error {
	var ahead []*run
	var next int64
	t.refresh()
	for {
		for len(ahead) < runsAhead {
			r := t.plan(next)
			if r == nil {
				break
			}
			if err := l.submit(ctx, r); err != nil {
				return err
			}
			ahead = append(ahead, r)
			next = r.first + r.count
		}
		if len(ahead) == 0 {
			return t.whole(l.peer)
		}
		select {
		case err := <-ahead[0].done:
			if err != nil {
				return await(ctx, err, ahead[1:])
			}
			ahead = ahead[1:]
		case <-ctx.Done():
			return ctx.Err()
		case <-l.e.ctx.Done():
			return ErrClosed
		}
	}
}

// await lets the runs behind a reset one end, so that none of them writes
// beside its repetition.
func await(ctx context.Context, err error, rest []*run) error {
	if !errors.Is(err, errReset) {
		return err
	}
	for _, r := range rest {
		select {
		case <-r.done: //nolint:errcheck // what is missing is asked for again, however these ended
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return err
}

// plan returns the next run at or after a group, nil if none is missing.
func (t *transfer) plan(from int64) *run {
	t.mu.Lock()
	defer t.mu.Unlock()
	first, n := t.sink.NextMissing(from)
	if n == 0 {
		return nil
	}
	r := &run{t: t, first: first, count: min(n, maxRun), outline: !t.outlined, done: make(chan error, 1)}
	t.outlined = true
	return r
}

// refresh forgets an outline that was asked for and did not come.
func (t *transfer) refresh() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.outlined = t.sink.HasOutline()
}

func (t *transfer) whole(peer media.Device) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if first, n := t.sink.NextMissing(0); n > 0 {
		return fmt.Errorf("fetch %s from %s: group %d was taken and is still missing", t.item.ID, peer.Short(), first)
	}
	return nil
}

func (t *transfer) proven() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.groups
}

func (t *transfer) detach() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.detached = true
}

func (t *transfer) gone() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.goneLocked()
}

func (t *transfer) goneLocked() bool { return t.detached || t.ctx.Err() != nil }

// errGone tells the reader that nobody wants a run any more.
var errGone = errors.New("fetch has returned")

func (t *transfer) setOutline(o media.Outline) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.goneLocked() {
		return errGone
	}
	return t.sink.SetOutline(o)
}

func (t *transfer) write(i int64, group []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.goneLocked() {
		return errGone
	}
	if err := t.sink.Write(i, group); err != nil {
		return err
	}
	t.groups++
	return nil
}

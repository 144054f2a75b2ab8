package syncproto

import (
	"context"
	"errors"
	"time"

	"homeroll/store/media"
)

// Sources are the peers that one item is asked of.
type Sources struct {
	Peers []media.Device
	// More are further ones, which may be asked from now on; nil = none.
	More <-chan media.Device
	// Failed is told, one call at a time, of each peer that is asked no more for
	// this item, and why: a [PeerError], as Fetch returns it. nil = nobody is told.
	Failed func(media.Device, error)
}

// Fetch streams what the sink is missing of its item from peer: Gather with one
// source.
func (e *Exchange) Fetch(ctx context.Context, peer media.Device, sink Sink) error {
	return e.Gather(ctx, Sources{Peers: []media.Device{peer}}, sink)
}

// Gather streams what the sink is missing of its item from several peers at once,
// each at its own speed. It returns nil when the sink is whole, although some of
// the peers may have failed. Otherwise the error is the sink's own, ctx's, or
// what the last peer that could be asked failed with: a [PeerError] around
// media.ErrNotHeld, media.ErrCorrupt (what the peer sent does not verify),
// [ErrPaused], [ErrBusy], [ErrStalled] or another of this package's. What was
// written before an error stays proven. Safe to call concurrently: requests to
// one peer share and pipeline over a few streams.
func (e *Exchange) Gather(ctx context.Context, from Sources, sink Sink) error {
	item := sink.Item()
	if item.Size < 0 || item.Size > media.MaxItemSize {
		return &LimitError{"item", item.Size, media.MaxItemSize}
	}
	g := &gathering{e: e, from: from, t: newTransfer(ctx, sink)}
	defer g.end()
	for _, peer := range from.Peers {
		g.join(peer)
	}
	for {
		if over, err := g.lease(time.Now()); over {
			return err
		}
		if err := g.wait(ctx); err != nil {
			return err
		}
		if err := g.settle(); err != nil {
			return err
		}
	}
}

// maxResets of a shared stream, without a group in between, fail a source.
const maxResets = 3

// errReset ends the runs on a stream that was lost; they may be asked for again.
// errGivenUp ends those on one that was given up for another run's sake.
var (
	errReset   = errors.New("stream was reset")
	errGivenUp = errors.New("stream was given up")
)

// gathering is the asking of one item. Its own fields are of one goroutine.
type gathering struct {
	e       *Exchange
	t       *transfer
	from    Sources
	sources []*source
	last    error // of a source that failed
}

// source is a peer that an item is asked of.
type source struct {
	holder
	peer   media.Device
	lane   *lane
	resets int

	gone bool // it is asked no more; guarded by transfer.mu
}

// join asks another peer, too. One that has failed may be asked anew.
func (g *gathering) join(peer media.Device) {
	for _, s := range g.sources {
		if s.peer == peer {
			return
		}
	}
	g.sources = append(g.sources, &source{peer: peer, lane: g.e.pool(peer).lane(g.t.item)})
}

// leave asks a peer no more. What it owes is leased to others.
func (g *gathering) leave(s *source, err error) {
	g.t.retire(s)
	s.lane.leave()
	for i := range g.sources {
		if g.sources[i] == s {
			g.sources = append(g.sources[:i], g.sources[i+1:]...)
			break
		}
	}
	g.last = err
	if g.from.Failed != nil {
		g.from.Failed(s.peer, err)
	}
}

func (g *gathering) end() {
	g.t.detach()
	for _, s := range g.sources {
		s.lane.leave()
	}
}

// lease gives each source what it should be asked for now, and reports whether
// there is nothing to wait for, and why.
func (g *gathering) lease(now time.Time) (over bool, err error) {
	whole, err := g.t.whole()
	if whole || err != nil {
		return true, err
	}
	if len(g.sources) == 0 {
		return true, g.last
	}
	g.t.rank(g.sources, now)
	for _, s := range g.sources {
		for {
			r := g.t.next(s, now)
			if r == nil {
				break
			}
			if !s.lane.submit(r) {
				return true, ErrClosed
			}
		}
	}
	return false, nil
}

// lookAgain is how often the speeds of holders are compared while one has
// nothing to do.
const lookAgain = hush / 2

// wait returns when something may be to be done.
func (g *gathering) wait(ctx context.Context) error {
	var look <-chan time.Time
	if len(g.sources) > 1 {
		timer := time.NewTimer(lookAgain)
		defer timer.Stop()
		look = timer.C
	}
	select {
	case <-g.t.wake:
	case peer := <-g.from.More:
		g.join(peer)
	case <-look:
	case <-ctx.Done():
		return ctx.Err()
	case <-g.e.ctx.Done():
		return ErrClosed
	}
	return nil
}

// settle takes the runs that have ended. An error is the sink's own.
func (g *gathering) settle() error {
	for _, r := range g.t.takeEnded() {
		if err := g.settleRun(r.source, r.err, r.progress); err != nil {
			return err
		}
	}
	return nil
}

func (g *gathering) settleRun(s *source, err error, progress bool) error {
	if progress {
		s.resets = 0
	}
	var peer *PeerError
	switch {
	case err == nil, errors.Is(err, errGone), errors.Is(err, errGivenUp), g.t.isGone(s):
		return nil
	case errors.Is(err, errReset):
		if s.resets++; s.resets < maxResets {
			return nil
		}
		g.leave(s, &PeerError{s.peer, "fetch " + g.t.item.ID.String()[:12], err})
	case errors.Is(err, ErrClosed), !errors.As(err, &peer):
		return err
	default:
		g.leave(s, err)
	}
	return nil
}

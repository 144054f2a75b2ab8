package syncproto

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"homeroll/store/media"
)

// follower is the asking end of a manifest stream: one goroutine reads what
// the peer says, one compares it with the library, and one for each manifest
// that differs walks it.
type follower struct {
	e    *Exchange
	peer media.Device
	home media.Home
	s    *session      // set before any goroutine starts
	wake chan struct{} // something to look at; a level of one

	asks  chan struct{} // a slot for each unanswered ask
	walks chan struct{} // a slot for each walk

	mu      sync.Mutex // guards what follows
	greeted bool
	told    bool // the peer has stated all its roots
	synced  bool
	offers  map[media.Device]media.Root
	deltas  []media.Delta
	open    map[uint64]open // unanswered asks
	lastAsk uint64
	busy    map[media.Device]bool    // being walked
	failed  map[media.Device]failure // not to be tried again at once
}

// failure remembers an offer that could not be followed for a reason that may
// pass: the peer's manifest moved on, or the library refused.
type failure struct {
	root  media.Root
	until time.Time
	wait  time.Duration
}

func newFollower(e *Exchange, peer media.Device) *follower {
	return &follower{
		e: e, peer: peer, home: e.cfg.Home(), wake: make(chan struct{}, 1),
		asks: make(chan struct{}, maxAsks), walks: make(chan struct{}, maxWalks),
		offers: make(map[media.Device]media.Root), open: make(map[uint64]open),
		busy: make(map[media.Device]bool), failed: make(map[media.Device]failure),
	}
}

func (f *follower) wrap(err error) error { return &PeerError{f.peer, "exchange manifests", err} }

func (f *follower) state() PeerState {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.greeted {
		return PeerState{}
	}
	g := f.s.greeting
	return PeerState{Version: g.version, Missing: g.missing(f.e.cfg.Name(f.peer), f.e.cfg.Version), Synced: f.synced}
}

// run follows until the stream ends.
func (f *follower) run(ctx context.Context, s *session) error {
	f.mu.Lock()
	f.s, f.greeted = s, true
	f.mu.Unlock()

	g, ctx := errgroup.WithContext(ctx)
	stop := context.AfterFunc(ctx, func() { _ = s.link.Close() })
	defer stop()
	g.Go(func() error { return f.listen() })
	g.Go(func() error { return f.compare(ctx, g) })
	return g.Wait()
}

// compare applies deltas and starts walks whenever there is something new.
func (f *follower) compare(ctx context.Context, g *errgroup.Group) error {
	for {
		changed := f.e.cfg.Library.Changed()
		pending, err := f.look(ctx, g)
		if err != nil {
			return err
		}
		if !pending.any && !pending.foreign {
			changed = nil
		}
		timer := time.NewTimer(pending.retry)
		select {
		case <-f.wake:
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
		timer.Stop()
	}
}

// pending is what a look at the offers left to be done.
type pending struct {
	any     bool
	foreign bool          // there is an offer of a manifest that is not taken over, of a removed device or one that is not known yet
	retry   time.Duration // when to look again
}

func (f *follower) look(ctx context.Context, g *errgroup.Group) (pending, error) {
	for _, chain := range chains(f.takeDeltas()) {
		if err := f.apply(ctx, chain); err != nil {
			return pending{}, err
		}
	}
	mine, err := f.e.roots(ctx)
	if err != nil {
		return pending{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	p := pending{retry: retryMost}
	for by, r := range f.offers {
		own, ok := mine[by]
		if by == f.e.cfg.Self || ok && !r.Newer(own) {
			continue
		}
		if !f.e.cfg.Library.Member(by) {
			p.foreign = true // no difference, now: what the peer has of it may stay as it is
			continue
		}
		p.any = true
		if f.e.newest(by).Newer(r) {
			continue // half way to a newer one: not back
		}
		wait := f.waitLocked(by, r)
		if wait > 0 {
			p.retry = min(p.retry, wait)
			continue
		}
		f.startLocked(ctx, g, by)
	}
	f.synced = f.told && !p.any
	own, ok := f.offers[f.e.cfg.Self]
	if ok {
		err = f.outrunLocked(ctx, own, mine[f.e.cfg.Self])
	}
	return p, err
}

// waitLocked returns how long a failed offer is left alone.
func (f *follower) waitLocked(by media.Device, r media.Root) time.Duration {
	failed, ok := f.failed[by]
	if !ok || r.Newer(failed.root) {
		return 0
	}
	return time.Until(failed.until)
}

func (f *follower) startLocked(ctx context.Context, g *errgroup.Group, by media.Device) {
	if f.busy[by] {
		return
	}
	select {
	case f.walks <- struct{}{}:
	default:
		return
	}
	f.busy[by] = true
	g.Go(func() error {
		err := f.catchUp(ctx, by)
		<-f.walks
		f.mu.Lock()
		delete(f.busy, by)
		f.mu.Unlock()
		f.signal()
		return err
	})
}

// outrunLocked tells the library of a root of this device that is not its own
// work: of a later life of a restored database, or of another instance.
func (f *follower) outrunLocked(ctx context.Context, seen, own media.Root) error {
	same := seen.Epoch == own.Epoch && seen.Seq == own.Seq
	if !seen.Newer(own) && (!same || seen.Node == own.Node) {
		return nil
	}
	f.mu.Unlock()
	defer f.mu.Lock()
	if err := f.e.cfg.Library.Outrun(ctx, seen); err != nil {
		return fmt.Errorf("raise epoch: %w", err)
	}
	return nil
}

func (f *follower) takeDeltas() []media.Delta {
	f.mu.Lock()
	defer f.mu.Unlock()
	d := f.deltas
	f.deltas = nil
	return d
}

package syncproto

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"homeroll/store/media"
)

// pool holds the fetch streams to one peer. Small items have their own, so
// that they never wait behind a large one.
type pool struct{ small, large []*lane }

func (e *Exchange) pool(peer media.Device) *pool {
	e.mu.Lock()
	defer e.mu.Unlock()
	p := e.pools[peer]
	if p == nil {
		p = new(pool)
		for range smallLanes {
			p.small = append(p.small, newLane(e, peer, smallDepth))
		}
		for range largeLanes {
			p.large = append(p.large, newLane(e, peer, largeDepth))
		}
		e.pools[peer] = p
	}
	return p
}

// lane returns the least used lane for the item. The caller leaves it.
func (p *pool) lane(it media.Item) *lane {
	lanes := p.small
	if media.Groups(it.Size) > smallGroups {
		lanes = p.large
	}
	best := lanes[0]
	for _, l := range lanes[1:] {
		if l.users.Load() < best.users.Load() {
			best = l
		}
	}
	best.users.Add(1)
	return best
}

// lane is one place for a fetch stream: opened when there is something to
// fetch, closed when there has been nothing for a while. Its answers come in
// the order of its requests.
type lane struct {
	e     *Exchange
	peer  media.Device
	users atomic.Int64  // fetches
	slots chan struct{} // one for each run that is not done
	wake  chan struct{} // todo has grown; a level of one

	mu      sync.Mutex // guards what follows
	todo    []*run
	running bool
}

func newLane(e *Exchange, peer media.Device, depth int) *lane {
	return &lane{e: e, peer: peer, slots: make(chan struct{}, depth), wake: make(chan struct{}, 1)}
}

func (l *lane) leave() { l.users.Add(-1) }

// submit queues a run, when the lane has room, and starts the lane.
func (l *lane) submit(ctx context.Context, r *run) error {
	select {
	case l.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-l.e.ctx.Done():
		return ErrClosed
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.todo = append(l.todo, r)
	select {
	case l.wake <- struct{}{}:
	default:
	}
	if l.running {
		return nil
	}
	if !l.e.start(l.work) {
		return ErrClosed
	}
	l.running = true
	return nil
}

// finish ends a run.
func (l *lane) finish(r *run, err error) {
	r.done <- err
	<-l.slots
}

func (l *lane) take() []*run {
	l.mu.Lock()
	defer l.mu.Unlock()
	runs := l.todo
	l.todo = nil
	return runs
}

// work runs one stream after another while there is something to fetch.
func (l *lane) work() {
	for {
		if err := l.stream(l.e.ctx); err != nil {
			for _, r := range l.take() {
				l.finish(r, err)
			}
		}
		l.mu.Lock()
		if len(l.todo) == 0 {
			l.running = false
			l.mu.Unlock()
			return
		}
		l.mu.Unlock()
	}
}

// stream opens a stream and uses it until it is lost or idle. An error means
// that none could be opened.
func (l *lane) stream(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	conn, err := l.e.cfg.Dialer.Dial(ctx, l.peer, FetchProtocol)
	if err != nil {
		return &PeerError{l.peer, "open fetch stream", err}
	}
	s := newFetchStream(l, conn)
	stop := context.AfterFunc(ctx, s.link.drop)
	defer stop()

	sent := make(chan *run, cap(l.slots))
	var reader sync.WaitGroup
	reader.Go(func() {
		defer cancel()
		s.readAll(sent)
	})
	s.writeAll(ctx, sent)
	close(sent)
	reader.Wait()
	return nil
}

// writeAll sends requests as they come, many in one write, until ctx ends or
// the lane is idle.
func (s *fetchStream) writeAll(ctx context.Context, sent chan<- *run) {
	idle := time.NewTimer(laneIdle)
	defer idle.Stop()
	for {
		if runs := s.lane.take(); len(runs) > 0 {
			idle.Reset(laneIdle)
			if err := s.request(runs, sent); err != nil {
				s.link.drop()
				return
			}
		}
		select {
		case <-s.lane.wake:
		case <-ctx.Done():
			return
		case <-idle.C:
			if len(s.lane.slots) == 0 {
				return
			}
			idle.Reset(laneIdle)
		}
	}
}

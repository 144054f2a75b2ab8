package syncproto

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"homeroll/store/media"
)

// pool holds the fetch streams to one peer, and how fast it is. Small items have
// their own, so that they never wait behind a large one.
type pool struct {
	small, large []*lane
	speed        speed
}

// Speed returns how many bytes a second come from a peer while some are waited
// for, as measured lately; 0 if that is not known.
func (e *Exchange) Speed(peer media.Device) int64 { return int64(e.pool(peer).speed.rate(time.Now())) }

func (e *Exchange) pool(peer media.Device) *pool {
	e.mu.Lock()
	defer e.mu.Unlock()
	p := e.pools[peer]
	if p == nil {
		p = new(pool)
		for range smallLanes {
			p.small = append(p.small, newLane(e, peer, &p.speed, smallDepth))
		}
		for range largeLanes {
			p.large = append(p.large, newLane(e, peer, &p.speed, largeDepth))
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
	speed *speed
	depth int
	users atomic.Int64  // fetches
	wake  chan struct{} // there may be something to ask for; a level of one

	mu      sync.Mutex // guards what follows
	todo    []*run     // bounded by who asks: a few for each fetch
	open    int        // requests without their answer, at most depth
	running bool
}

func newLane(e *Exchange, peer media.Device, s *speed, depth int) *lane {
	return &lane{e: e, peer: peer, speed: s, depth: depth, wake: make(chan struct{}, 1)}
}

func (l *lane) leave() { l.users.Add(-1) }

// submit queues a run and starts the lane; false if the exchange is closed.
func (l *lane) submit(r *run) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.todo = append(l.todo, r)
	l.wakeLocked()
	if l.running {
		return true
	}
	l.running = l.e.start(l.work)
	return l.running
}

func (l *lane) wakeLocked() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// finish ends a run.
func (l *lane) finish(r *run, err error) { r.t.finish(r, err) }

// answered makes room for another request.
func (l *lane) answered() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	if len(l.todo) > 0 {
		l.wakeLocked()
	}
}

// take returns the runs that may be asked for now.
func (l *lane) take() []*run {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(len(l.todo), l.depth-l.open)
	runs := l.todo[:n:n]
	if l.todo = l.todo[n:]; len(l.todo) == 0 {
		l.todo = nil
	}
	l.open += n
	return runs
}

// refuse ends all runs that wait.
func (l *lane) refuse(err error) {
	l.mu.Lock()
	runs := l.todo
	l.todo = nil
	l.mu.Unlock()
	for _, r := range runs {
		l.finish(r, err)
	}
}

func (l *lane) idle() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open == 0 && len(l.todo) == 0
}

// work runs one stream after another while there is something to fetch.
func (l *lane) work() {
	for {
		if err := l.stream(l.e.ctx); err != nil {
			l.refuse(err)
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

	sent := make(chan *run, l.depth)
	var reader sync.WaitGroup
	reader.Go(func() {
		defer cancel()
		s.readAll(sent, cancel)
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
	for ctx.Err() == nil {
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
			if s.lane.idle() {
				return
			}
			idle.Reset(laneIdle)
		}
	}
}

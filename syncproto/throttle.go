package syncproto

import (
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"homeroll/store/media"
)

// Limits bound how fast media travel, in bytes a second on the wire before
// encryption; 0 = without limit. Manifests are never slowed down. Streams share
// a limit in small turns, so that small items do not wait behind large ones.
type Limits struct {
	Up, Down int64                  // all peers together
	Peers    map[media.Device]Limit // besides
}

// Limit is what holds for one peer.
type Limit struct{ Up, Down int64 }

// SetLimits makes these hold from now on, for streams under way, too.
func (e *Exchange) SetLimits(l Limits) { e.throttle.set(l) }

// turnTime is how much of a limit's time one turn of a stream may take, and
// what a stream that waited may catch up with.
const turnTime = time.Second / 8

// throttle holds the limits. The zero throttle has none.
type throttle struct {
	any     atomic.Bool // some limit holds
	probing atomic.Bool // a probe is being answered

	mu    sync.Mutex // guards what follows
	up    bucket
	down  bucket
	peers map[media.Device]*[2]bucket // up, down
}

// bucket is a limit, or nil for none.
type bucket struct{ *rate.Limiter }

func (b *bucket) set(perSecond int64) {
	if perSecond <= 0 {
		b.Limiter = nil
		return
	}
	turn := int(min(perSecond/int64(time.Second/turnTime), 1<<30))
	if b.Limiter == nil {
		b.Limiter = rate.NewLimiter(rate.Limit(perSecond), max(turn, 1))
		return
	}
	b.SetLimit(rate.Limit(perSecond))
	b.SetBurst(max(turn, 1))
}

func (t *throttle) set(l Limits) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.up.set(l.Up)
	t.down.set(l.Down)
	for d := range t.peers {
		if _, ok := l.Peers[d]; !ok {
			delete(t.peers, d)
		}
	}
	for d, one := range l.Peers {
		if t.peers == nil {
			t.peers = map[media.Device]*[2]bucket{}
		}
		if t.peers[d] == nil {
			t.peers[d] = new([2]bucket)
		}
		t.peers[d][0].set(one.Up)
		t.peers[d][1].set(one.Down)
	}
	t.any.Store(l.Up > 0 || l.Down > 0 || len(l.Peers) > 0)
}

// direction is one of the two that a limit may hold for.
type direction int

const (
	upward direction = iota
	downward
)

// buckets returns what limits a direction to or from a peer.
func (t *throttle) buckets(peer media.Device, d direction) (list []*rate.Limiter) {
	if !t.any.Load() {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	all := [2]bucket{t.up, t.down}
	if b := all[d]; b.Limiter != nil {
		list = append(list, b.Limiter)
	}
	if p := t.peers[peer]; p != nil && p[d].Limiter != nil {
		list = append(list, p[d].Limiter)
	}
	return list
}

// gate slows one direction of one stream down to the limits.
type gate struct {
	t    *throttle
	peer media.Device
	d    direction
	done <-chan struct{} // the stream is gone
}

// turn returns how many of n bytes may pass in one go. A nil gate has no limit.
func (g *gate) turn(n int) int {
	if g == nil {
		return n
	}
	for _, b := range g.t.buckets(g.peer, g.d) {
		n = min(n, b.Burst())
	}
	return n
}

// wait returns when n bytes, at most one turn, are within the limits;
// net.ErrClosed if the stream is gone before.
func (g *gate) wait(n int) error {
	if g == nil {
		return nil
	}
	var delay time.Duration
	now := time.Now()
	for _, b := range g.t.buckets(g.peer, g.d) {
		turn := b.ReserveN(now, n)
		for !turn.OK() {
			// It was taken before the limit was lowered, which may happen at this very moment, too.
			turn = b.ReserveN(now, min(n, b.Burst()))
		}
		delay = max(delay, turn.DelayFrom(now))
	}
	if delay <= 0 {
		return nil
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-g.done:
		return net.ErrClosed
	}
}

// mediaLink makes a stream of media a link that keeps to the limits: what is
// asked for when asking, what is answered otherwise. Requests are not slowed.
func (e *Exchange) mediaLink(conn net.Conn, peer media.Device, asking bool, patience time.Duration) *link {
	l := &link{Conn: conn, in: &e.wire.mediaIn, out: &e.wire.mediaOut, stall: e.cfg.Stall, patience: patience}
	gone := make(chan struct{})
	l.ended = sync.OnceFunc(func() { close(gone) })
	if asking {
		l.down = &gate{&e.throttle, peer, downward, gone}
	} else {
		l.up = &gate{&e.throttle, peer, upward, gone}
	}
	return l
}

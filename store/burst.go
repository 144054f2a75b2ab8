package store

import "sync/atomic"

// burst tells when the last of many things that go on at once has ended.
type burst struct {
	going *atomic.Int64
	over  chan struct{} // has a token when none may be going on
}

func newBurst() burst { return burst{going: new(atomic.Int64), over: make(chan struct{}, 1)} }

func (b burst) begin() { b.going.Add(1) }

func (b burst) end() {
	if b.going.Add(-1) > 0 {
		return
	}
	select {
	case b.over <- struct{}{}:
	default:
	}
}

// quiet reports whether nothing goes on.
func (b burst) quiet() bool { return b.going.Load() == 0 }

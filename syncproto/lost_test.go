package syncproto

import (
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"homeroll/store/media"
)

// What is asked for after a stream has been lost is not asked for on it.
func TestFetchAfterAStalledOneHasAStreamOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, 1)
		defer h.close()
		var stuck atomic.Bool
		stuck.Store(true)
		from := []media.Device{h.holder(func([]byte, int64) {
			if stuck.Load() {
				<-h.free
			}
		})}
		if _, _, err := h.gather(Sources{Peers: from}); !errors.Is(err, ErrStalled) {
			t.Fatalf("%v, want a stall", err)
		}
		stuck.Store(false)
		clear(h.failed)
		if _, _, err := h.gather(Sources{Peers: from}); err != nil {
			t.Errorf("the next fetch: %v", err)
		}
	})
}

// A peer that sends a wrong byte and then stands still has sent one item
// corrupt, not all that it was asked for on that stream.
func TestStallAfterCorruptionBlamesOneItem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _, eb, _ := fetchPair(t, net.Pipe)
		free := make(chan struct{})
		defer close(free)
		bad, good := a.hold(noise(3*group, 1)), a.hold(noise(1000, 2))
		bad.read = func(p []byte, off int64) {
			if off == 0 {
				p[len(p)-1] ^= 1
				return
			}
			<-free
		}
		errs := make(chan error, 1)
		go func() { errs <- eb.Fetch(t.Context(), a.self, newSink(bad.item)) }()
		time.Sleep(time.Second)
		// The next goes on the same stream.
		p := eb.pool(a.self)
		for _, l := range p.small {
			if l.users.Load() == 0 {
				l.users.Add(1)
				defer l.leave()
			}
		}
		err := eb.Fetch(t.Context(), a.self, newSink(good.item))
		if first := <-errs; !errors.Is(first, media.ErrCorrupt) {
			t.Errorf("the corrupt item: %v", first)
		}
		if errors.Is(err, media.ErrCorrupt) {
			t.Errorf("the other item: %v", err)
		}
	})
}

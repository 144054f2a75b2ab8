package syncproto

import (
	"context"
	"errors"
	"math"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"homeroll/store/media"
)

// inBubble runs a test of two connected exchanges on a clock of its own.
func inBubble(t *testing.T, test func(t *testing.T, a *model, ea, eb *Exchange)) {
	synctest.Test(t, func(t *testing.T) {
		a, ea, eb, lan := fetchPair(t, net.Pipe)
		lan.wrap = func(x, y net.Conn) (net.Conn, net.Conn) {
			near, far := net.Pipe()
			lan.served.Go(func() { carry(near, y) })
			lan.served.Go(func() { carry(y, near) })
			return x, far
		}
		test(t, a, ea, eb)
	})
}

// carry takes what comes from one pipe to another, with 256 KiB on the way.
func carry(from, to net.Conn) {
	way := make(chan []byte, 64)
	var sender sync.WaitGroup
	sender.Go(func() {
		defer to.Close()
		for b := range way {
			if _, err := to.Write(b); err != nil {
				_ = from.Close()
			}
		}
	})
	for {
		b := make([]byte, 4<<10)
		n, err := from.Read(b)
		if err != nil {
			break
		}
		way <- b[:n]
	}
	close(way)
	sender.Wait()
}

// near reports whether a figure is within a part of what is wanted.
func near(got, want, part float64) bool { return math.Abs(got-want) <= part*want }

// perSecond fetches items and returns the bytes a second that passed on the wire.
func perSecond(t *testing.T, e *Exchange, from media.Device, items ...*content) float64 {
	t.Helper()
	began, before := time.Now(), e.Stats().MediaIn
	var all sync.WaitGroup
	for _, c := range items {
		all.Go(func() { mustFetch(t, e, from, c) })
	}
	all.Wait()
	return float64(e.Stats().MediaIn-before) / time.Since(began).Seconds()
}

func TestLimitsHoldInBothDirections(t *testing.T) {
	for _, tc := range []struct {
		name           string
		sender, asker  Limits
		bytesPerSecond float64
	}{
		{"what the sender may send", Limits{Up: 2e6}, Limits{}, 2e6},
		{"what the asker may fetch", Limits{}, Limits{Down: 2e6}, 2e6},
		{"the lower of both", Limits{Up: 3e6}, Limits{Down: 2e6}, 2e6},
		{"one peer's below that of all", Limits{Up: 5e6, Peers: map[media.Device]Limit{newModel(2).self: {Up: 2e6}}}, Limits{}, 2e6},
		{"that of all below one peer's", Limits{}, Limits{Down: 2e6, Peers: map[media.Device]Limit{newModel(1).self: {Down: 5e6}}}, 2e6},
		{"the least that can be set", Limits{Up: 50e3}, Limits{Down: 60e3}, 50e3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, a *model, ea, eb *Exchange) {
				ea.SetLimits(tc.sender)
				eb.SetLimits(tc.asker)
				var items []*content
				for i := range uint64(40) {
					items = append(items, a.hold(noise([]int{40_000, group, 6 * group, 3000}[i%4], i)))
				}
				if got := perSecond(t, eb, a.self, items...); !near(got, tc.bytesPerSecond, 0.05) {
					t.Errorf("%.0f bytes a second, want %.0f", got, tc.bytesPerSecond)
				}
			})
		})
	}
}

// A limit that is set, changed and lifted holds for transfers under way.
func TestLimitsChangeUnderWay(t *testing.T) {
	inBubble(t, func(t *testing.T, a *model, ea, eb *Exchange) {
		ea.SetLimits(Limits{Up: 1e6})
		c := a.hold(noise(100*group, 1))
		done := make(chan error, 1)
		go func() { done <- eb.Fetch(context.Background(), a.self, newSink(c.item)) }()
		for _, rate := range []int64{1e6, 2e6, 500e3} {
			ea.SetLimits(Limits{Up: rate})
			time.Sleep(time.Second)
			before := eb.Stats().MediaIn
			time.Sleep(5 * time.Second)
			if got := float64(eb.Stats().MediaIn-before) / 5; !near(got, float64(rate), 0.1) {
				t.Errorf("%.0f bytes a second at a limit of %d", got, rate)
			}
		}
		lifted := time.Now()
		ea.SetLimits(Limits{})
		if err := <-done; err != nil || time.Since(lifted) > 2*time.Second {
			t.Errorf("%v, %v after the limit was lifted", err, time.Since(lifted))
		}
	})
}

// However high or low a limit is, a turn is some bytes and waiting for it ends.
func TestTurnsUnderExtremeLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for perSecond, want := range map[int64]int{1: 1, 50e3: 6250, 1e11: maxWrite, 1e12: maxWrite} {
			g := &gate{t: new(throttle), d: upward}
			g.t.set(Limits{Up: perSecond})
			if got := g.turn(maxWrite); got != want {
				t.Errorf("a turn of %d bytes at %d bytes a second, want %d", got, perSecond, want)
			}
			began := time.Now()
			for range 2 { // more than one turn, as it is when the limit was just lowered
				if err := g.wait(maxWrite); err != nil || time.Since(began) > time.Second {
					t.Errorf("%v after %v at %d bytes a second", err, time.Since(began), perSecond)
				}
			}
		}
	})
}

// Small items get their share of a limit while large ones take all they can.
func TestSmallItemsDoNotWaitBehindLargeOnesUnderALimit(t *testing.T) {
	inBubble(t, func(t *testing.T, a *model, ea, eb *Exchange) {
		ea.SetLimits(Limits{Up: 1e6})
		ctx, stop := context.WithCancel(context.Background())
		var large sync.WaitGroup
		for i := range uint64(4) {
			c := a.hold(noise(200*group, i))
			large.Go(func() {
				if err := eb.Fetch(ctx, a.self, newSink(c.item)); !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			})
		}
		time.Sleep(5 * time.Second)
		began := time.Now()
		for i := range uint64(20) {
			mustFetch(t, eb, a.self, a.hold(noise(20_000, 100+i)))
		}
		if took := time.Since(began); took > 12*time.Second {
			t.Errorf("20 small items took %v", took)
		}
		stopped := time.Now()
		stop()
		large.Wait()
		if took := time.Since(stopped); took > time.Second {
			t.Errorf("fetches ended %v after they were called off", took)
		}
	})
}

// Manifests travel at once, however little is left for media.
func TestManifestsAreNotLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan, a, b := newLAN(), newModel(1), newModel(2)
		ea, eb := lan.node(a), lan.node(b)
		a.load(recordRange(0, 5000))
		for _, e := range []*Exchange{ea, eb} {
			e.SetLimits(Limits{Up: 50e3, Down: 50e3})
		}
		began := time.Now()
		up := connect(eb, ea)
		for {
			changed := b.Changed()
			b.mu.Lock()
			whole := b.shelf(a.self).root.Node == a.shelf(a.self).root.Node
			b.mu.Unlock()
			if whole {
				break
			}
			<-changed
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("5000 records took %v", took)
		}
		if err := up.stop(); err != nil {
			t.Error(err)
		}
		eb.Close()
		ea.Close()
		lan.served.Wait()
	})
}

// What shrinks is compressed on a link that is slower than compression, and sent as it is on one that is not.
func TestCompressionFollowsTheLink(t *testing.T) {
	var half []byte
	for i := range uint64(100) {
		half = append(append(half, noise(group/2, i)...), make([]byte, group/2)...)
	}
	for _, tc := range []struct {
		name        string
		up          int64
		least, most float64 // of its size, on the wire
	}{
		{"a slow link", 10e6, 0.49, 0.52},
		{"one that takes no time at all", 0, 0.8, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, a *model, ea, eb *Exchange) {
				ea.SetLimits(Limits{Up: tc.up})
				mustFetch(t, eb, a.self, a.hold(half))
				if got := float64(eb.Stats().MediaIn) / float64(len(half)); got < tc.least || got > tc.most {
					t.Errorf("%.2f of its size travelled", got)
				}
			})
		})
	}
}

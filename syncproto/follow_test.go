package syncproto

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"homeroll/store/media"
)

// together runs two-way Follow between each pair of nodes until stop.
type together struct {
	wg     sync.WaitGroup
	cancel context.CancelFunc
	mu     sync.Mutex
	errs   []error
}

func connect(nodes ...*Exchange) *together {
	ctx, cancel := context.WithCancel(context.Background())
	t := &together{cancel: cancel}
	for _, a := range nodes {
		for _, b := range nodes {
			if a == b {
				continue
			}
			t.wg.Go(func() {
				err := a.Follow(ctx, b.cfg.Self)
				if ctx.Err() == nil {
					t.mu.Lock()
					defer t.mu.Unlock()
					t.errs = append(t.errs, err)
				}
			})
		}
	}
	return t
}

func (t *together) stop() error {
	t.cancel()
	t.wg.Wait()
	t.mu.Lock()
	defer t.mu.Unlock()
	return errors.Join(t.errs...)
}

// settled lets the bubble's fake clock pass every retry.
func settled() {
	time.Sleep(5 * time.Minute)
	synctest.Wait()
}

func TestManifestsOfAnySizeReachThePeer(t *testing.T) {
	for _, n := range []uint64{0, 1, 128, 129, 5000, 15_000} {
		synctest.Test(t, func(t *testing.T) {
			net, a, b := newLAN(), newModel(1), newModel(2)
			a.load(recordRange(0, n))
			b.load(recordRange(n, n+10))
			ea, eb := net.node(a), net.node(b)
			up := connect(ea, eb)
			settled()
			for _, by := range []media.Device{a.self, b.self} {
				equalShelves(t, a, b, by)
				equalShelves(t, b, a, by)
			}
			if s, ok := eb.Peer(a.self); !ok || !s.Synced || s.Version != "0.1.0" || len(s.Missing) > 0 {
				t.Errorf("peer state %+v, %v", s, ok)
			}
			if err := up.stop(); err != nil {
				t.Error(err)
			}
			ea.Close()
			eb.Close()
			net.served.Wait()
		})
	}
}

// TestWalkGetsOnWhileTheAuthorPublishes has a line so slow that the manifest
// is another one with nearly every answer.
func TestWalkGetsOnWhileTheAuthorPublishes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan, a, b := newLAN(), newModel(1), newModel(2)
		a.noLog = true
		a.load(recordRange(0, 20_000))
		h := &history{dice: newDice(1), calm: true}
		lan.wrap = h.wrap
		ea, eb := lan.node(a), lan.node(b)
		up := connect(ea, eb)
		for i := range uint64(200) {
			a.write([]media.Record{record(20_000 + i)}, nil)
			time.Sleep(3 * time.Millisecond)
		}
		synctest.Wait()
		b.mu.Lock()
		if n := len(b.shelf(a.self).records); n < 15_000 {
			t.Errorf("only %d records have come meanwhile", n)
		}
		b.mu.Unlock()
		settled()
		equalShelves(t, a, b, a.self)
		if err := up.stop(); err != nil {
			t.Error(err)
		}
		lan.served.Wait()
	})
}

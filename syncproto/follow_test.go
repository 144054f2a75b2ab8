package syncproto

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
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
	for _, n := range []uint64{0, 1, 128, 129, 5000, 30_000} {
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

var _ = fmt.Sprint
var _ = rand.IntN
var _ net.Conn

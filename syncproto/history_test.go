package syncproto

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"homeroll/store/media"
)

// dice is a seeded source that goroutines share.
type dice struct {
	mu sync.Mutex
	r  *rand.Rand
}

func newDice(seed uint64) *dice { return &dice{r: rand.New(rand.NewPCG(seed, 0))} }

func (d *dice) n(most int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.r.IntN(most)
}

// rough is a stream whose writes take time and which breaks after left bytes.
type rough struct {
	net.Conn
	dice *dice
	mu   *sync.Mutex
	left *int // shared by both ends; negative: never
}

var errCut = errors.New("cable cut")

func (c *rough) Write(p []byte) (int, error) {
	time.Sleep(time.Duration(c.dice.n(10)) * time.Millisecond)
	c.mu.Lock()
	cut := *c.left == 0
	if *c.left > 0 {
		*c.left = max(0, *c.left-len(p))
	}
	c.mu.Unlock()
	if cut {
		_ = c.Close()
		return 0, errCut
	}
	return c.Conn.Write(p)
}

// history is a home in which things happen.
type history struct {
	*testing.T
	dice   *dice
	lan    *lan
	models []*model
	nodes  []*Exchange
	next   uint64 // record
	calm   bool   // streams are not cut any more
	mu     sync.Mutex
}

func (h *history) wrap(a, b net.Conn) (net.Conn, net.Conn) {
	left := -1
	h.mu.Lock()
	calm := h.calm
	h.mu.Unlock()
	if !calm && h.dice.n(3) > 0 {
		left = 100 << h.dice.n(12)
	}
	mu := new(sync.Mutex)
	return &rough{a, h.dice, mu, &left}, &rough{b, h.dice, mu, &left}
}

// link keeps a and b in touch until ctx ends.
func (h *history) link(ctx context.Context, wg *sync.WaitGroup, a, b *Exchange) {
	for _, pair := range [][2]*Exchange{{a, b}, {b, a}} {
		wg.Go(func() {
			for ctx.Err() == nil {
				err := pair[0].Follow(ctx, pair[1].cfg.Self)
				if Misbehaved(err) {
					h.Errorf("an honest peer is blamed: %v", err)
				}
				time.Sleep(time.Second)
			}
		})
	}
}

// change writes something on a random device: mostly little, sometimes a lot.
func (h *history) change() {
	m := h.models[h.dice.n(len(h.models))]
	n := uint64(h.dice.n(5))
	if h.dice.n(10) == 0 {
		n = uint64(h.dice.n(3000))
	}
	var remove []media.Fingerprint
	m.mu.Lock()
	own := m.shelf(m.self).sorted
	if len(own) > 0 {
		at := h.dice.n(len(own))
		to := min(len(own), at+h.dice.n(4))
		if h.dice.n(12) == 0 {
			to = len(own) // a whole folder goes
		}
		remove = append(remove, own[at:to]...)
	}
	m.mu.Unlock()
	m.write(recordRange(h.next, h.next+n), remove)
	h.next += n
}

func TestRandomHistoriesConverge(t *testing.T) {
	for seed := range uint64(25) {
		synctest.Test(t, func(t *testing.T) { runHistory(t, seed) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func runHistory(t *testing.T, seed uint64) {
	h := &history{T: t, dice: newDice(seed), lan: newLAN()}
	h.lan.wrap = h.wrap
	for i := range 2 + seed%2 {
		m := newModel(byte(i + 1))
		m.noLog = h.dice.n(3) == 0
		h.models = append(h.models, m)
		e := h.lan.node(m)
		if h.dice.n(4) == 0 {
			e.can = nil // an older version
		}
		h.nodes = append(h.nodes, e)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for i := 1; i < len(h.nodes); i++ {
		h.link(ctx, &wg, h.nodes[i-1], h.nodes[i]) // a row: the ends meet through the middle
	}
	if len(h.nodes) == 3 && h.dice.n(2) == 0 {
		h.link(ctx, &wg, h.nodes[0], h.nodes[2])
	}
	for range 60 {
		h.change()
		time.Sleep(time.Duration(h.dice.n(400)) * time.Millisecond)
	}
	h.mu.Lock()
	h.calm = true
	h.mu.Unlock()
	cancel() // streams that would still be cut
	wg.Wait()
	ctx, cancel = context.WithCancel(context.Background())
	for i := 1; i < len(h.nodes); i++ {
		h.link(ctx, &wg, h.nodes[i-1], h.nodes[i])
	}
	settled()
	for _, m := range h.models {
		for _, other := range h.models {
			equalShelves(t, m, other, m.self)
		}
	}
	for _, e := range h.nodes {
		if s, _ := e.Peer(h.nodes[0].cfg.Self); e == h.nodes[1] && !s.Synced {
			t.Error("equal roots are not called synced")
		}
	}
	cancel()
	wg.Wait()
	for _, e := range h.nodes {
		e.Close()
	}
	h.lan.served.Wait()
}

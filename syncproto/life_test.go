package syncproto

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"homeroll/store/media"
)

// seedsVariable asks for more histories than the test runs of itself, as
// "FROM-TO" or "COUNT".
const seedsVariable = "HOMEROLL_HISTORIES"

func seeds(t *testing.T, usual uint64) (from, to uint64) {
	text := os.Getenv(seedsVariable)
	if text == "" {
		return 0, usual
	}
	if n, err := fmt.Sscanf(text, "%d-%d", &from, &to); n == 2 && err == nil {
		return from, to
	}
	to, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		t.Fatalf("%s: %v", seedsVariable, err)
	}
	return 0, to
}

// Random lives of homes: manifests and bytes travel while connections break,
// come twice and fall silent, nodes crash, lose or go back to an old database,
// disks flip bytes, and devices are removed and admitted again. When all is calm
// every member knows what every member states, and has what any of them holds.
func TestRandomLivesConverge(t *testing.T) {
	from, to := seeds(t, 100)
	for seed := from; seed < to; seed++ {
		synctest.Test(t, func(t *testing.T) {
			defer func() {
				if t.Failed() {
					t.Logf("seed %d: replay with %s=%d-%d", seed, seedsVariable, seed, seed+1)
				}
			}()
			newHomeLife(t, seed).run()
		})
	}
}

// homeLife is a home in which everything goes wrong. What happens follows from
// the seed alone; how it meets with what the nodes do meanwhile does not.
type homeLife struct {
	*testing.T
	dice    *dice // of what happens; the network and each node have their own
	weather *weather
	nodes   []*lifeNode
	next    uint64 // record
	wg      sync.WaitGroup

	mu    sync.Mutex
	items []*content // that were ever in the home
}

// lifeNode is a device of it. What a crash leaves is in the model and the sinks.
type lifeNode struct {
	home    *homeLife
	at      int
	model   *model
	luck    *dice
	old     *model      // of an earlier day
	plain   bool        // of an older version
	lies    atomic.Bool // its disk flips bytes now
	lied    atomic.Bool // and has
	removed bool

	mu    sync.Mutex
	x     *Exchange // nil: down
	stop  context.CancelFunc
	sinks map[media.ID]*memSink
	tasks sync.WaitGroup // fetching and serving of this run
}

func newHomeLife(t *testing.T, seed uint64) *homeLife {
	h := &homeLife{T: t, dice: newDice(seed)}
	h.weather = newWeather(newDice(seed + 1<<32))
	h.weather.serve = func(from, to int, protocol string, conn net.Conn) bool {
		return h.nodes[to].serve(h.nodes[from].model.self, protocol, conn)
	}
	for i := range 2 + h.dice.n(3) {
		n := &lifeNode{home: h, at: i, model: newModel(byte(i + 1)), plain: h.dice.n(5) == 0, luck: newDice(seed + uint64(i+2)<<32), sinks: map[media.ID]*memSink{}}
		n.model.noLog = h.dice.n(3) == 0
		n.old = n.model.copy()
		h.nodes = append(h.nodes, n)
		n.start()
	}
	return h
}

func (h *homeLife) any() *lifeNode { return h.nodes[h.dice.n(len(h.nodes))] }

func (h *homeLife) run() {
	for range 80 {
		h.event()
		time.Sleep(time.Duration(h.dice.n(1500)) * time.Millisecond)
	}
	h.calmDown()
	time.Sleep(20 * time.Minute)
	synctest.Wait()
	h.check()
	for _, n := range h.nodes {
		n.crash()
	}
	h.wg.Wait()
}

func (h *homeLife) event() {
	n, m := h.any(), h.any()
	switch h.dice.n(14) {
	case 0, 1, 2:
		n.write()
	case 3, 4:
		n.newItem()
	case 5:
		n.letGo()
	case 6, 7, 8:
		h.join(n, m) // perhaps a second time
	case 9:
		h.weather.part(n.at, m.at)
	case 10:
		n.crash()
		if h.dice.n(3) == 0 {
			n.loseDatabase()
		}
	case 11:
		n.start()
	case 12:
		if h.dice.n(3) == 0 {
			h.expel(n, !n.removed)
		}
	case 13:
		n.lies.Store(h.dice.n(2) == 0)
		n.old = n.model.copy()
	}
}

// join connects two nodes, whose exchanges follow each other while it lasts.
func (h *homeLife) join(a, b *lifeNode) {
	if a == b || a.removed || b.removed || !a.up() || !b.up() {
		return
	}
	older := h.weather.latest(a.at, b.at)
	c := h.weather.connect(a.at, b.at)
	for _, pair := range [][2]*lifeNode{{a, b}, {b, a}} {
		h.wg.Go(func() {
			for c.ctx.Err() == nil {
				if x := pair[0].exchange(); x != nil {
					h.blame(x.Follow(c.ctx, pair[1].model.self))
				}
				wait(c.ctx, time.Second)
			}
		})
	}
	if older != nil { // the host keeps one, a little later
		time.AfterFunc(time.Duration(h.dice.n(2000))*time.Millisecond, older.cancel)
	}
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// blame fails the test where an honest peer is called a liar.
func (h *homeLife) blame(err error) {
	if Misbehaved(err) {
		h.Errorf("an honest peer is blamed: %v", err)
	}
}

// blameFor is about items: a disk may have flipped a byte of one.
func (h *homeLife) blameFor(who media.Device, err error) {
	for _, n := range h.nodes {
		if n.model.self == who && n.lied.Load() && errors.Is(err, media.ErrCorrupt) {
			return
		}
	}
	h.blame(err)
}

// expel removes a device from the home or admits it again.
func (h *homeLife) expel(n *lifeNode, out bool) {
	n.removed = out
	for _, other := range h.nodes {
		if other == n {
			continue
		}
		h.weather.part(n.at, other.at)
		other.model.mu.Lock()
		other.model.refuse[n.model.self] = out
		other.model.broadcast()
		other.model.mu.Unlock()
	}
}

// calmDown brings every member up and connects them: in a row, at least.
func (h *homeLife) calmDown() {
	h.weather.setCalm()
	var members []*lifeNode
	for _, n := range h.nodes {
		for _, m := range h.nodes {
			h.weather.part(n.at, m.at) // streams that would still be cut
		}
		n.lies.Store(false)
		if h.dice.n(3) == 0 {
			n.crash()
			if h.dice.n(3) == 0 {
				n.loseDatabase()
			}
		}
		if !n.removed {
			n.start()
			n.stateHeld()
			members = append(members, n)
		}
	}
	for i := range members {
		for j := range i {
			if j == i-1 || h.dice.n(2) == 0 {
				h.join(members[i], members[j])
			}
		}
	}
}

func (h *homeLife) check() {
	for _, a := range h.nodes {
		for _, b := range h.nodes {
			if a.removed || b.removed {
				continue
			}
			equalShelves(h.T, a.model, b.model, a.model.self)
			x := a.exchange()
			if s, ok := x.Peer(b.model.self); ok && h.weather.latest(a.at, b.at) != nil && !s.Synced {
				h.Errorf("%d does not call itself synced with %d", a.at, b.at)
			}
		}
	}
	for i, c := range h.items {
		var with, without []int
		for _, n := range h.nodes {
			switch got := n.holds(c); {
			case n.removed:
			case got == nil:
				without = append(without, n.at)
			default:
				with = append(with, n.at)
				if !bytes.Equal(got.data, c.data) {
					h.Errorf("item %d is wrong on %d", i, n.at)
				}
			}
		}
		if len(with) > 0 && len(without) > 0 {
			h.Errorf("item %d of %d bytes: held by %v, not by %v", i, len(c.data), with, without)
		}
	}
}

func (h *homeLife) known() []*content {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.items)
}

package syncproto

import (
	"bytes"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"homeroll/store/media"
)

// house is one device that asks, and others that hold one item, in a time of
// its own.
type house struct {
	t       *testing.T
	lan     *lan
	asker   *Exchange
	data    []byte
	item    media.Item
	holders []*Exchange
	free    chan struct{} // closed at the end: for those that stand still
	failed  map[media.Device]error
}

func newHouse(t *testing.T, groups int) *house {
	h := &house{t: t, lan: newLAN(), data: noise(groups*group-77, 5), free: make(chan struct{}), failed: map[media.Device]error{}}
	h.asker = h.lan.node(newModel(1))
	h.item = newContent(h.data).item
	return h
}

// holder adds one that reads through read.
func (h *house) holder(read func(p []byte, off int64)) media.Device {
	m := newModel(byte(10 + len(h.holders)))
	m.hold(h.data).read = read
	h.holders = append(h.holders, h.lan.node(m))
	return m.self
}

// every is a disk that needs so long for a group.
func every(d time.Duration) func([]byte, int64) {
	head := make(chan struct{}, 1) // a disk has one
	return func(p []byte, _ int64) {
		if len(p) > headLen {
			head <- struct{}{}
			time.Sleep(d)
			<-head
		}
	}
}

// flipping gives a wrong byte in every tenth group.
func flipping(d time.Duration) func([]byte, int64) {
	slow := every(d)
	return func(p []byte, off int64) {
		slow(p, off)
		if off/group%10 == 9 {
			p[len(p)/2] ^= 4
		}
	}
}

func (h *house) gather(from Sources) (*memSink, time.Duration, error) {
	from.Failed = func(d media.Device, err error) {
		if h.failed[d] != nil {
			h.t.Errorf("%s failed twice", d.Short())
		}
		h.failed[d] = err
	}
	sink, start := newSink(h.item), time.Now()
	taken := make([]int, len(sink.have))
	sink.wrote = func(i int64) { taken[i]++ }
	err := h.asker.Gather(h.t.Context(), from, sink)
	took := time.Since(start)
	if err == nil && (!bytes.Equal(sink.data, h.data) || slices.ContainsFunc(taken, func(n int) bool { return n != 1 })) {
		h.t.Error("not each group was taken once as it is")
	}
	return sink, took, err
}

// sent returns the groups that a holder has sent, about.
func (h *house) sent(i int) int64 { return h.holders[i].Stats().MediaOut / group }

func (h *house) close() {
	close(h.free)
	h.asker.Close()
	for _, e := range h.holders {
		e.Close()
	}
	h.lan.served.Wait()
}

func TestItemComesFromAllHoldersAtTheSpeedOfTheirSum(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, 600)
		defer h.close()
		from := []media.Device{h.holder(every(100 * time.Millisecond)), h.holder(every(5 * time.Millisecond)), h.holder(every(10 * time.Millisecond))}
		_, took, err := h.gather(Sources{Peers: from})
		ideal := 600 * time.Second / (10 + 200 + 100)
		if err != nil || took > ideal*115/100+200*time.Millisecond {
			t.Errorf("%v after %v, at best %v", err, took, ideal)
		}
		slow, fast, half := h.sent(0), h.sent(1), h.sent(2)
		if slow < 10 || slow > 50 || fast < 330 || half < 150 || h.asker.Stats().Repeated > 40*group {
			t.Errorf("%d, %d and %d groups, %d of them twice", slow, fast, half, h.asker.Stats().Repeated/group)
		}
		if len(h.failed) > 0 {
			t.Error(h.failed)
		}
	})
}

func TestLiarIsAskedNoMoreAndOnlyItsGroupsComeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, 600)
		defer h.close()
		from := []media.Device{h.holder(flipping(time.Millisecond)), h.holder(every(5 * time.Millisecond)), h.holder(every(5 * time.Millisecond))}
		_, took, err := h.gather(Sources{Peers: from})
		if err != nil || took > 600*5*time.Millisecond/2*12/10 {
			t.Errorf("%v after %v", err, took)
		}
		if bad := h.failed[from[0]]; len(h.failed) != 1 || !errors.Is(bad, media.ErrCorrupt) {
			t.Error(h.failed)
		}
		if again := h.sent(1) + h.sent(2) + h.sent(0); again > 600+2*maxRun {
			t.Errorf("%d groups travelled for 600", again)
		}
		// Alone, it brings what is right, and the item goes on later.
		h.failed = map[media.Device]error{}
		sink, _, err := h.gather(Sources{Peers: from[:1]})
		if _, n := sink.NextMissing(0); !errors.Is(err, media.ErrCorrupt) || n == 0 || !sink.have[0] || sink.have[9] {
			t.Errorf("%v with %v", err, sink.have[:10])
		}
		h.failed = map[media.Device]error{}
		if err := h.asker.Gather(t.Context(), Sources{Peers: from[1:]}, sink); err != nil || !bytes.Equal(sink.data, h.data) {
			t.Error(err)
		}
	})
}

func TestSilentAndVanishedHoldersGiveTheirLeasesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, 800)
		defer h.close()
		slow, alike := every(5*time.Millisecond), every(5*time.Millisecond)
		stands := h.holder(func(p []byte, off int64) {
			if slow(p, off); off/group > 100 {
				<-h.free
			}
		})
		var vanishes media.Device
		var gone sync.Once
		vanishes = h.holder(func(p []byte, off int64) {
			if alike(p, off); off/group > 200 {
				gone.Do(func() {
					h.lan.mu.Lock()
					e := h.lan.nodes[vanishes]
					delete(h.lan.nodes, vanishes)
					h.lan.mu.Unlock()
					e.cancel()
				})
			}
		})
		good := h.holder(every(5 * time.Millisecond))
		_, took, err := h.gather(Sources{Peers: []media.Device{stands, vanishes, good}})
		if err != nil || took > 800*5*time.Millisecond+time.Second {
			t.Errorf("%v after %v", err, took)
		}
		if h.failed[good] != nil || h.failed[vanishes] == nil {
			t.Error(h.failed)
		}
	})
}

func TestHolderThatComesLaterJoinsIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, 400)
		defer h.close()
		slow, fast := h.holder(every(100*time.Millisecond)), h.holder(every(5*time.Millisecond))
		more := make(chan media.Device, 1)
		time.AfterFunc(3*time.Second, func() { more <- fast })
		_, took, err := h.gather(Sources{Peers: []media.Device{slow}, More: more})
		if err != nil || took > 3*time.Second+370*5*time.Millisecond+500*time.Millisecond {
			t.Errorf("%v after %v", err, took)
		}
		if n := h.sent(0); n > 80 {
			t.Errorf("%d groups from the slow one", n)
		}
	})
}

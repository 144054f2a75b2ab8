package syncproto

import (
	"math"
	"slices"
	"sync/atomic"
	"time"

	"homeroll/store/media"
)

// shrinker decides for one stream of items what is compressed: what may shrink by
// its first bytes, has shrunk so far, and takes less time in all than being sent
// as it is. It is used by one goroutine.
type shrinker struct {
	link  *link      // nil: of unknown speed
	plain []media.ID // items that did not shrink lately, or not enough
}

// plainItems are remembered, so that an item of many runs is tried once.
const plainItems = 16

// paysFrom is what compression must be ahead: expanding takes about a third as
// long as compressing, and costs the other end what it costs.
const paysFrom = 4.0 / 3

// may reports whether an item is worth a trial; head are its first bytes.
func (s *shrinker) may(c *blockCodec, id media.ID, size int64, head []byte) bool {
	if size < tooSmall || compressed(head) || slices.Contains(s.plain, id) {
		return false
	}
	// Half is what raw pictures shrink to at best.
	return s.link.slowness()*0.5 > c.slowness()*paysFrom
}

// shrink returns the group compressed into dst's array, and false if that is not
// worth it: then the item is not tried again.
func (s *shrinker) shrink(c *blockCodec, dst []byte, id media.ID, group []byte) ([]byte, bool) {
	began := time.Now()
	z, ok := c.shrink(dst, group)
	took := time.Since(began)
	c.took(len(group), took)
	if ok && s.link.slowness()*float64(len(group)-len(z)) > float64(took)*paysFrom {
		return z, true
	}
	if len(s.plain) == plainItems {
		s.plain = slices.Delete(s.plain, 0, 1)
	}
	s.plain = append(s.plain, id)
	return group, false
}

// usualCost is taken for the cost of compression until it is known, in
// nanoseconds a byte: 400 MB/s.
const usualCost = 2.5

// cost is a measured time for a byte, in nanoseconds. Safe for concurrent use; of
// two measurements at once one may be lost.
type cost struct{ bits atomic.Uint64 }

func (c *cost) get() float64 { return math.Float64frombits(c.bits.Load()) }

// note takes a measurement in; the latest weigh most.
func (c *cost) note(n int, took time.Duration) {
	if n == 0 {
		return
	}
	one, old := float64(took)/float64(n), c.get()
	if old > 0 {
		one = old + (one-old)*min(1, float64(n)/(1<<20))
	}
	c.bits.Store(math.Float64bits(one))
}

// took notes how long a group took to compress.
func (c *blockCodec) took(n int, d time.Duration) { c.cost.note(n, d) }

// slowness returns how long a byte takes to compress, in nanoseconds.
func (c *blockCodec) slowness() float64 {
	if ns := c.cost.get(); ns > 0 {
		return ns
	}
	return usualCost
}

// knownLink is how many bytes a link must have taken before its speed is known:
// more than fits into its buffers, which take any bytes at once.
const knownLink = 4 << 20

// slowness returns how long a byte takes to be sent, in nanoseconds; infinite while
// it is not known.
func (l *link) slowness() float64 {
	if l == nil || l.written < knownLink {
		return math.Inf(1)
	}
	return l.cost.get()
}

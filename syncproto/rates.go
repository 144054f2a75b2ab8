package syncproto

import (
	"math"
	"sync"
	"time"
)

// rateSpan is how many whole seconds a rate is averaged over.
const rateSpan = 4

// paceSpan is how many whole seconds are remembered, for the pace.
const paceSpan = 60

// paceHalf is after how many seconds what was counted weighs half in the pace.
const paceHalf = 15

// Of a pace: how many whole seconds it must have to be known, and after how many
// without a byte nothing moves any more.
const (
	paceKnown = 3
	paceStill = 10
)

// meter counts bytes by the second, by a clock that nobody puts forward or back. The
// zero meter is ready.
type meter struct {
	mu     sync.Mutex
	epoch  time.Time           // of the first use
	bytes  [paceSpan + 1]int64 // of the second that is its index modulo the length
	second int64               // the latest that was counted, from epoch
	first  int64               // since when bytes come, without paceStill seconds of nothing
	last   int64               // when any came last; before first: never
}

func (m *meter) add(n int, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.advanceLocked(now)
	if m.last < m.first || m.second-m.last > paceStill {
		m.first = m.second
	}
	m.last = m.second
	m.bytes[m.second%int64(len(m.bytes))] += int64(n)
}

// rate returns the bytes a second over the whole seconds before now, the last
// few at most.
func (m *meter) rate(now time.Time) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.advanceLocked(now)
	var sum int64
	span := min(rateSpan, m.second)
	for age := int64(1); age <= span; age++ {
		sum += m.agedLocked(age)
	}
	if began := m.second - m.first; m.last >= m.first {
		span = min(span, began)
	}
	if span < 1 {
		return 0
	}
	return sum / span
}

// pace returns the bytes a second of about the last minute, in which the latest
// weigh most: a figure to foretell from. It is 0 if it is not known yet or
// nothing moves.
func (m *meter) pace(now time.Time) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.advanceLocked(now)
	began := min(m.second-m.first, paceSpan)
	if m.last < m.first || began < paceKnown || m.second-m.last > paceStill {
		return 0
	}
	var sum, weight float64
	for age := int64(1); age <= began; age++ {
		w := math.Exp2(-float64(age) / paceHalf)
		sum += w * float64(m.agedLocked(age))
		weight += w
	}
	return int64(sum / weight)
}

// agedLocked returns the bytes of a whole second so many before the present one.
func (m *meter) agedLocked(age int64) int64 {
	at := m.second - age
	if at < 0 {
		return 0
	}
	return m.bytes[at%int64(len(m.bytes))]
}

// advanceLocked empties the seconds that nothing was counted in.
func (m *meter) advanceLocked(now time.Time) {
	if m.epoch.IsZero() {
		m.epoch, m.last = now, -1
	}
	second := int64(now.Sub(m.epoch) / time.Second)
	if second-m.second > int64(len(m.bytes)) {
		clear(m.bytes[:])
		m.second = second
	}
	for m.second < second {
		m.second++
		m.bytes[m.second%int64(len(m.bytes))] = 0
	}
}

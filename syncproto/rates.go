package syncproto

import (
	"sync"
	"time"
)

// rateSpan is how many whole seconds a rate is averaged over.
const rateSpan = 4

// meter counts bytes by the second. The zero meter is ready.
type meter struct {
	mu     sync.Mutex
	bytes  [rateSpan + 1]int64 // of the second that is its index modulo the length
	second int64               // the latest that was counted
}

func (m *meter) add(n int, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.advanceLocked(now.Unix())
	m.bytes[m.second%int64(len(m.bytes))] += int64(n)
}

// rate returns the bytes a second over the whole seconds before now.
func (m *meter) rate(now time.Time) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.advanceLocked(now.Unix())
	var sum int64
	for i, n := range m.bytes {
		if int64(i) != m.second%int64(len(m.bytes)) {
			sum += n
		}
	}
	return sum / rateSpan
}

// advanceLocked empties the seconds that nothing was counted in.
func (m *meter) advanceLocked(second int64) {
	if second-m.second > int64(len(m.bytes)) {
		clear(m.bytes[:])
		m.second = second
	}
	for m.second < second {
		m.second++
		m.bytes[m.second%int64(len(m.bytes))] = 0
	}
}

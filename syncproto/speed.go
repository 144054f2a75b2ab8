package syncproto

import (
	"math"
	"sync"
	"time"

	"homeroll/store/media"
)

// speedHalf is after how much time of waiting for a peer an observation counts
// half.
const speedHalf = 2 * time.Second

// settle is how long a peer must have been waited for before its speed is known.
const settle = 20 * time.Millisecond

// speed measures how fast items come from a peer while some are being waited
// for. The zero speed is ready.
type speed struct {
	mu      sync.Mutex
	waiting int       // requests without their answer
	at      time.Time // until when it is counted
	bytes   float64   // both fade
	seconds float64
}

// wait notes that so many more, or fewer, answers are waited for.
func (s *speed) wait(n int, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advanceLocked(now)
	s.waiting += n
}

// add notes that bytes came.
func (s *speed) add(n int, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advanceLocked(now)
	s.bytes += float64(n)
}

// rate returns bytes a second, 0 if it is not known.
func (s *speed) rate(now time.Time) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advanceLocked(now)
	if s.seconds < settle.Seconds() && s.bytes < firstRun*media.GroupSize || s.bytes < 1 {
		return 0
	}
	return s.bytes / max(s.seconds, 1e-6)
}

// advanceLocked counts the time since the last call if something was waited for.
func (s *speed) advanceLocked(now time.Time) {
	passed := now.Sub(s.at)
	s.at = now
	if s.waiting == 0 || passed <= 0 {
		return
	}
	fade := math.Exp2(-passed.Seconds() / speedHalf.Seconds())
	s.bytes *= fade
	s.seconds = s.seconds*fade + passed.Seconds()
}

package store

import (
	"context"
	"sync/atomic"
	"time"
)

// How much of one core background work may take, in percent.
const (
	defaultCPU = 50
	busyCPU    = 1 // while files are scanned, hashed, received or sent
)

// longestRest bounds the rest after one piece of work, however long it took.
const longestRest = 2 * time.Minute

// rest returns how long to rest after work that took so long, so that working
// and resting together take the given percentage of one core. Work in one
// goroutine takes at most its time of a core.
func rest(worked time.Duration, percent int) time.Duration {
	percent = min(max(percent, 1), 100)
	return min(worked*time.Duration(100-percent)/time.Duration(percent), longestRest)
}

// glance is how often it is looked whether something else is still busy.
const glance = 500 * time.Millisecond

// restAfter rests after work that took so long, for as long as the percentage
// asks that is allowed meanwhile: what was busy when the work was done does not
// prolong a rest once it has ended. It reports false if ctx ended first.
func restAfter(ctx context.Context, worked time.Duration, percent func() int) bool {
	for began := time.Now(); ; {
		left := rest(worked, percent()) - time.Since(began)
		if left <= 0 {
			return ctx.Err() == nil
		}
		if !sleep(ctx, min(left, glance)) {
			return false
		}
	}
}

// busy reports whether people wait for something else: files are being scanned,
// hashed, recorded, received or sent.
func (s *Store) busy() bool {
	return s.sending.lately() || s.Progress().Scanning || len(s.hasher.urgent)+len(s.hasher.bulk)+len(s.recorder.in)+len(s.commits.in) > 0 || s.incoming.count() > 0
}

func (b *incomingBook) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.open)
}

// idle waits until nothing else is busy, and reports false if ctx ended first,
// or there is something new to be read.
func (ix *indexer) idle(ctx context.Context) bool {
	for ix.s.busy() {
		if len(ix.token) > 0 || !sleep(ctx, glance) {
			return false
		}
	}
	return len(ix.token) == 0 && ctx.Err() == nil
}

// sendingFor is how long after a request for an item another one is expected.
const sendingFor = 2 * time.Second

// sending remembers when an item was last read for somebody else.
type sending struct{ last atomic.Int64 } // Unix nanoseconds

func (s *sending) now() { s.last.Store(time.Now().UnixNano()) }

// lately is false, too, where the clock has been put back since.
func (s *sending) lately() bool {
	passed := time.Since(time.Unix(0, s.last.Load()))
	return passed >= 0 && passed < sendingFor
}

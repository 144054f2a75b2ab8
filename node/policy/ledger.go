package policy

import (
	"time"

	"homeroll/store/media"
)

// Fault is how a fetch failed.
type Fault int

// The faults.
const (
	Lost     Fault = iota // the connection or the peer's reading broke
	Corrupt               // what came does not hash to the item
	NotThere              // the peer does not have it (any more)
	Busy                  // the peer does not send for now
	Local                 // this device could not write it
)

// maxFailures bounds the items in the ledger; beyond it some are forgotten,
// which costs at most an early retry.
const maxFailures = 1 << 16

// Ledger remembers failed fetches, so that they are tried again later rather
// than at once: each item with each peer, and a peer as a whole after a
// streak. The zero Ledger is empty. Not safe for concurrent use.
type Ledger struct {
	failures map[media.ID]map[media.Device]failure
	streaks  map[media.Device]failure
	corrupt  map[media.Device]*corruption
}

// corruption is what came corrupt from a peer lately.
type corruption struct {
	items map[media.ID]bool
	until time.Time // it counts
}

// A peer from which liesFree different items came corrupt is asked only for what
// nobody else has, until none has for shunned.
const (
	liesFree = 3
	shunned  = time.Hour
)

type failure struct {
	count int
	again time.Time
	fault Fault
}

// streakFree is how many fetches in a row may fail with a peer before the
// peer as a whole is held off: a few bad files must not silence it.
const streakFree = 8

// Failed records a failure and returns how often this item has failed with
// this peer by now.
func (l *Ledger) Failed(now time.Time, item media.ID, from media.Device, f Fault) int {
	if l.failures == nil {
		l.failures, l.streaks = map[media.ID]map[media.Device]failure{}, map[media.Device]failure{}
	}
	if l.failures[item] == nil {
		l.makeRoom()
		l.failures[item] = map[media.Device]failure{}
	}
	n := l.failures[item][from].count + 1
	l.failures[item][from] = failure{n, now.Add(f.backOff(n)), f}
	switch f {
	case Lost, Busy:
		l.extendStreak(now, from)
	case Corrupt:
		l.catch(now, item, from)
	}
	return n
}

// catch remembers that a peer sent an item corrupt.
func (l *Ledger) catch(now time.Time, item media.ID, from media.Device) {
	if l.corrupt == nil {
		l.corrupt = map[media.Device]*corruption{}
	}
	c := l.corrupt[from]
	if c == nil || now.After(c.until) {
		c = &corruption{items: map[media.ID]bool{}}
		l.corrupt[from] = c
	}
	c.until = now.Add(shunned)
	if len(c.items) < liesFree {
		c.items[item] = true
	}
}

// lies reports whether what a peer sends is so often corrupt that others are
// asked where there are some.
func (l *Ledger) lies(now time.Time, d media.Device) bool {
	if l == nil || l.corrupt[d] == nil {
		return false
	}
	c := l.corrupt[d]
	return len(c.items) >= liesFree && !now.After(c.until)
}

func (l *Ledger) extendStreak(now time.Time, from media.Device) {
	s := l.streaks[from]
	if s.again.After(now) {
		return // one that was in flight already when the peer was held off
	}
	s.count++
	if s.count >= streakFree {
		s.again = now.Add(doubling(time.Second, s.count-streakFree+1, 10*time.Second))
	}
	l.streaks[from] = s
}

// Succeeded forgets what went wrong with the item, and the streaks of the peers
// that it came from.
func (l *Ledger) Succeeded(item media.ID, from ...media.Device) {
	delete(l.failures, item)
	for _, d := range from {
		delete(l.streaks, d)
	}
}

// Reconnected forgets the peer's streak and the failures with it: a new
// connection is a new start, except for what came corrupt.
func (l *Ledger) Reconnected(d media.Device) {
	delete(l.streaks, d)
	for item, by := range l.failures {
		if f, ok := by[d]; ok && f.fault != Corrupt {
			delete(by, d)
		}
		if len(by) == 0 {
			delete(l.failures, item)
		}
	}
}

// Reset forgets everything: a person asked to try again.
func (l *Ledger) Reset() { *l = Ledger{} }

// blocked tells until when an item must not be asked of a peer.
func (l *Ledger) blocked(now time.Time, item media.ID, from media.Device) (until time.Time, blocked bool) {
	if l == nil {
		return time.Time{}, false
	}
	until = l.failures[item][from].again
	if s := l.streaks[from].again; s.After(until) {
		until = s
	}
	return until, until.After(now)
}

func (l *Ledger) makeRoom() {
	for item := range l.failures {
		if len(l.failures) < maxFailures {
			return
		}
		delete(l.failures, item)
	}
}

// backOff returns how long to wait after the n-th failure, n from 1.
func (f Fault) backOff(n int) time.Duration {
	switch f {
	case Corrupt:
		return doubling(time.Minute, n, time.Hour)
	case NotThere:
		return doubling(2*time.Second, n, time.Minute)
	case Busy:
		return doubling(2*time.Second, n, 10*time.Second)
	case Local:
		return doubling(5*time.Second, n, 5*time.Minute)
	default:
		return doubling(500*time.Millisecond, n, 10*time.Second)
	}
}

func doubling(first time.Duration, n int, most time.Duration) time.Duration {
	if n > 20 { // before the shift overflows
		return most
	}
	return min(most, first<<max(0, n-1))
}

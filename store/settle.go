package store

import (
	"container/heap"
	"sync"
	"time"

	"homeroll/store/internal/disk"
)

// A file is hashed once it has settled: nobody changed it for Config.Settle.
// What does not settle for this many times as long, or changed this often
// while it was read, is a problem that is named.
const (
	settleGivesUp    = 30 // times Config.Settle
	changesTolerated = 3
	maxSettleDelay   = time.Minute
)

// settling are the files of one folder that wait to be looked at again. It is
// safe for concurrent use.
type settling struct {
	wake  chan struct{} // has a token when the earliest due time may have changed
	mu    sync.Mutex
	files map[string]*waiting
	order dueHeap
}

// waiting is one path and what was seen of it.
type waiting struct {
	path    string
	due     time.Time
	first   time.Time // when it began to wait
	since   time.Time // since when it has had this stamp
	stamp   disk.Stamp
	removed bool // an event said that it is gone
	changes int  // while it was read
	index   int
}

func newSettling() *settling {
	return &settling{wake: make(chan struct{}, 1), files: map[string]*waiting{}}
}

// settledAt is when a file with this stamp, seen unchanged since then, counts
// as settled: a modification time that is old enough already says so itself.
// One in the future says nothing, but the time of the last status change may,
// which nobody can set.
func settledAt(stamp disk.Stamp, since time.Time, settle time.Duration) time.Time {
	if stamp.MTime.Before(since) {
		return stamp.MTime.Add(settle)
	}
	if !stamp.Changed.IsZero() && stamp.Changed.Before(since) {
		return stamp.Changed.Add(settle)
	}
	return since.Add(settle)
}

// look asks for a path at once.
func (s *settling) look(path string, now time.Time) {
	s.change(path, now, func(w *waiting) { w.due = now })
}

// gone asks for a path that was removed or renamed, a little later, so that
// both ends of a rename are seen.
func (s *settling) gone(path string, now time.Time) {
	s.change(path, now, func(w *waiting) {
		w.removed = true
		w.due = now.Add(renameWindow)
	})
}

// renameWindow is how long a name that is gone waits for the other one.
const renameWindow = 100 * time.Millisecond

// touch asks for a path that somebody writes to: once it may have settled, and
// not again for each write.
func (s *settling) touch(path string, settle time.Duration, now time.Time) {
	s.change(path, now, func(w *waiting) {
		if w.due.IsZero() {
			w.due = now.Add(settle)
		}
	})
}

// later puts back a path that cannot be decided yet.
func (s *settling) later(w waiting, due time.Time) {
	s.change(w.path, w.first, func(n *waiting) {
		n.first, n.removed, n.due = w.first, n.removed || w.removed, due
	})
}

// changed puts back a path that changed while it was read, for longer each
// time, and returns how often it did so.
func (s *settling) changed(w waiting, settle time.Duration, now time.Time) (changes int) {
	w.changes++
	delay := min(maxSettleDelay, settle<<min(w.changes, 10))
	s.change(w.path, now, func(n *waiting) {
		n.first, n.changes, n.due = w.first, w.changes, now.Add(delay)
	})
	return w.changes
}

func (s *settling) change(path string, now time.Time, set func(w *waiting)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.files[path]
	if w == nil {
		w = &waiting{path: path, first: now, since: now}
		s.files[path] = w
		set(w)
		heap.Push(&s.order, w)
	} else {
		set(w)
		heap.Fix(&s.order, w.index)
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// take removes and returns what is due, and when the next will be; zero if
// nothing waits.
func (s *settling) take(now time.Time) (due []waiting, next time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.order) > 0 {
		w := s.order[0]
		if w.due.After(now) {
			return due, w.due
		}
		heap.Pop(&s.order)
		delete(s.files, w.path)
		due = append(due, *w)
	}
	return due, time.Time{}
}

// wait puts back a file that has not settled, and returns whether it has kept
// everybody waiting for too long.
func (s *settling) wait(w waiting, stamp disk.Stamp, settle time.Duration, now time.Time) (tooLong bool) {
	if !stamp.Same(w.stamp) {
		w.stamp, w.since = stamp, now
	}
	due := settledAt(stamp, w.since, settle)
	s.change(w.path, now, func(n *waiting) {
		n.first, n.since, n.stamp, n.changes = w.first, w.since, w.stamp, w.changes
		n.due = due
	})
	return now.Sub(w.first) > settleGivesUp*settle
}

// busy reports whether a file waits that will soon be read, in contrast to one
// that does not settle.
func (s *settling) busy(settle time.Duration, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.files {
		if w.changes < changesTolerated && now.Sub(w.first) < settleGivesUp*settle {
			return true
		}
	}
	return false
}

// dueHeap orders by due time.
type dueHeap []*waiting

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].due.Before(h[j].due) }
func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *dueHeap) Push(x any) {
	w := x.(*waiting)
	w.index = len(*h)
	*h = append(*h, w)
}

func (h *dueHeap) Pop() any {
	old := *h
	w := old[len(old)-1]
	*h = old[:len(old)-1]
	return w
}

// peek returns how many files wait, and when the first of them is due.
func (s *settling) peek() (n int, next time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.order) == 0 {
		return 0, time.Time{}
	}
	return len(s.order), s.order[0].due
}

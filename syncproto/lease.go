package syncproto

import (
	"cmp"
	"math"
	"slices"
	"time"

	"homeroll/store/media"
)

// How leases are sized and taken over.
const (
	// leaseTime of a holder's measured speed is asked for at once, within minRun
	// and maxRun; twice as much is on its way.
	leaseTime = time.Second
	minRun    = 2
	// firstRun is asked of a holder whose speed is not known.
	firstRun = 4
	// hush is how long a holder may be silent before that counts as its speed.
	hush = 500 * time.Millisecond
	// worthwhile is what a second lease of the same groups must save.
	worthwhile = 100 * time.Millisecond
)

// leases is which holder has been asked for which groups of one item. It does
// nothing itself and reads no clock, so that what it decides can be tested.
//
// While groups are left that nobody was asked for, each holder that has a place
// free gets the next of them. When there are none, the end of what a slower
// holder still owes is leased a second time, if that saves time: whoever is
// first proves the group, and no group has more than two leases.
type leases struct {
	free    []gap  // neither proven nor leased: sorted, apart
	have    []bool // proven
	left    int64  // groups not proven
	out     []*lease
	holders int64 // how many there are
}

// gap is a run of groups.
type gap struct{ first, n int64 }

// holder is a peer that an item is leased to.
type holder struct {
	rate float64   // bytes a second; 0 = not measured
	last time.Time // when something last came, or the first lease was given
	out  []*lease  // in the order of asking
}

// lease is a run of groups that a holder was asked for.
type lease struct {
	by          *holder
	first, next int64 // next is the first that has not come
	end         int64
	outline     bool // the outline is to come before them
	closed      bool
}

func newLeases(groups int64) *leases {
	return &leases{have: make([]bool, groups), left: groups, free: []gap{{0, groups}}}
}

// proven notes that a group is here and reports whether that is news.
func (l *leases) proven(i int64) bool {
	if l.have[i] {
		return false
	}
	l.have[i] = true
	l.left--
	return true
}

// refresh leases nothing that is proven by now.
func (l *leases) refresh() {
	free := l.free
	l.free = nil
	for _, s := range free {
		for i := s.first; i < s.first+s.n; i++ {
			l.release(i)
		}
	}
}

// next leases groups to a holder, nil if there are none worth asking it for.
func (l *leases) next(h *holder, now time.Time) *lease {
	if len(l.free) > 0 {
		s := &l.free[0]
		n := min(s.n, l.run(h))
		ls := l.give(h, s.first, s.first+n, now)
		s.first, s.n = s.first+n, s.n-n
		if s.n == 0 {
			l.free = l.free[1:]
		}
		return ls
	}
	first, end := l.best(h, now)
	if first == end {
		return nil
	}
	return l.give(h, first, end, now)
}

func (l *leases) give(h *holder, first, end int64, now time.Time) *lease {
	ls := &lease{by: h, first: first, next: first, end: end}
	if len(h.out) == 0 {
		h.last = now
	}
	h.out, l.out = append(h.out, ls), append(l.out, ls)
	return ls
}

// arrived notes that a group of a lease has come, whether or not it was news.
func (l *leases) arrived(ls *lease, i int64, now time.Time) {
	ls.next, ls.by.last = i+1, now
}

// close ends a lease. What it still owed may be leased again.
func (l *leases) close(ls *lease) {
	if ls.closed {
		return
	}
	ls.closed = true
	same := func(o *lease) bool { return o == ls }
	l.out = slices.DeleteFunc(l.out, same)
	ls.by.out = slices.DeleteFunc(ls.by.out, same)
	for i := ls.next; i < ls.end; i++ {
		if !l.leased(i, nil) {
			l.release(i)
		}
	}
}

// release makes a group free unless it is proven.
func (l *leases) release(i int64) {
	if l.have[i] {
		return
	}
	at, _ := slices.BinarySearchFunc(l.free, i, func(s gap, i int64) int { return cmp.Compare(s.first, i) })
	before := at > 0 && l.free[at-1].first+l.free[at-1].n == i
	after := at < len(l.free) && l.free[at].first == i+1
	switch {
	case before && after:
		l.free[at-1].n += 1 + l.free[at].n
		l.free = slices.Delete(l.free, at, at+1)
	case before:
		l.free[at-1].n++
	case after:
		l.free[at].first, l.free[at].n = i, l.free[at].n+1
	default:
		l.free = slices.Insert(l.free, at, gap{i, 1})
	}
}

// leased reports whether somebody other than one lease owes a group.
func (l *leases) leased(i int64, except *lease) bool {
	return slices.ContainsFunc(l.out, func(o *lease) bool { return o != except && o.next <= i && i < o.end })
}

// best returns the groups whose second lease, to h, saves the most time.
func (l *leases) best(h *holder, now time.Time) (first, end int64) {
	own := h.groups(now)
	if own == 0 {
		own = float64(firstRun) / leaseTime.Seconds() // an assumption, until it is measured
	}
	saved := worthwhile.Seconds()
	for _, ls := range l.out {
		if ls.by == h {
			continue
		}
		theirs := ls.by.groups(now)
		if theirs == 0 {
			continue // it has only been asked
		}
		owed := ls.owed(l)
		if owed == ls.next {
			continue
		}
		before, r := float64(ls.before()), float64(owed-ls.next)
		backlog := float64(h.backlog())
		keep := math.Floor(max(0, (theirs*(backlog+r)-own*before)/(own+theirs)))
		take := min(owed-ls.next-int64(keep), l.run(h))
		if take <= 0 {
			continue
		}
		was := (before + r) / theirs
		will := max((before+r-float64(take))/theirs, (backlog+float64(take))/own)
		if was-will > saved {
			saved, first, end = was-will, owed-take, owed
		}
	}
	return first, end
}

// owed returns the end of the groups that this lease alone owes.
func (ls *lease) owed(l *leases) int64 {
	end := ls.end
	for end > ls.next && (l.have[end-1] || l.leased(end-1, ls)) {
		end--
	}
	return end
}

// before counts the groups that the holder sends before those of the lease.
func (ls *lease) before() (n int64) {
	for _, o := range ls.by.out {
		if o == ls {
			break
		}
		n += o.end - o.next
	}
	return n
}

func (h *holder) backlog() (n int64) {
	for _, o := range h.out {
		n += o.end - o.next
	}
	return n
}

// groups returns how many groups a second come from the holder: its measured
// speed, or what its silence makes of it. 0 is unknown.
func (h *holder) groups(now time.Time) float64 {
	rate := h.rate / media.GroupSize
	if silent := now.Sub(h.last); len(h.out) > 0 && silent > hush && (rate == 0 || rate*silent.Seconds() > 1) {
		return 1 / silent.Seconds()
	}
	return rate
}

// run returns how many groups a holder is asked for at once: at first no more
// than its part of a small item.
func (l *leases) run(h *holder) int64 {
	if h.rate == 0 {
		return min(firstRun, max(1, l.left/max(1, l.holders)))
	}
	return min(maxRun, max(minRun, int64(h.rate*leaseTime.Seconds()/media.GroupSize)))
}

package syncproto

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"homeroll/store/media"
)

// runsAhead requests of a source for one item are unanswered at once.
const runsAhead = 2

// transfer is one item on its way into a sink, from all its sources.
type transfer struct {
	ctx  context.Context // of the fetch; the lanes that write have a longer life
	item media.Item
	wake chan struct{} // a run has ended, or the item is whole; a level of one

	mu       sync.Mutex // guards what follows, the sink, and source.gone
	sink     Sink
	outlined bool
	detached bool // the fetch has returned: the sink is not ours any more
	leases   *leases
	ended    []*run
}

// run is one request: a lease on its way.
type run struct {
	t       *transfer
	source  *source
	lease   *lease
	first   int64 // group
	count   int64 // groups
	outline bool

	err      error // once it has ended
	progress bool  // something of it was proven
}

func newTransfer(ctx context.Context, sink Sink) *transfer {
	t := &transfer{ctx: ctx, item: sink.Item(), sink: sink, outlined: sink.HasOutline(), wake: make(chan struct{}, 1)}
	t.leases = newLeases(media.Groups(t.item.Size))
	t.lookLocked()
	return t
}

// lookLocked asks the sink what it has.
func (t *transfer) lookLocked() {
	groups, from := media.Groups(t.item.Size), int64(0)
	for from < groups {
		first, n := t.sink.NextMissing(from)
		if n == 0 {
			first = groups
		}
		for i := from; i < first; i++ {
			t.leases.proven(i)
		}
		from = first + n
	}
	t.leases.refresh()
}

// rank measures the sources and puts the fastest first, so that what is scarce is
// theirs.
func (t *transfer) rank(sources []*source, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.leases.holders = int64(len(sources))
	for _, s := range sources {
		s.rate = s.lane.speed.rate(now)
	}
	slices.SortStableFunc(sources, func(a, b *source) int { return cmp.Compare(b.rate, a.rate) })
}

// next leases the next run to a source, nil if it has enough or there is none.
// Each source is asked for the outline until one has come that verifies, so that
// nobody waits for a slow one: with the first of its runs, and again where that
// has ended and a later one has not.
func (t *transfer) next(s *source, now time.Time) *run {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(s.out) >= runsAhead {
		return nil
	}
	ls := t.leases.next(&s.holder, now)
	if ls == nil {
		return nil
	}
	ls.outline = !t.outlined && !slices.ContainsFunc(s.out, func(o *lease) bool { return o.outline })
	return &run{t: t, source: s, lease: ls, first: ls.first, count: ls.end - ls.first, outline: ls.outline}
}

// finish takes a run back that has ended.
func (t *transfer) finish(r *run, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r.err = err
	t.leases.close(r.lease)
	t.ended = append(t.ended, r)
	t.wakeLocked()
}

func (t *transfer) wakeLocked() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

func (t *transfer) takeEnded() []*run {
	t.mu.Lock()
	defer t.mu.Unlock()
	runs := t.ended
	t.ended = nil
	return runs
}

// retire takes no more from a source, and frees what it owes.
func (t *transfer) retire(s *source) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s.gone = true
	for len(s.out) > 0 {
		t.leases.close(s.out[0])
	}
}

func (t *transfer) isGone(s *source) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return s.gone
}

// whole reports whether everything is here.
func (t *transfer) whole() (bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.leases.left > 0 {
		return false, nil
	}
	if first, n := t.sink.NextMissing(0); n > 0 {
		return false, fmt.Errorf("fetch %s: group %d was taken and is still missing", t.item.ID, first)
	}
	return true, nil
}

func (t *transfer) detach() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.detached = true
}

// gone reports whether nobody waits for a run any more.
func (r *run) gone() bool {
	r.t.mu.Lock()
	defer r.t.mu.Unlock()
	return r.goneLocked()
}

func (r *run) goneLocked() bool { return r.source.gone || r.t.detached || r.t.ctx.Err() != nil }

// errGone tells the reader that nobody wants a run any more.
var errGone = errors.New("fetch has returned")

// setOutline takes the outline that came with a run, unless another has come.
func (r *run) setOutline(o media.Outline) error {
	t := r.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if r.goneLocked() {
		return errGone
	}
	if t.outlined {
		return nil
	}
	if err := t.sink.SetOutline(o); err != nil {
		return &sinkError{err}
	}
	t.outlined = true
	t.lookLocked() // it may prove what an earlier fetch has left
	return nil
}

// write takes a group of a run. repeated: it was here already.
func (r *run) write(i int64, group []byte, now time.Time) (repeated bool, err error) {
	t := r.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if r.goneLocked() || !t.outlined { // the run that was to bring the outline has ended without it
		return false, errGone
	}
	if t.leases.have[i] {
		t.leases.arrived(r.lease, i, now)
		return true, nil
	}
	if err := t.sink.Write(i, group); err != nil {
		return false, err
	}
	t.leases.proven(i)
	t.leases.arrived(r.lease, i, now)
	r.progress = true
	if t.leases.left == 0 {
		t.wakeLocked()
	}
	return false, nil
}

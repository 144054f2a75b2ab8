package node

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"homeroll/node/policy"
	"homeroll/store"
	"homeroll/store/media"
)

// transfers is the replication loop: it looks at what is wanted, asks
// policy.Plan, and has it done. One goroutine runs the loop; each item in flight
// has one of its own, as many as the plan allows.
type transfers struct {
	node    *Node
	rules   policy.Rules
	results chan result
	changed level // of what status shows of this
	flying  sync.WaitGroup

	mu       sync.Mutex
	ledger   policy.Ledger
	flights  map[media.ID]policy.Flight
	arrivals map[media.ID]*arrival
	problems map[media.ID]store.Problem
	withheld map[policy.Obstacle]policy.Amount
	page     int       // how many wanted items to look at
	noSpace  time.Time // until when the disk is taken for full, whatever it says
	counts   policy.Counts
	moved    time.Time // when media last travelled or records of them changed
}

// result is what became of a flight.
type result struct {
	flight policy.Flight
	phase  phase
	err    error // where it has ended
}

// phase is how far a flight has come.
type phase int

const (
	ended  phase = iota // held, or failed
	opened              // room is taken for it
	landed              // all bytes are here, the commit is next
)

// Limits of the loop.
const (
	basePage    = 1 << 10 // wanted items looked at
	maxPage     = 1 << 16
	maxProblems = 10_000
	spacePoll   = 5 * time.Second       // how often a full vault is looked at again
	minPause    = 20 * time.Millisecond // between two plans
	maxPause    = 2 * time.Second
	drainTime   = 5 * time.Second // for flights, when the node stops
)

func newTransfers(n *Node) *transfers {
	return &transfers{
		node:     n,
		rules:    policy.Rules{Keep: n.keep()},
		results:  make(chan result),
		flights:  map[media.ID]policy.Flight{},
		arrivals: map[media.ID]*arrival{},
		problems: map[media.ID]store.Problem{},
		page:     basePage,
		moved:    time.Now(),
	}
}

// run plans and fetches until ctx ends, then waits for what is in flight, for a
// while. Work goes on under work meanwhile.
func (t *transfers) run(ctx, work context.Context) {
	flying, land := context.WithCancel(work)
	defer land()
	for {
		levels := t.levels()
		began := time.Now()
		wake := t.step(ctx, flying)
		// A plan may take long in a large library, so it must not follow itself at once.
		breath := min(max(minPause, 4*time.Since(began)), maxPause)
		if t.takeResults(ctx, breath) == 0 {
			t.wait(ctx, levels, wake)
		}
		if ctx.Err() != nil {
			break
		}
	}
	t.drain(land)
}

// levels are the changes that call for another plan.
func (t *transfers) levels() [3]<-chan struct{} {
	return [3]<-chan struct{}{t.node.store.Changed(), t.node.host.Changed(), t.node.pause.changed.wait()}
}

// wait returns at the first change, result or time that calls for another
// plan, or when ctx ends.
func (t *transfers) wait(ctx context.Context, levels [3]<-chan struct{}, wake time.Time) {
	timer := time.NewTimer(time.Until(wake))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case r := <-t.results:
		t.take(r)
	case <-levels[0]:
	case <-levels[1]:
	case <-levels[2]:
	case <-timer.C:
	}
}

// takeResults takes results for a time, or until ctx ends, and returns how many came.
func (t *transfers) takeResults(ctx context.Context, d time.Duration) (n int) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for ; ; n++ {
		select {
		case <-ctx.Done():
			return n
		case r := <-t.results:
			t.take(r)
		case <-timer.C:
			return n
		}
	}
}

// drain waits for the flights, and after drainTime calls them off.
func (t *transfers) drain(land context.CancelFunc) {
	late := time.AfterFunc(drainTime, land)
	defer late.Stop()
	for t.inFlight() > 0 {
		t.take(<-t.results)
	}
	t.flying.Wait()
}

func (t *transfers) inFlight() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.flights)
}

// connected gives a member that has just connected a fresh start.
func (t *transfers) connected(d media.Device) {
	t.mu.Lock()
	t.ledger.Reconnected(d)
	t.moved = time.Now()
	t.mu.Unlock()
	t.changed.bump()
}

// retry forgets all failures: a person asked for it.
func (t *transfers) retry() {
	t.mu.Lock()
	t.ledger.Reset()
	clear(t.problems)
	t.noSpace = time.Time{}
	t.mu.Unlock()
	t.changed.bump()
}

// openProblems returns the items that cannot be had, oldest first.
func (t *transfers) openProblems() []store.Problem {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.SortedFunc(maps.Values(t.problems), func(a, b store.Problem) int { return a.Since.Compare(b.Since) })
}

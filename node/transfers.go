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
	pantry  pantry        // of the loop alone
	low     chan struct{} // few are in flight; a level of one
	changed level         // of what status shows of this
	flying  sync.WaitGroup

	mu       sync.Mutex
	ledger   policy.Ledger
	flights  map[media.ID]*flight
	flown    int // of the flights, those that have not landed
	begun    policy.Begun
	got      map[media.ID]bool // held since the last plan
	arrivals map[media.ID]*arrival
	problems map[media.ID]store.Problem
	lies     lies
	withheld map[policy.Obstacle]policy.Amount
	noSpace  time.Time // until when the disk is taken for full, whatever it says
	counts   policy.Counts
	moved    time.Time // when media last travelled or records of them changed
}

// flight is an item on its way, guarded by transfers.mu.
type flight struct {
	policy.Flight
	more   chan media.Device // further holders to ask
	shared bool              // more than one was asked: nobody knows who sent what
}

func newFlight(f policy.Flight) *flight {
	return &flight{Flight: f, more: make(chan media.Device, maxMore), shared: len(f.From) > 1}
}

// Limits of the loop.
const (
	maxProblems = 10_000
	maxMore     = 16
	lowFlights  = 512                    // of which another plan is due at once, if no
	lowLandings = 1024                   // more than these wait for their commit
	spacePoll   = 5 * time.Second        // how often a full vault is looked at again
	minPause    = 20 * time.Millisecond  // between two plans
	maxPause    = 2 * time.Second        //
	midPause    = 250 * time.Millisecond // while many items are in flight
	drainTime   = 5 * time.Second        // for flights, when the node stops
)

func newTransfers(n *Node) *transfers {
	return &transfers{
		node:     n,
		rules:    policy.Rules{Keep: n.keep(), Files: store.OpenFiles()},
		pantry:   pantry{page: basePage},
		low:      make(chan struct{}, 1),
		flights:  map[media.ID]*flight{},
		got:      map[media.ID]bool{},
		arrivals: map[media.ID]*arrival{},
		problems: map[media.ID]store.Problem{},
		lies:     lies{},
		moved:    time.Now(),
	}
}

// run plans and fetches until ctx ends, then waits for what is in flight, for a
// while. Work goes on under work meanwhile.
func (t *transfers) run(ctx, work context.Context) {
	flying, land := context.WithCancel(work)
	defer land()
	for ctx.Err() == nil {
		levels := t.levels()
		began := time.Now()
		wake := t.step(ctx, flying)
		if took := time.Since(began); sleep(ctx, minPause) && !t.rest(ctx, min(2*took, maxPause)) {
			t.wait(ctx, levels, wake)
		}
	}
	t.drain(land)
}

// rest keeps a plan that takes long in a large library from following itself at
// once. It reports whether it was cut short, because few items are in flight.
func (t *transfers) rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-t.low:
		return true
	case <-ctx.Done():
	case <-timer.C:
	}
	return false
}

// levels are the changes that call for another plan.
func (t *transfers) levels() [3]<-chan struct{} {
	return [3]<-chan struct{}{t.node.store.Changed(), t.node.host.Changed(), t.node.pause.changed.wait()}
}

// wait returns at the first change or time that calls for another plan, or when
// ctx ends. While many items fly, records change all the time, and a new one can
// wait for a moment.
func (t *transfers) wait(ctx context.Context, levels [3]<-chan struct{}, wake time.Time) {
	if t.inFlight() > 0 {
		wake = sooner(wake, time.Now().Add(midPause))
		levels[0] = nil
	}
	timer := time.NewTimer(time.Until(wake))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-t.low:
	case <-levels[0]:
	case <-levels[1]:
	case <-levels[2]:
	case <-timer.C:
	}
}

// drain waits for the flights, and after drainTime calls them off.
func (t *transfers) drain(land context.CancelFunc) {
	late := time.AfterFunc(drainTime, land)
	defer late.Stop()
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
	clear(t.lies)
	t.noSpace = time.Time{}
	t.mu.Unlock()
	t.node.borrower.retry()
	t.changed.bump()
}

// openProblems returns the items that cannot be had, oldest first.
func (t *transfers) openProblems() []store.Problem {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lies.expire(time.Now())
	open := slices.Collect(maps.Values(t.problems))
	for _, l := range t.lies {
		open = append(open, l.Problem)
	}
	slices.SortFunc(open, func(a, b store.Problem) int { return a.Since.Compare(b.Since) })
	return open
}

// queue is what is to be fetched, as previews see it.
func (t *transfers) queue() policy.Queue {
	t.mu.Lock()
	defer t.mu.Unlock()
	return policy.Queue{Keep: t.rules.Keep, Incoming: t.counts.Incoming, Withheld: len(t.withheld) > 0}
}

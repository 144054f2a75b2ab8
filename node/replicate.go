package node

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"homeroll/node/policy"
	"homeroll/store"
	"homeroll/store/media"
	"homeroll/syncproto"
)

// step looks, plans, and starts what the plan says. It returns when to look
// again if nothing changes.
func (t *transfers) step(ctx, flying context.Context) (wake time.Time) {
	now := time.Now()
	wake = now.Add(time.Minute)
	halt, border := t.node.pause.enforce(now)
	t.node.exchange.SetPaused(halt.on) // also where what follows cannot be seen
	if !border.IsZero() {
		wake = sooner(wake, border)
	}
	limits, border := t.node.limits(now)
	t.node.exchange.SetLimits(limits)
	if !border.IsZero() {
		wake = sooner(wake, border)
	}
	view, err := t.view(ctx, now)
	if err != nil {
		if ctx.Err() == nil {
			t.node.log.Error("look at what is wanted", "error", err)
		}
		return now.Add(spacePoll)
	}
	t.node.exchange.SetPaused(view.Paused)
	if isClosed(t.pantry.changed) {
		wake = sooner(wake, now.Add(stale)) // what has changed is not looked at yet
	}
	t.mu.Lock()
	rules := t.rules
	rules.Copies = t.node.wantedCopies()
	actions := policy.Plan(view, rules)
	t.mu.Unlock()
	return t.act(flying, view, actions, wake)
}

// view gathers what a plan is made from.
func (t *transfers) view(ctx context.Context, now time.Time) (policy.View, error) {
	v := policy.View{Now: now, Ledger: &t.ledger, Speed: map[media.Device]int64{}}
	v.Paused = t.node.pause.state(now).on
	for _, m := range t.node.host.Members() {
		if m.Online && !m.Self {
			v.Online = append(v.Online, m.Device)
			v.Speed[m.Device] = t.node.exchange.Speed(m.Device)
		}
	}
	idle := v.Paused || t.node.store.VaultAway() || t.node.store.VaultBusy() || t.rules.Keep == policy.KeepNothing || t.node.store.Rebuilding()
	if err := t.stock(ctx, now, v.Online, idle); err != nil {
		return policy.View{}, err
	}
	v.Groups = t.pantry.groups
	// The flights before the space: one that opens in between counts twice, never not at all.
	t.mu.Lock()
	t.pantry.forget(t.got)
	clear(t.got)
	for _, f := range t.flights {
		v.InFlight = append(v.InFlight, f.Flight)
	}
	v.Begun = t.begun
	noSpace := now.Before(t.noSpace)
	t.mu.Unlock()
	v.Wanted = t.pantry.wanted
	space, err := t.node.store.Space()
	if err != nil {
		return policy.View{}, err
	}
	v.Room = policy.Room(space)
	if noSpace {
		v.Room.Room = 0
	}
	return v, nil
}

// forgetProblems drops those of items that are no longer wanted; wanted are all
// that are.
func (t *transfers) forgetProblems(wanted []policy.Wanted) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.problems) == 0 {
		return
	}
	still := make(map[media.ID]bool, len(wanted))
	for _, w := range wanted {
		still[w.Item.ID] = true
	}
	maps.DeleteFunc(t.problems, func(id media.ID, _ store.Problem) bool { return !still[id] })
}

// noteCounts notices that holdings or names changed somewhere.
func (t *transfers) noteCounts(now time.Time, c policy.Counts) {
	same := c.All == t.counts.All && c.Short == t.counts.Short && maps.Equal(c.Peers, t.counts.Peers)
	if !same {
		t.moved, t.counts = now, c
	}
}

// act does what the plan says.
func (t *transfers) act(flying context.Context, v policy.View, actions []policy.Action, wake time.Time) time.Time {
	t.foresee(flying, actions)
	withheld := map[policy.Obstacle]policy.Amount{}
	fetches := 0
	for _, a := range actions {
		switch a := a.(type) {
		case policy.Fetch:
			if t.start(flying, policy.Flight{Item: a.Item, From: a.From, Since: v.Now}) {
				fetches++
			}
		case policy.Join:
			t.join(a)
		case policy.Withhold:
			over := withheld[a.Why]
			withheld[a.Why] = policy.Amount{Items: over.Items + 1, Bytes: over.Bytes + a.Item.Size}
		case policy.Wake:
			wake = sooner(wake, a.At)
		}
	}
	if len(withheld) > 0 {
		wake = sooner(wake, v.Now.Add(spacePoll))
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !maps.Equal(t.withheld, withheld) {
		t.withheld = withheld
		t.changed.bump()
	}
	if t.pantry.more && fetches == 0 && len(t.flights) == 0 && t.pantry.page < maxPage {
		// All that was seen is held up; what can be had may lie behind it.
		t.pantry.enlarge()
		wake = v.Now
	}
	return wake
}

// foresee has the small items looked up together that are about to be fetched.
func (t *transfers) foresee(ctx context.Context, actions []policy.Action) {
	var small []media.Item
	for _, a := range actions {
		if f, ok := a.(policy.Fetch); ok && media.Groups(f.Item.Size) == 1 {
			small = append(small, f.Item)
		}
	}
	if len(small) < 2 {
		return
	}
	if err := t.node.store.Foresee(ctx, small); err != nil && ctx.Err() == nil {
		t.node.log.Debug("foresee where items go", "error", err) // each is looked up when it is here
	}
}

func sooner(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// start begins a flight, unless media were paused this very moment.
func (t *transfers) start(ctx context.Context, f policy.Flight) bool {
	ctx, cancel, ok := t.node.pause.allow(ctx, time.Now())
	if !ok {
		return false
	}
	one := newFlight(f)
	t.mu.Lock()
	t.flights[f.Item.ID] = one
	t.flown++
	if f.Item.Size >= policy.LargeItem {
		t.begun.Large++
	} else {
		t.begun.Small++
	}
	t.mu.Unlock()
	t.flying.Go(func() {
		defer cancel()
		t.end(one, t.fly(ctx, one))
	})
	return true
}

// join asks one more holder for an item in flight.
func (t *transfers) join(a policy.Join) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.flights[a.Item.ID]
	if f == nil {
		return
	}
	select {
	case f.more <- a.From:
		f.From, f.shared = append(slices.Clone(f.From), a.From), true
	default:
	}
}

// end notes what became of a flight.
func (t *transfers) end(f *flight, err error) {
	now := time.Now()
	var peer *syncproto.PeerError
	t.mu.Lock()
	defer t.mu.Unlock()
	defer t.changed.bump()
	defer t.landing()
	id := f.Item.ID
	delete(t.flights, id)
	if !f.Landed {
		t.flown--
	}
	switch {
	case err == nil:
		t.moved = now
		t.got[id] = true
		t.ledger.Succeeded(id, f.From...)
		delete(t.problems, id)
		if len(f.From) == 1 && !f.shared {
			t.lies.proven(id, f.From[0])
		}
	case errors.Is(err, context.Canceled), errors.Is(err, syncproto.ErrClosed):
		// Paused, or stopping.
	case errors.Is(err, store.ErrVaultBusy), errors.Is(err, store.ErrVaultMissing):
		// Fetched when the vault is in its place.
	case errors.As(err, &peer):
		// Noted when it happened.
	default:
		t.failedHere(now, f, err)
	}
}

// landing tells the loop that there may be room for another flight. t.mu is held.
func (t *transfers) landing() {
	if t.flown > lowFlights || len(t.flights)-t.flown > lowLandings {
		return
	}
	select {
	case t.low <- struct{}{}:
	default:
	}
}

// failedHere notes that this device could not take an item.
func (t *transfers) failedHere(now time.Time, f *flight, err error) {
	times := 0
	for _, d := range f.From {
		times = max(times, t.ledger.Failed(now, f.Item.ID, d, policy.Local))
	}
	t.node.log.Debug("receive item", "item", f.Item.ID, "times", times, "error", err)
	switch {
	case errors.Is(err, store.ErrNoSpace):
		t.noSpace = now.Add(spacePoll)
	case errors.Is(err, store.ErrStateFull):
		t.noSpace = now.Add(spacePoll)
		t.problem(now, f.Item.ID, store.ReasonNoSpace, "cannot be recorded: "+err.Error(), "free some space on the disk of homeroll's state directory")
	case errors.Is(err, store.ErrBusy) && times < busyTries:
		// It passes.
	default:
		t.problem(now, f.Item.ID, store.ReasonVault, "cannot be written to the vault: "+err.Error(), "check the disk and the permissions of the vault")
	}
}

// failed notes that an item could not be had from a peer. Others may still be
// sending it.
func (t *transfers) failed(f *flight, from media.Device, err error) {
	now := time.Now()
	name := t.node.nameOf(from)
	t.mu.Lock()
	defer t.mu.Unlock()
	f.From = slices.DeleteFunc(slices.Clone(f.From), func(d media.Device) bool { return d == from })
	fault := faultOf(err)
	times := t.ledger.Failed(now, f.Item.ID, from, fault)
	t.node.log.Debug("fetch item", "item", f.Item.ID, "peer", from.Short(), "times", times, "error", err)
	switch {
	case fault == policy.Corrupt:
		t.node.log.Warn("peer sent bytes that do not match", "item", f.Item.ID, "peer", from.Short())
		t.lies.tell(now, f.Item.ID, from, name)
		t.changed.bump()
	case fault == policy.Lost && (times >= lostTries || errors.Is(err, syncproto.ErrUnreadable)):
		t.problem(now, f.Item.ID, "stuck", "cannot be fetched from "+name+": "+err.Error(), "run homeroll problems on "+name)
	}
}

// How often a fetch may fail before people hear of it. They hear at once of a
// vault that cannot be written.
const (
	busyTries = 3
	lostTries = 10
)

func (t *transfers) problem(now time.Time, id media.ID, reason, detail, hint string) {
	p, known := t.problems[id]
	if !known {
		if len(t.problems) >= maxProblems {
			return
		}
		p = store.Problem{Item: id, Since: now}
	}
	p.Reason, p.Detail, p.Hint, p.Attempts = reason, detail, hint, p.Attempts+1
	t.problems[id] = p
}

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
	if _, border := t.node.pause.enforce(now); !border.IsZero() {
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
	t.mu.Lock()
	rules := t.rules
	rules.Copies = t.node.wantedCopies()
	actions := policy.Plan(view, rules)
	t.mu.Unlock()
	return t.act(flying, view, actions, wake)
}

// view gathers what a plan is made from.
func (t *transfers) view(ctx context.Context, now time.Time) (policy.View, error) {
	home, tally, err := t.node.count(ctx)
	if err != nil {
		return policy.View{}, err
	}
	v := policy.View{Now: now, Groups: home.Groups, Ledger: &t.ledger}
	v.Paused = t.node.pause.state(now).on
	for _, m := range t.node.host.Members() {
		if m.Online && !m.Self {
			v.Online = append(v.Online, m.Device)
		}
	}
	// The flights before the space: one that opens in between counts twice, never not at all.
	t.mu.Lock()
	t.noteCounts(now, policy.Count(rows(tally), home))
	v.InFlight = slices.Collect(maps.Values(t.flights))
	limit := t.page + len(t.flights)
	noSpace := now.Before(t.noSpace)
	t.mu.Unlock()
	space, err := t.node.store.Space()
	if err != nil {
		return policy.View{}, err
	}
	v.Room = policy.Room(space)
	if noSpace {
		v.Room.Room = 0
	}
	if v.Paused || t.node.store.VaultAway() || t.node.store.VaultBusy() || t.rules.Keep == policy.KeepNothing || len(v.Online) == 0 || t.node.store.Rebuilding() {
		return v, nil
	}
	wanted, err := t.node.store.Wanted(ctx, v.Online, limit)
	if err != nil {
		return policy.View{}, err
	}
	for _, w := range wanted {
		v.Wanted = append(v.Wanted, policy.Wanted(w))
	}
	if len(wanted) < limit {
		t.forgetProblems(v.Wanted)
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
			if t.start(flying, policy.Flight{Item: a.Item, From: a.From}) {
				fetches++
			}
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
	full := len(v.Wanted) >= t.page+len(v.InFlight)
	switch {
	case full && fetches == 0 && len(t.flights) == 0 && t.page < maxPage:
		// All that was seen is held up; what can be had may lie behind it.
		t.page *= 4
		wake = v.Now
	case !full && t.page > basePage && len(v.Wanted) < basePage:
		t.page = basePage
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
	t.mu.Lock()
	t.flights[f.Item.ID] = f
	t.mu.Unlock()
	t.flying.Go(func() {
		defer cancel()
		err := t.fly(ctx, f)
		t.results <- result{flight: f, phase: ended, err: err}
	})
	return true
}

// take notes what became of a flight.
func (t *transfers) take(r result) {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	defer t.changed.bump()
	id := r.flight.Item.ID
	if r.phase != ended {
		r.flight.Opened, r.flight.Landed = true, r.phase == landed
		t.flights[id] = r.flight
		return
	}
	delete(t.flights, id)
	if r.err == nil {
		t.moved = now
		t.ledger.Succeeded(id, r.flight.From)
		delete(t.problems, id)
		return
	}
	if errors.Is(r.err, context.Canceled) || errors.Is(r.err, syncproto.ErrClosed) {
		return // paused, or stopping
	}
	if errors.Is(r.err, store.ErrVaultBusy) || errors.Is(r.err, store.ErrVaultMissing) {
		return // fetched when the vault is in its place
	}
	t.failed(now, r.flight, r.err)
}

// failed notes a failure and, where a person should know, a problem.
func (t *transfers) failed(now time.Time, f policy.Flight, err error) {
	fault := faultOf(err)
	times := t.ledger.Failed(now, f.Item.ID, f.From, fault)
	t.node.log.Debug("fetch item", "item", f.Item.ID, "peer", f.From.Short(), "times", times, "error", err)
	from := t.node.nameOf(f.From)
	switch {
	case errors.Is(err, store.ErrNoSpace):
		t.noSpace = now.Add(spacePoll)
	case errors.Is(err, store.ErrStateFull):
		t.noSpace = now.Add(spacePoll)
		t.problem(now, f.Item.ID, store.ReasonNoSpace, "cannot be recorded: "+err.Error(), "free some space on the disk of homeroll's state directory")
	case fault == policy.Corrupt:
		t.node.log.Warn("peer sent bytes that do not match", "item", f.Item.ID, "peer", f.From.Short())
		t.problem(now, f.Item.ID, "corrupt", "the copy on "+from+" is damaged: its bytes do not match the hash",
			"check the disk of "+from+"; another holder is asked where there is one")
	case errors.Is(err, store.ErrVaultMissing), errors.Is(err, store.ErrBusy) && times < busyTries:
		// A problem of its own says so, or it passes.
	case fault == policy.Local:
		t.problem(now, f.Item.ID, "vault", "cannot be written to the vault: "+err.Error(), "check the disk and the permissions of the vault")
	case fault == policy.Lost && (times >= lostTries || errors.Is(err, syncproto.ErrUnreadable)):
		t.problem(now, f.Item.ID, "stuck", "cannot be fetched from "+from+": "+err.Error(), "run homeroll problems on "+from)
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

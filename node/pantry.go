package node

import (
	"context"
	"slices"
	"time"

	"homeroll/node/policy"
	"homeroll/store/media"
)

// pantry is a page of the wanted items, in the order of fetching. It is filled
// again when few are left that are not in flight, and soon after records have
// changed: not for every plan, because looking costs more than planning.
type pantry struct {
	wanted []policy.Wanted
	more   bool // there are others beyond the page
	page   int  // how many to look at
	groups policy.Groups

	filled  time.Time
	online  []media.Device // they were
	changed <-chan struct{}
	never   bool // nothing is fetched now
	copies  int
}

// Limits of a pantry.
const (
	basePage  = 1 << 12 // wanted items looked at
	maxPage   = 1 << 16
	lowPantry = 1 << 11
	stale     = time.Second // records that have changed are looked at this often while items fly
)

// due reports whether to look at the store again.
func (p *pantry) due(now time.Time, online []media.Device, never bool, copies, flights int) bool {
	switch {
	case p.changed == nil, never != p.never, copies != p.copies, !slices.Equal(online, p.online):
		return true
	case isClosed(p.changed):
		return flights == 0 || now.Sub(p.filled) >= stale
	}
	return p.more && len(p.wanted)-flights < lowPantry
}

// forget drops items that are held by now. One that has been damaged since it
// came is among them, too, and may be wanted already: the store is looked at
// again, like after any change.
func (p *pantry) forget(got map[media.ID]bool) {
	before := len(p.wanted)
	if len(got) > 0 {
		p.wanted = slices.DeleteFunc(p.wanted, func(w policy.Wanted) bool { return got[w.Item.ID] })
	}
	if len(p.wanted) < before {
		changed := make(chan struct{})
		close(changed)
		p.changed = changed
	}
}

// enlarge has the next look reach further.
func (p *pantry) enlarge() {
	p.page *= 4
	p.changed = nil
}

// stock fills the pantry if that is due.
func (t *transfers) stock(ctx context.Context, now time.Time, online []media.Device, never bool) error {
	p := &t.pantry
	copies, flights := t.node.wantedCopies(), t.inFlight()
	if !p.due(now, online, never, copies, flights) {
		return nil
	}
	changed := t.node.store.Changed()
	home, tally, err := t.node.count(ctx)
	if err != nil {
		return err
	}
	t.mu.Lock()
	t.noteCounts(now, policy.Count(rows(tally), home))
	t.mu.Unlock()
	p.wanted, p.more, p.groups, p.changed = nil, false, home.Groups, nil // until it is filled
	if !never && len(online) > 0 {
		limit := p.page + flights
		wanted, err := t.node.store.Wanted(ctx, online, limit)
		if err != nil {
			return err
		}
		for _, w := range wanted {
			p.wanted = append(p.wanted, policy.Wanted(w))
		}
		policy.Sort(p.wanted, p.groups, copies)
		p.more = len(wanted) >= limit
		if !p.more {
			t.forgetProblems(p.wanted)
			if len(p.wanted) < basePage {
				p.page = basePage
			}
		}
	}
	p.filled, p.online, p.never, p.copies, p.changed = now, online, never, copies, changed
	return nil
}

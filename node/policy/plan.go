package policy

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"homeroll/store/media"
)

// perItem is what an item weighs beside its bytes when the load of peers is
// compared: a request costs about as much as this many bytes.
const perItem = 64 << 10

// Plan returns what to do now: items short of copies first, then small before
// large, each from its least loaded holder that is online, as many as the
// rules allow in flight. Large items have a lane of their own, so that a video
// never keeps a new picture waiting. An item that does not fit is withheld and
// does not stop smaller ones. Equal views give equal plans.
func Plan(v View, r Rules) []Action {
	r = r.withDefaults()
	if v.Paused || r.Keep == KeepNothing {
		return nil
	}
	p := newPlanner(v, r)
	for _, w := range p.inOrder() {
		p.consider(w)
	}
	return p.actions()
}

type planner struct {
	view  View
	rules Rules

	busy   map[media.ID]bool
	load   map[media.Device]int64 // online peers: bytes and requests in flight
	room   int64                  // less what is in flight
	items  int
	bytes  int64
	larges int
	full   bool // too many commits awaited

	fetches   []Action
	withheld  []Action
	wake      time.Time
	shortfall bool // room is promised to an item in front, so nothing behind may take it
}

func newPlanner(v View, r Rules) *planner {
	p := &planner{view: v, rules: r, room: v.Room.Room, busy: map[media.ID]bool{}, load: map[media.Device]int64{}}
	for _, d := range v.Online {
		p.load[d] = 0
	}
	landed := 0
	for _, f := range v.InFlight {
		p.busy[f.Item.ID] = true
		if !f.Opened {
			p.room -= f.Item.Size
		}
		if f.Landed {
			landed++
			continue
		}
		p.take(f.Item, f.From)
	}
	p.full = landed >= r.Landed
	return p
}

// take accounts for an item in flight.
func (p *planner) take(it media.Item, from media.Device) {
	if _, online := p.load[from]; online {
		p.load[from] += it.Size + perItem
	}
	if it.Size >= p.rules.Large {
		p.larges++
		return
	}
	p.items++
	p.bytes += it.Size
}

// inOrder returns the wanted items, the most urgent first.
func (p *planner) inOrder() []Wanted {
	type ranked struct {
		Wanted
		safe bool
	}
	order := make([]ranked, 0, len(p.view.Wanted))
	for _, w := range p.view.Wanted {
		order = append(order, ranked{w, p.view.Groups.Copies(w.Holders) >= p.rules.Copies || !w.Named})
	}
	slices.SortFunc(order, func(a, b ranked) int {
		return cmp.Or(
			compareBool(a.safe, b.safe),
			compareBool(!a.Named, !b.Named),
			cmp.Compare(a.Item.Size, b.Item.Size),
			bytes.Compare(a.Item.ID[:], b.Item.ID[:]),
		)
	})
	wanted := make([]Wanted, len(order))
	for i := range order {
		wanted[i] = order[i].Wanted
	}
	return wanted
}

func (p *planner) consider(w Wanted) {
	if p.busy[w.Item.ID] {
		return
	}
	from, ok := p.holder(w)
	if !ok {
		return
	}
	if why := p.view.Room.obstacle(w.Item.Size); why != NoObstacle {
		p.withheld = append(p.withheld, Withhold{w.Item, why})
		return
	}
	if w.Item.Size > p.room {
		p.shortfall = true // it fits once what is in flight has landed or failed
	}
	if p.shortfall || !p.laneFree(w.Item.Size) {
		return
	}
	p.room -= w.Item.Size
	p.busy[w.Item.ID] = true
	p.take(w.Item, from)
	p.fetches = append(p.fetches, Fetch{w.Item, from})
}

// holder returns the least loaded online holder that may be asked, and notes
// when the first back-off ends where none may.
func (p *planner) holder(w Wanted) (best media.Device, ok bool) {
	var wake time.Time
	for _, d := range slices.Sorted(slices.Values(w.Holders)) {
		load, online := p.load[d]
		if !online {
			continue
		}
		if until, blocked := p.view.Ledger.blocked(p.view.Now, w.Item.ID, d); blocked {
			wake = earlier(wake, until)
			continue
		}
		if !ok || load < p.load[best] {
			best, ok = d, true
		}
	}
	if !ok {
		p.wake = earlier(p.wake, wake)
	}
	return best, ok
}

// laneFree reports whether one more item of this size may fly. One always may.
func (p *planner) laneFree(size int64) bool {
	if p.full {
		return false
	}
	if size >= p.rules.Large {
		return p.larges < p.rules.Larges
	}
	return p.items == 0 || p.items < p.rules.Items && p.bytes+size <= p.rules.Bytes
}

func (p *planner) actions() []Action {
	actions := slices.Concat(p.fetches, p.withheld)
	if !p.wake.IsZero() {
		actions = append(actions, Wake{p.wake})
	}
	return actions
}

// earlier returns the earlier of two times, of which zero ones do not count.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

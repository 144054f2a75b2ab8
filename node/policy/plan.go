package policy

import (
	"slices"
	"time"

	"homeroll/store/media"
)

// Plan returns what to do now with the wanted items, in the order that [Sort]
// gave them: each from the holder that would send it soonest, large ones from
// all holders at once, as many as the rules allow in flight. Large items have a
// lane of their own, so that a video never keeps a new picture waiting. An item
// that does not fit is withheld and does not stop smaller ones. One in flight is
// asked of further holders if it is divided, or overdue. Equal views give equal
// plans.
func Plan(v View, r Rules) []Action {
	r = r.withDefaults()
	if v.Paused || r.Keep == KeepNothing {
		return nil
	}
	p := newPlanner(v, r)
	small, large := p.split()
	p.serve(small, v.Begun.Small)
	p.serve(large, v.Begun.Large)
	return p.actions()
}

type planner struct {
	view  View
	rules Rules

	flying map[media.ID]*Flight
	loads  map[media.Device]*load // online peers
	room   int64                  // less what is in flight
	items  int
	bytes  int64
	larges int
	full   bool // too many commits awaited

	fetches   []Action
	joins     []Action
	withheld  []Action
	wake      time.Time
	shortfall bool // room is promised to an item in front, so nothing behind may take it
}

func newPlanner(v View, r Rules) *planner {
	p := &planner{view: v, rules: r, room: v.Room.Room, flying: make(map[media.ID]*Flight, len(v.InFlight)), loads: map[media.Device]*load{}}
	for _, d := range v.Online {
		p.loads[d] = &load{speed: v.Speed[d]}
	}
	landed := 0
	for i := range v.InFlight {
		f := &v.InFlight[i]
		p.flying[f.Item.ID] = f
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
func (p *planner) take(it media.Item, from []media.Device) {
	p.share(it, from)
	if it.Size >= p.rules.Large {
		p.larges++
		return
	}
	p.items++
	p.bytes += it.Size
}

// serve considers the items of a lane, now and then the last in place of the
// first: however much comes before it, each has its turn at last.
func (p *planner) serve(wanted []*Wanted, begun int64) {
	for len(wanted) > 0 {
		w := wanted[0]
		if begun%turn == turn-1 {
			w = wanted[len(wanted)-1]
			wanted = wanted[:len(wanted)-1]
		} else {
			wanted = wanted[1:]
		}
		if p.consider(w) {
			begun++
		}
	}
}

// consider reports whether it begins to fetch an item.
func (p *planner) consider(w *Wanted) bool {
	if f := p.flying[w.Item.ID]; f != nil {
		p.join(w, f)
		return false
	}
	from, ok := p.holders(w)
	if !ok {
		return false
	}
	if why := p.view.Room.obstacle(w.Item.Size); why != NoObstacle {
		p.withheld = append(p.withheld, Withhold{w.Item, why})
		return false
	}
	if w.Item.Size > p.room {
		p.shortfall = true // it fits once what is in flight has landed or failed
	}
	if p.shortfall || !p.laneFree(w.Item.Size) {
		return false
	}
	if from = p.choose(w.Item, from); len(from) == 0 {
		return false // each has enough to send for now
	}
	p.room -= w.Item.Size
	p.flying[w.Item.ID] = &Flight{Item: w.Item, From: from, Since: p.view.Now}
	p.take(w.Item, from)
	p.fetches = append(p.fetches, Fetch{w.Item, from})
	return true
}

// join asks further holders for an item in flight: all for one that is divided,
// one more for another that should be here by now.
func (p *planner) join(w *Wanted, f *Flight) {
	if f.Landed || f.Since.Equal(p.view.Now) || !p.divided(w.Item) && !p.overdue(f) {
		return
	}
	from, ok := p.holders(w)
	if !ok {
		return
	}
	for _, d := range from {
		if slices.Contains(f.From, d) {
			continue
		}
		p.joins = append(p.joins, Join{w.Item, d})
		if !p.divided(w.Item) {
			return
		}
	}
}

// holders returns those online that may be asked, in order of IDs, and notes when the
// first back-off ends where none may. Who has lied is asked only where nobody else is.
func (p *planner) holders(w *Wanted) (from []media.Device, ok bool) {
	var wake time.Time
	var liars []media.Device
	for _, d := range w.Holders {
		if p.loads[d] == nil {
			continue
		}
		until, blocked := p.view.Ledger.blocked(p.view.Now, w.Item.ID, d)
		switch {
		case blocked:
			wake = earlier(wake, until)
		case p.view.Ledger.lies(p.view.Now, d):
			liars = append(liars, d)
		default:
			from = append(from, d)
		}
	}
	if len(from) == 0 {
		from = liars
	}
	if len(from) == 0 {
		p.wake = earlier(p.wake, wake)
	}
	return from, len(from) > 0
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
	actions := slices.Concat(p.fetches, p.joins, p.withheld)
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

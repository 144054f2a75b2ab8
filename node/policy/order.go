package policy

import (
	"bytes"
	"cmp"
	"slices"
	"time"
)

// turn: of so many items that are begun, one is the least urgent that is known.
const turn = 8

// day is how far apart pictures are not yet newer or older than each other when
// it comes to the order of fetching: within it, small ones go first.
const day = 24 * time.Hour

// Sort puts wanted items in the order in which they are fetched: those short of
// copies before those that are safe, named ones before kept ones, the newest day
// first, and of one day the small ones first. [Plan] keeps the order, with a lane
// of its own for large items, and gives every eighth place to the last.
func Sort(wanted []Wanted, g Groups, copies int) {
	safe := make(map[string]bool)
	isSafe := func(w *Wanted) bool {
		var key []byte
		for _, d := range w.Holders {
			key = append(append(key, d...), 0)
		}
		s, known := safe[string(key)]
		if !known {
			s = g.Copies(w.Holders) >= copies
			safe[string(key)] = s
		}
		return s
	}
	type ranked struct {
		Wanted
		rank int
		day  int64
	}
	order := make([]ranked, len(wanted))
	for i, w := range wanted {
		w.Holders = slices.Sorted(slices.Values(w.Holders))
		order[i] = ranked{w, rankOf(&w, isSafe), w.Newest.Unix() / int64(day/time.Second)}
	}
	slices.SortFunc(order, func(a, b ranked) int {
		return cmp.Or(
			cmp.Compare(a.rank, b.rank),
			cmp.Compare(b.day, a.day),
			cmp.Compare(a.Item.Size, b.Item.Size),
			bytes.Compare(a.Item.ID[:], b.Item.ID[:]),
		)
	})
	for i := range order {
		wanted[i] = order[i].Wanted
	}
}

// rankOf is how urgent an item is whatever its age, the lowest first.
func rankOf(w *Wanted, safe func(*Wanted) bool) int {
	switch {
	case !w.Named:
		return 2
	case safe(w):
		return 1
	default:
		return 0
	}
}

// split parts the wanted items by lanes.
func (p *planner) split() (small, large []*Wanted) {
	small = make([]*Wanted, 0, len(p.view.Wanted))
	for i := range p.view.Wanted {
		if w := &p.view.Wanted[i]; w.Item.Size >= p.rules.Large {
			large = append(large, w)
		} else {
			small = append(small, w)
		}
	}
	return small, large
}

package roster

import (
	"slices"
	"time"

	"homeroll/store/media"
)

// view is what a set of statements comes to. It is a function of the set alone,
// so rosters that have met agree, whatever the order and way in which the
// statements arrived:
//
//  1. An incarnation is reached if a chain of admissions leads to it from the
//     founder, whatever became of the devices on the way.
//  2. Each removal by a reached incarnation stands, also if its author was
//     itself removed: of concurrent removals all stand.
//  3. A statement counts if its author was properly admitted and each removal
//     of the author that stands lists it. An admission also counts if a third
//     device's countersignature of it does.
//  4. An incarnation is properly admitted if it is the founder's or an
//     admission of it counts; a member if, besides, no removal of it stands.
type view struct {
	reached  map[incarnation]*statement    // by which Found or Admit
	removals map[media.Device][]*statement // that stand
	admitted map[incarnation]*statement    // by a Found or Admit that counts
	vouched  map[ID][]*statement           // countersignatures of an admission
	values   map[string]*statement         // the Set of each key that holds
	members  map[media.Device]Member
	devices  map[media.Device]bool // of reached
}

func evaluate(all map[ID]*statement) *view {
	v := &view{
		reached:  map[incarnation]*statement{},
		removals: map[media.Device][]*statement{},
		admitted: map[incarnation]*statement{},
		vouched:  map[ID][]*statement{},
		values:   map[string]*statement{},
		members:  map[media.Device]Member{},
		devices:  map[media.Device]bool{},
	}
	sorted := make([]*statement, 0, len(all))
	for _, s := range all {
		sorted = append(sorted, s)
	}
	slices.SortFunc(sorted, func(a, b *statement) int { return a.id.compare(b.id) })
	v.reach(sorted)
	v.stand(sorted)
	v.admit(sorted)
	v.settle(sorted)
	v.enrol()
	return v
}

func (v *view) reach(all []*statement) {
	for _, s := range all {
		if _, ok := s.body.(found); ok {
			v.reached[s.by] = s
		}
	}
	repeat(all, func(s *statement) bool {
		a, ok := s.body.(admit)
		if !ok || v.reached[s.by] == nil || v.reached[a.who] != nil {
			return false
		}
		v.reached[a.who] = s
		return true
	})
	for in := range v.reached {
		v.devices[in.device] = true
	}
}

func (v *view) stand(all []*statement) {
	for _, s := range all {
		if r, ok := s.body.(remove); ok && v.reached[s.by] != nil {
			v.removals[r.who.device] = append(v.removals[r.who.device], s)
		}
	}
}

func (v *view) admit(all []*statement) {
	for _, s := range all {
		switch b := s.body.(type) {
		case found:
			v.admitted[s.by] = s
		case countersign:
			v.vouched[b.admission] = append(v.vouched[b.admission], s)
		}
	}
	repeat(all, func(s *statement) bool {
		a, ok := s.body.(admit)
		if !ok || v.admitted[a.who] != nil || v.admitted[s.by] == nil {
			return false
		}
		if !v.counts(s) && v.voucher(s) == nil {
			return false
		}
		v.admitted[a.who] = s
		return true
	})
}

// voucher returns a third device's countersignature of an admission that
// counts, or nil.
func (v *view) voucher(s *statement) *statement {
	for _, c := range v.vouched[s.id] {
		if v.counts(c) && c.by.device != s.by.device && c.by.device != s.body.(admit).who.device {
			return c
		}
	}
	return nil
}

// repeat applies a step that only ever adds until it adds nothing.
func repeat(all []*statement, step func(*statement) bool) {
	for again := true; again; {
		again = false
		for _, s := range all {
			again = step(s) || again
		}
	}
}

// counts is rule 3 without countersignatures.
func (v *view) counts(s *statement) bool {
	if v.admitted[s.by] == nil {
		return false
	}
	for _, r := range v.removalsOf(s.by) {
		if _, listed := slices.BinarySearchFunc(r.body.(remove).known, s.id, ID.compare); !listed {
			return false
		}
	}
	return true
}

// removalsOf returns the removals of an incarnation that stand.
func (v *view) removalsOf(in incarnation) []*statement {
	var out []*statement
	for _, r := range v.removals[in.device] {
		if r.body.(remove).who.epoch >= in.epoch {
			out = append(out, r)
		}
	}
	return out
}

func (v *view) settle(all []*statement) {
	for _, s := range all {
		b, ok := s.body.(set)
		if !ok || !v.counts(s) {
			continue
		}
		if old := v.values[b.key]; old == nil || s.supersedes(old) {
			v.values[b.key] = s
		}
	}
}

func (v *view) enrol() {
	for in, s := range v.admitted {
		if len(v.removalsOf(in)) > 0 || v.members[in.device].Epoch > in.epoch {
			continue
		}
		m := Member{Device: in.device, Epoch: in.epoch, Joined: s.time}
		switch b := s.body.(type) {
		case found:
			m.Name = b.name
		case admit:
			m.Name, m.Admitter = b.name, s.by.device
		}
		if named := v.values[namePrefix+string(in.device)]; named != nil {
			m.Name = named.body.(set).value
		}
		v.members[in.device] = m
	}
	v.tellApart()
}

// tellApart makes names unique that were given concurrently: of equal ones, all
// but the least device's get the end of their ID.
func (v *view) tellApart() {
	var order []media.Device
	for d := range v.members {
		order = append(order, d)
	}
	slices.Sort(order)
	for i, d := range order {
		same := func(e media.Device) bool { return sameName(v.members[e].Name, v.members[d].Name) }
		if slices.ContainsFunc(order[:i], same) {
			m := v.members[d]
			m.Name += " (" + d.Short() + ")"
			v.members[d] = m
		}
	}
}

// Member is an active device of the home.
type Member struct {
	Device   media.Device
	Epoch    uint64
	Name     string
	Admitter media.Device // empty for the founder
	Joined   time.Time    // by its admitter's clock, for display only
}

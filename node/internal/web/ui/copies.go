package ui

// Copies says how many photos are on how many devices.
type Copies struct {
	Tone  string
	Text  string
	Items int64
}

// Safety says in one sentence on how many devices the photos are; "" where
// there are none.
func (s *Status) Safety() string {
	enough, fewer := s.spread()
	wanted := int64(s.Copies.Wanted)
	switch {
	case enough+fewer == 0:
		return ""
	case fewer == 0:
		return s.say.say("copies.all", "n", enough, "wanted", wanted)
	case enough == 0 && s.alone() == fewer:
		return s.say.say("copies.all-on-one", "n", fewer)
	case s.alone() == fewer:
		return s.say.say("copies.some-on-one", "n", enough, "wanted", wanted, "one", fewer)
	}
	return s.say.say("copies.some", "n", enough, "wanted", wanted, "fewer", fewer)
}

// spread counts the items with and without as many copies as are wanted.
func (s *Status) spread() (enough, fewer int64) {
	for holders, items := range s.Status.Copies.ByHolders {
		if holders >= s.Status.Copies.Wanted {
			enough += items
		} else {
			fewer += items
		}
	}
	return enough, fewer
}

// alone counts the items that only one device holds.
func (s *Status) alone() int64 {
	if by := s.Status.Copies.ByHolders; len(by) > 1 && s.Status.Copies.Wanted > 1 {
		return by[1]
	}
	return 0
}

// Spread says it for each number of holders, the safest last.
func (s *Status) Spread() []Copies {
	var rows []Copies
	wanted := s.Status.Copies.Wanted
	for holders, items := range s.Status.Copies.ByHolders {
		if items == 0 {
			continue
		}
		row := Copies{Tone: "good", Items: items}
		switch {
		case holders == 0:
			row.Tone, row.Text = "bad", s.say.say("copies.on-none")
		case holders == 1 && wanted > 1:
			row.Tone, row.Text = "wait", s.say.say("copies.on-one")
		case holders < wanted:
			row.Tone, row.Text = "wait", s.say.say("copies.on", "n", int64(holders))
		default:
			row.Text = s.say.say("copies.on", "n", int64(holders))
		}
		rows = append(rows, row)
	}
	return rows
}

// Total counts the items that the rows of Spread are of.
func (s *Status) Total() int64 {
	enough, fewer := s.spread()
	return enough + fewer
}

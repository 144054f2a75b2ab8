package policy

import (
	"slices"

	"homeroll/store/media"
)

// Row counts the items that exactly these devices hold.
type Row struct {
	Holders []media.Device // whether active or not
	Named   bool           // some device has a file of it in a folder
	Wanted  bool           // this device may fetch it
	Amount
}

// Amount is a number of items and their bytes.
type Amount struct{ Items, Bytes int64 }

func (a *Amount) add(b Amount) {
	a.Items += b.Items
	a.Bytes += b.Bytes
}

// Home is who is in it, for counting.
type Home struct {
	Self   media.Device
	Others []media.Device // the other active devices
	Groups Groups         // of all active devices
	Keep   map[media.Device]Keep
	Known  map[media.Device]bool // whose records are known here
	Copies int                   // wanted
}

// Counts is what the records say of the home's items. Items that no active
// device holds are in none of its numbers.
type Counts struct {
	All      Amount  // named items
	Short    Amount  // named items with fewer copies than wanted
	Kept     Amount  // items that no device names any more
	ByCopies []int64 // named items by their number of copies
	Incoming Amount  // what this device may fetch and lacks
	Outgoing *Amount // what the others still lack of what this device holds, nil if unknown
	Peers    map[media.Device]PeerCount
	Holders  []media.Device // other devices whose holdings are counted, in order of IDs
}

// PeerCount is what one other device holds and lacks.
type PeerCount struct {
	Held    Amount
	Missing Amount // named items that an active device holds and this one would keep
	Ours    Amount // the part of Missing that this device holds
}

// Count adds up the rows.
func Count(rows []Row, h Home) Counts {
	c := Counts{Peers: map[media.Device]PeerCount{}, ByCopies: make([]int64, h.Copies+1)}
	for _, row := range rows {
		if copies := h.Groups.Copies(row.Holders); copies > 0 {
			c.addCopies(row, copies, h.Copies)
			c.addFlows(row, h)
		}
	}
	c.Outgoing = c.outgoing(h)
	for _, d := range h.Others {
		if c.Peers[d].Held.Items > 0 {
			c.Holders = append(c.Holders, d)
		}
	}
	slices.Sort(c.Holders)
	return c
}

func (c *Counts) addCopies(row Row, copies, wanted int) {
	if !row.Named {
		c.Kept.add(row.Amount)
		return
	}
	c.All.add(row.Amount)
	for len(c.ByCopies) <= copies {
		c.ByCopies = append(c.ByCopies, 0)
	}
	c.ByCopies[copies] += row.Items
	if copies < wanted {
		c.Short.add(row.Amount)
	}
}

func (c *Counts) addFlows(row Row, h Home) {
	own := slices.Contains(row.Holders, h.Self)
	if !own && row.Wanted && h.Keep[h.Self] != KeepNothing {
		c.Incoming.add(row.Amount)
	}
	for _, d := range h.Others {
		p := c.Peers[d]
		switch {
		case slices.Contains(row.Holders, d):
			p.Held.add(row.Amount)
		case row.Named && h.Keep[d] != KeepNothing:
			p.Missing.add(row.Amount)
			if own {
				p.Ours.add(row.Amount)
			}
		}
		c.Peers[d] = p
	}
}

func (c *Counts) outgoing(h Home) *Amount {
	var sum *Amount
	for _, d := range h.Others {
		if !h.Known[d] {
			continue
		}
		if sum == nil {
			sum = &Amount{}
		}
		sum.add(c.Peers[d].Ours)
	}
	return sum
}

package node

import (
	"context"

	"homeroll/discovery"
	"homeroll/node/policy"
	"homeroll/store"
	"homeroll/store/media"
)

// count returns who is in the home and what the records say, as of now.
func (n *Node) count(ctx context.Context) (policy.Home, store.Tally, error) {
	tally, err := n.store.Tally(ctx)
	if err != nil {
		return policy.Home{}, store.Tally{}, err
	}
	return homeOf(n.host.Members(), tally, n.keep(), n.wantedCopies()), tally, nil
}

// homeOf says who is in the home, for counting.
func homeOf(members []discovery.Member, tally store.Tally, keep policy.Keep, copies int) policy.Home {
	h := policy.Home{Keep: map[media.Device]policy.Keep{}, Known: map[media.Device]bool{}, Copies: copies}
	var active []media.Device
	for _, m := range members {
		active = append(active, m.Device)
		_, known := tally.AsOf[m.Device]
		h.Keep[m.Device] = policy.Keep(tally.Profiles[m.Device].Role)
		h.Known[m.Device] = known
		if m.Self {
			h.Self, h.Keep[m.Device] = m.Device, keep
			continue
		}
		h.Others = append(h.Others, m.Device)
	}
	h.Groups = policy.GroupByDisk(active, tally.Profiles)
	return h
}

func rows(t store.Tally) []policy.Row {
	rows := make([]policy.Row, len(t.Rows))
	for i, r := range t.Rows {
		rows[i] = policy.Row{Holders: r.Holders, Named: r.Named, Wanted: r.Wanted, Amount: policy.Amount(r.Count)}
	}
	return rows
}

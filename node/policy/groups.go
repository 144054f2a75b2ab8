package policy

import (
	"slices"

	"homeroll/store/media"
)

// Groups partitions devices by the disks that they share: what one disk loses,
// all devices of its group lose.
type Groups struct{ of map[media.Device]media.Device }

// GroupByDisk groups the active devices. A device whose profile is not known
// stands alone. Each group is represented by its first device in order of IDs.
func GroupByDisk(active []media.Device, profiles map[media.Device]media.Profile) Groups {
	g := Groups{of: make(map[media.Device]media.Device, len(active))}
	sorted := slices.Sorted(slices.Values(active))
	for _, d := range sorted {
		g.of[d] = d
	}
	first := map[media.Disk]media.Device{}
	for _, d := range sorted {
		for _, disk := range profiles[d].Disks {
			if other, shared := first[disk]; shared {
				g.join(other, d)
			} else {
				first[disk] = d
			}
		}
	}
	return g
}

// find returns the group's representative, "" for a device that is not active.
func (g Groups) find(d media.Device) media.Device {
	for {
		up, ok := g.of[d]
		if !ok {
			return ""
		}
		if up == d {
			return d
		}
		d = up
	}
}

func (g Groups) join(a, b media.Device) {
	a, b = g.find(a), g.find(b)
	g.of[max(a, b)] = min(a, b)
}

// Copies counts the distinct groups among the active holders.
func (g Groups) Copies(holders []media.Device) int {
	return len(g.Counted(holders))
}

// Counted returns one holder of each group, in order of IDs: those that count
// as copies.
func (g Groups) Counted(holders []media.Device) []media.Device {
	var counted, seen []media.Device
	for _, d := range slices.Sorted(slices.Values(holders)) {
		group := g.find(d)
		if group == "" || slices.Contains(seen, group) {
			continue
		}
		seen = append(seen, group)
		counted = append(counted, d)
	}
	return counted
}

// Active reports whether the device is one of those grouped.
func (g Groups) Active(d media.Device) bool { return g.find(d) != "" }

// Len returns the number of groups: the most copies there can be.
func (g Groups) Len() int {
	n := 0
	for d, up := range g.of {
		if d == up {
			n++
		}
	}
	return n
}

// Shared returns the groups of more than one device, each in order of IDs.
func (g Groups) Shared() [][]media.Device {
	members := map[media.Device][]media.Device{}
	for d := range g.of {
		r := g.find(d)
		members[r] = append(members[r], d)
	}
	var shared [][]media.Device
	for _, ds := range members {
		if len(ds) > 1 {
			slices.Sort(ds)
			shared = append(shared, ds)
		}
	}
	slices.SortFunc(shared, slices.Compare[[]media.Device])
	return shared
}

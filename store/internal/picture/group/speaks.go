package group

import (
	"cmp"
	"slices"

	"homeroll/store/media"
)

// Sidecars returns for each picture among members the sidecars that speak of
// it, the clearest first: those whose names describe one of its names in the
// same directory, and those of the other file of a Live Photo or of a RAW and
// its JPEG. An edited copy, which is a picture of its own, has the sidecar of its
// original. What a burst's other photos have is not meant.
func Sidecars(members []Member) map[media.ID][]media.ID {
	s := newSet(members)
	s.live()
	s.raw()
	pictures, partners := s.pictures(), map[int][]int{}
	for i := range s.all {
		partners[s.root(i)] = append(partners[s.root(i)], i)
	}
	found := map[int][]said{}
	for i, m := range s.all {
		if s.role[i] != sidecar {
			continue
		}
		m.places(func(dir, name string) {
			for _, j := range pictures[place{dir, Stem(name)}] {
				match := s.describe(dir, name, j).match
				if match == NoMatch {
					continue
				}
				found[j] = append(found[j], said{i, match})
				for _, p := range partners[s.root(j)] {
					if p != j && match > EditMatch {
						found[p] = append(found[p], said{i, NoMatch})
					}
				}
			}
		})
	}
	all := map[media.ID][]media.ID{}
	for j, list := range found {
		slices.SortFunc(list, func(a, b said) int {
			return cmp.Or(-cmp.Compare(a.match, b.match), cmp.Compare(a.sidecar, b.sidecar))
		})
		id := s.all[j].ID
		for _, x := range list {
			if c := s.all[x.sidecar].ID; !slices.Contains(all[id], c) {
				all[id] = append(all[id], c)
			}
		}
	}
	return all
}

// said is that a sidecar speaks of a picture, and how clearly; NoMatch = of the
// other file of it.
type said struct {
	sidecar int
	match   Match
}

// Package group finds items that are one picture to people: the two files of a
// Live Photo, RAW and JPEG, a burst, a picture and its sidecar.
//
// Start with [Of]; [Stem] and [Describes] say which names belong together,
// [Sidecars] which sidecars speak of a picture. All are pure functions of what
// they are told, in any order. They would rather leave two pictures apart than
// take one for part of another:
//
//   - A Live Photo is a still and a video with one content ID, wherever they
//     are; two stills with one ID are two pictures. Without an ID on one of them
//     they are one if they lie in one directory under one stem, the only still
//     and the only video there, the video is as short as those are, and nothing
//     says that they were taken at different times.
//   - RAW and JPEG (or HEIC) belong together in one directory under one stem,
//     unless they were taken at different times. Other pictures of one name,
//     such as a PNG of a JPEG, do not.
//   - A burst has one burst ID, or the names of one in one directory, and one camera.
//   - A sidecar belongs to the one picture that its name describes best.
package group

import (
	"bytes"
	"cmp"
	"slices"

	"homeroll/store/media"
)

// Member is one item that may belong to a group. Items that share a directory
// and stem, a content ID or a burst are offered together.
type Member struct {
	ID      media.ID
	Dirs    []string // where its files are: device, folder and directory, one text each, beside Names
	Names   []string // base names, one for each of Dirs
	Picture media.Picture
}

// Group is one picture to people.
type Group struct {
	Kind    media.GroupKind
	Lead    media.ID   // what is shown
	Members []media.ID // all, the lead first, then by hash
}

// Of returns the groups among members. Each member is in at most one; one
// alone is in none, unless it is a motion photo. The groups are ordered by the
// hash of their lead.
func Of(members []Member) []Group {
	s := newSet(members)
	s.live()
	s.raw()
	s.bursts()
	s.motion()
	s.sidecars()
	return s.groups()
}

// set joins members into groups (a union-find structure). Members of equal ID
// are one.
type set struct {
	all    []Member // by hash
	role   []role
	parent []int
	kind   []media.GroupKind // why, at the root of each
}

func newSet(members []Member) *set {
	all := slices.Clone(members)
	slices.SortStableFunc(all, func(a, b Member) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	all = merge(all)
	s := &set{all: all}
	for i := range all {
		s.role = append(s.role, roleOf(all[i]))
		s.parent = append(s.parent, i)
		s.kind = append(s.kind, "")
	}
	return s
}

// merge makes one of members with one hash: their names together.
func merge(sorted []Member) []Member {
	var all []Member
	for _, m := range sorted {
		if n := len(all); n > 0 && all[n-1].ID == m.ID {
			all[n-1].Dirs = append(slices.Clip(all[n-1].Dirs), m.Dirs...)
			all[n-1].Names = append(slices.Clip(all[n-1].Names), m.Names...)
			continue
		}
		m.Dirs, m.Names = slices.Clip(m.Dirs), slices.Clip(m.Names)
		all = append(all, m)
	}
	return all
}

// places calls visit with each directory and name of a member.
func (m Member) places(visit func(dir, name string)) {
	for i := range min(len(m.Dirs), len(m.Names)) {
		visit(m.Dirs[i], m.Names[i])
	}
}

func (s *set) root(i int) int {
	for s.parent[i] != i {
		i = s.parent[i]
	}
	return i
}

// strength orders the reasons, the strongest first.
var strength = map[media.GroupKind]int{
	media.GroupLive: 1, media.GroupMotion: 2, media.GroupRaw: 3, media.GroupBurst: 4, media.GroupSidecar: 5, "": 9,
}

// join puts two members into one group; a member joined to itself is a group
// alone.
func (s *set) join(i, j int, why media.GroupKind) {
	i, j = s.root(i), s.root(j)
	for _, kind := range []media.GroupKind{s.kind[i], s.kind[j]} {
		if strength[kind] < strength[why] {
			why = kind
		}
	}
	i, j = min(i, j), max(i, j)
	s.parent[j] = i
	s.kind[i] = why
}

// groups lists what was joined.
func (s *set) groups() []Group {
	byRoot := map[int][]int{}
	for i := range s.all {
		r := s.root(i)
		byRoot[r] = append(byRoot[r], i)
	}
	var groups []Group
	for r, members := range byRoot {
		if s.kind[r] == "" {
			continue
		}
		g := Group{Kind: s.kind[r]}
		lead := s.lead(members)
		g.Lead = s.all[lead].ID
		g.Members = append(g.Members, g.Lead)
		for _, i := range members {
			if i != lead {
				g.Members = append(g.Members, s.all[i].ID)
			}
		}
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b Group) int { return bytes.Compare(a.Lead[:], b.Lead[:]) })
	return groups
}

// lead chooses what is shown of a group: what a screen can show, the cover of a
// burst, the first that was taken, then by name and hash.
func (s *set) lead(members []int) int {
	return slices.MinFunc(members, func(a, b int) int {
		x, y := s.all[a], s.all[b]
		return cmp.Or(
			cmp.Compare(s.role[a].shown(), s.role[b].shown()),
			cmp.Compare(cover(x), cover(y)),
			x.Picture.Taken.Local.Compare(y.Picture.Taken.Local),
			cmp.Compare(firstName(x), firstName(y)),
			cmp.Compare(a, b),
		)
	})
}

func firstName(m Member) string {
	if len(m.Names) == 0 {
		return ""
	}
	return slices.Min(m.Names)
}

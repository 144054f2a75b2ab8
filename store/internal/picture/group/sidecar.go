package group

import (
	"cmp"
	"slices"
	"strings"

	"homeroll/store/media"
)

// sidecars joins each sidecar to the one picture that it describes best. One
// content may be the sidecar of two pictures; it can be in one group only, that
// of the picture with the smallest hash.
func (s *set) sidecars() {
	pictures := s.pictures()
	for i, m := range s.all {
		if s.role[i] != sidecar {
			continue
		}
		best, target := described{}, -1
		m.places(func(dir, name string) {
			for _, j := range pictures[place{dir, Stem(name)}] {
				if d := s.describe(dir, name, j); d.match > NoMatch && (target < 0 || d.compare(best) > 0 ||
					d.compare(best) == 0 && j < target) {
					best, target = d, j
				}
			}
		})
		if target >= 0 {
			s.join(i, target, media.GroupSidecar)
		}
	}
}

// pictures lists the pictures of each directory and stem, as Stem has it.
func (s *set) pictures() map[place][]int {
	found := map[place][]int{}
	for i, m := range s.all {
		if s.role[i].picture() {
			m.places(func(dir, name string) {
				p := place{dir, Stem(name)}
				found[p] = append(found[p], i)
			})
		}
	}
	return found
}

// described is how well a sidecar describes a picture.
type described struct {
	match Match
	liked int // of several with one stem
}

func (d described) compare(e described) int {
	return cmp.Or(cmp.Compare(d.match, e.match), cmp.Compare(d.liked, e.liked))
}

// describe returns the best that the sidecar's name says of the picture's names
// in one directory.
func (s *set) describe(dir, name string, i int) (best described) {
	ext := extension(name)
	s.all[i].places(func(d, picture string) {
		if d == dir {
			best.match = max(best.match, Describes(name, picture))
		}
	})
	best.liked = liking(ext, s.role[i])
	if best.liked < 0 {
		best.match = NoMatch
	}
	return best
}

// liking orders the pictures that a sidecar can mean by its stem alone: settings
// of a converter are those of the RAW, a THM is of a video or a RAW, AAE are
// edits of a still. Negative = it can't be.
func liking(ext string, r role) int {
	order := []role{graphic, video, still, raw}
	switch ext {
	case "thm":
		order = []role{raw, video}
	case "aae":
		order = []role{raw, video, still}
	case "srt":
		order = []role{video}
	}
	return slices.Index(order, r)
}

// cover tells the photo that stands for its burst: 0 for it, 1 for others.
func cover(m Member) int {
	for _, name := range m.Names {
		if n := strings.ToUpper(name); strings.Contains(n, "_COVER") || strings.Contains(n, "COVER.") {
			return 0
		}
	}
	return 1
}

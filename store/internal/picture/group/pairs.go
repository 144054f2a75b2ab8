package group

import (
	"slices"
	"time"

	"homeroll/store/media"
)

// longestLive is the length of the longest video of a Live Photo: Apple's have
// 3 seconds, those of other makers up to 5.
const longestLive = 6 * time.Second

// place is a directory and a stem.
type place struct{ dir, stem string }

// stems lists the members of each directory and stem, each once.
func (s *set) stems(of func(role) bool) map[place][]int {
	found := map[place][]int{}
	for i, m := range s.all {
		if !of(s.role[i]) {
			continue
		}
		m.places(func(dir, name string) {
			p := place{dir, whole(name)}
			if !slices.Contains(found[p], i) {
				found[p] = append(found[p], i)
			}
		})
	}
	return found
}

// live joins the stills and videos of Live Photos.
func (s *set) live() {
	byID := map[string][]int{}
	for i, m := range s.all {
		if id := m.Picture.ContentID; id != "" {
			byID[id] = append(byID[id], i)
		}
	}
	for _, members := range byID {
		s.liveByID(members)
	}
	for _, members := range s.stems(func(r role) bool { return r == still || r == video }) {
		s.liveByName(members)
	}
}

// liveByID joins the members of one content ID, if a still and a video are
// among them. Of several stills with the ID those count that lie beside a
// video; if none does, all.
func (s *set) liveByID(members []int) {
	var stills, videos []int
	for _, i := range members {
		switch s.role[i] {
		case video:
			videos = append(videos, i)
		case still, graphic, raw:
			stills = append(stills, i)
		}
	}
	if len(stills) == 0 || len(videos) == 0 {
		return
	}
	var beside []int
	for _, i := range stills {
		if slices.ContainsFunc(videos, func(j int) bool { return s.together(i, j) }) {
			beside = append(beside, i)
		}
	}
	if len(beside) > 0 {
		stills = beside
	}
	for _, i := range slices.Concat(stills, videos) {
		s.join(stills[0], i, media.GroupLive)
	}
}

// together reports whether two members share a directory and stem.
func (s *set) together(i, j int) (shared bool) {
	s.all[i].places(func(dir, name string) {
		s.all[j].places(func(dir2, name2 string) {
			shared = shared || dir == dir2 && whole(name) == whole(name2)
		})
	})
	return shared
}

// liveByName joins the only still and the only video of a directory and stem,
// where a converter or an upload has lost the content ID of one or both.
func (s *set) liveByName(members []int) {
	at := map[role][]int{}
	for _, i := range members {
		at[s.role[i]] = append(at[s.role[i]], i)
	}
	if len(at[still]) != 1 || len(at[video]) != 1 {
		return
	}
	i, j := at[still][0], at[video][0]
	p, v := s.all[i].Picture, s.all[j].Picture
	if p.ContentID != "" && v.ContentID != "" && p.ContentID != v.ContentID {
		return
	}
	if v.Duration <= 0 || v.Duration > longestLive {
		return
	}
	if apart(p.Taken, v.Taken, 30*time.Second) {
		return
	}
	kind := media.GroupLive
	if p.Motion {
		kind = media.GroupMotion // Takeout puts its video beside it, too
	}
	s.join(i, j, kind)
}

// raw joins RAW files and the stills that the camera made of them.
func (s *set) raw() {
	for _, members := range s.stems(func(r role) bool { return r == still || r == raw }) {
		for _, i := range members {
			for _, j := range members {
				if s.role[i] == raw && s.role[j] == still &&
					!apart(s.all[i].Picture.Taken, s.all[j].Picture.Taken, 5*time.Second) {
					s.join(i, j, media.GroupRaw)
				}
			}
		}
	}
}

// motion makes a group of each motion photo.
func (s *set) motion() {
	for i, m := range s.all {
		if m.Picture.Motion && (s.role[i] == still || s.role[i] == graphic) {
			s.join(i, i, media.GroupMotion)
		}
	}
}

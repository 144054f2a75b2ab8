package group

import (
	"regexp"

	"homeroll/store/media"
)

// burstNames are the names of the photos of a burst, in lower case without
// extension: what all of one burst share, and what follows. Nexus and Pixel
// phones, and Sony's, write the instant of the burst into each, Huawei's and
// Samsung's the second and a number.
//
//	00001IMG_00001_BURST20210304101112345_COVER
//	DSC_0001_BURST20210304101112345
//	IMG_20210304_101112_BURST002
//	20210304_101112_Burst02
var burstNames = []*regexp.Regexp{
	regexp.MustCompile(`^(?:\d{5}[a-z]+_\d{5}|dsc(?:pdc)?_\d{4,5}|img(?:_\d{1,5})?)_(burst\d{14,17})(\D.*)?$`),
	regexp.MustCompile(`^((?:img_)?\d{8}_\d{6}_burst)\d{1,4}(\D.*)?$`),
}

// burstName returns what the name of a photo has in common with those of its
// burst, and what it has beyond its number; "" if it is no such name.
func burstName(stem string) (common, rest string) {
	for _, names := range burstNames {
		if m := names.FindStringSubmatch(stem); m != nil {
			return m[1], m[2]
		}
	}
	return "", ""
}

// burstPart reports whether what a name has beyond its number leaves it the name
// that the camera gave.
func burstPart(rest string) bool { return rest == "" || rest == "_cover" }

// bursts joins the photos with one burst ID, or that one directory holds under
// the names of one burst, that one camera took.
func (s *set) bursts() {
	type burst struct{ id, dir, name, maker, model string }
	first := map[burst]int{}
	join := func(i int, b burst) {
		b.maker, b.model = s.all[i].Picture.Make, s.all[i].Picture.Model
		j, ok := first[b]
		if !ok {
			first[b] = i
			return
		}
		if one, other := s.all[i].Picture.Burst, s.all[j].Picture.Burst; one == "" || other == "" || one == other {
			s.join(i, j, media.GroupBurst)
		}
	}
	for i, m := range s.all {
		if !s.role[i].picture() || s.role[i] == video {
			continue
		}
		if m.Picture.Burst != "" {
			join(i, burst{id: m.Picture.Burst})
		}
		m.places(func(dir, name string) {
			if common, rest := burstName(whole(name)); common != "" && burstPart(rest) {
				join(i, burst{dir: dir, name: common})
			}
		})
	}
}

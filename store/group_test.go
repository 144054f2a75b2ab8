package store

import (
	"testing"

	"homeroll/store/internal/catalogue"
	"homeroll/store/media"
)

// TestPicturesOfOneTitle: Takeout's numbers tell two pictures apart that had
// one name, and its sidecars have that name, without the number, as their title.
func TestPicturesOfOneTitle(t *testing.T) {
	const long = "a name that is much too long for the sidecars of an archive"
	var members []catalogue.Member
	add := func(name, title string) int {
		m := catalogue.Member{Title: title, Sidecar: title != ""}
		m.Item.ID[0] = byte(100 - len(members))
		m.Files = []catalogue.MemberFile{{Path: "album/" + name}}
		if title == "" {
			m.Picture.Type = "image/jpeg"
		}
		members = append(members, m)
		return len(members) - 1
	}
	pairs := map[int]int{ // sidecar: picture
		add("c.jpg(1).json", "c.jpg"):                       add("c(1).jpg", ""),
		add("c.jpg.json", "c.jpg"):                          add("c.jpg", ""),
		add("c.jpg.supplemental-metadata(2).json", "c.jpg"): add("c(2).jpg", ""),
		add(long[:46]+".json", long+".jpg"):                 add(long+".jpg", ""),
	}
	derived := deriver{}.Derive(members)
	for sidecar, picture := range pairs {
		if d := derived[sidecar]; d.Kind != media.GroupSidecar || d.Lead != picture {
			t.Errorf("%s is with %s", members[sidecar].Files[0].Path, members[d.Lead].Files[0].Path)
		}
	}
}

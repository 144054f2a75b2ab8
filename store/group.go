package store

import (
	"encoding/hex"
	"path"
	"strings"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/picture/capture"
	"homeroll/store/internal/picture/group"
	"homeroll/store/media"
)

// deriver decides what belongs together, and when it was taken.
type deriver struct{ zone *time.Location }

// Stem implements catalogue.Deriver.
func (deriver) Stem(base string) string { return group.Stem(base) }

// Derive implements catalogue.Deriver.
func (d deriver) Derive(members []catalogue.Member) []catalogue.Derived {
	all := make([]catalogue.Derived, len(members))
	index := make(map[media.ID]int, len(members))
	offered := make([]group.Member, len(members))
	for i, m := range members {
		all[i].Lead = i
		index[m.Item.ID] = i
		offered[i] = groupMember(m)
	}
	sidecars := make([][]media.Taken, len(members))
	for _, g := range group.Of(offered) {
		said := sidecarsOf(members, index, g)
		for _, id := range g.Members {
			i := index[id]
			all[i].Kind, all[i].Lead = g.Kind, index[g.Lead]
			if !members[i].Sidecar {
				sidecars[i] = said
			}
		}
	}
	for i, m := range members {
		all[i].Taken = capture.Choose(d.evidence(m, sidecars[i]))
	}
	return all
}

// groupMember names an item's files; a sidecar's title stands beside its own
// name, which may have been cut.
func groupMember(m catalogue.Member) group.Member {
	g := group.Member{ID: m.Item.ID, Picture: m.Picture}
	for _, f := range m.Files {
		if f.Version {
			continue
		}
		dir := string(f.Device) + "\x00" + hex.EncodeToString(f.Folder[:]) + "\x00" + path.Dir(f.Path)
		g.Dirs, g.Names = append(g.Dirs, dir), append(g.Names, path.Base(f.Path))
		if m.Title != "" {
			g.Dirs, g.Names = append(g.Dirs, dir), append(g.Names, m.Title+path.Ext(f.Path))
		}
	}
	return g
}

func sidecarsOf(members []catalogue.Member, index map[media.ID]int, g group.Group) (said []media.Taken) {
	for _, id := range g.Members {
		if m := members[index[id]]; m.Sidecar && (!m.Picture.Taken.Local.IsZero() || !m.Picture.Taken.UTC.IsZero()) {
			said = append(said, m.Picture.Taken)
		}
	}
	return said
}

func (d deriver) evidence(m catalogue.Member, sidecars []media.Taken) capture.Evidence {
	e := capture.Evidence{
		Embedded: m.Picture.Taken, Sidecars: sidecars, GPS: m.Picture.GPS,
		Video: strings.HasPrefix(m.Picture.Type, "video/"), Zone: d.zone,
	}
	for _, f := range m.Files {
		e.Names = append(e.Names, path.Base(f.Path))
		if e.MTime.IsZero() || f.MTime.Before(e.MTime) {
			e.MTime = f.MTime
		}
	}
	return e
}

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
	for _, g := range group.Of(offered) {
		for _, id := range g.Members {
			i := index[id]
			all[i].Kind, all[i].Lead = g.Kind, index[g.Lead]
		}
	}
	sidecars := group.Sidecars(offered)
	for i, m := range members {
		e := d.evidence(m)
		for _, id := range sidecars[m.Item.ID] {
			e.Sidecars = append(e.Sidecars, members[index[id]].Picture.Taken)
		}
		all[i].Taken = capture.Choose(e)
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
			g.Dirs, g.Names = append(g.Dirs, dir), append(g.Names, group.Titled(path.Base(f.Path), m.Title))
		}
	}
	return g
}

func (d deriver) evidence(m catalogue.Member) capture.Evidence {
	e := capture.Evidence{
		Embedded: m.Picture.Taken, GPS: m.Picture.GPS,
		Video: strings.HasPrefix(m.Picture.Type, "video/"), Zone: d.zone, Now: time.Now(),
	}
	for _, f := range m.Files {
		e.Names = append(e.Names, path.Base(f.Path))
		if e.MTime.IsZero() || f.MTime.Before(e.MTime) {
			e.MTime = f.MTime
		}
	}
	return e
}

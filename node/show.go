package node

import (
	"context"
	"fmt"
	"slices"
	"time"

	"homeroll/discovery"
	"homeroll/node/api"
	"homeroll/store"
	"homeroll/store/media"
)

// Show tells all that is known of an item, by its hash or a file's absolute path.
func (c *commands) Show(ctx context.Context, pathOrHash string) (*api.ShowInfo, error) {
	info, err := c.store.Show(ctx, pathOrHash)
	if err != nil {
		return nil, err
	}
	doc := &api.ShowInfo{
		Schema: api.Schema, Hash: info.Item.ID.String(), Size: info.Item.Size,
		Preview: string(c.store.PreviewOrigin(info.Item.ID)),
		Note:    unlessEmpty(info.Note), Names: []api.ItemName{}, Holders: []string{},
	}
	if info.Picture != nil {
		describe(doc, *info.Picture)
	}
	if info.Group != nil {
		doc.Group = &api.Group{Kind: string(info.Group.Kind), Members: []string{}}
		for _, id := range info.Group.Members {
			doc.Group.Members = append(doc.Group.Members, id.String())
		}
	}
	c.addPlaces(doc, info)
	return doc, nil
}

// addPlaces says who names and who holds the item.
func (c *commands) addPlaces(doc *api.ShowInfo, info store.Info) {
	members := c.host.Members()
	for _, h := range info.Holders {
		i := slices.IndexFunc(members, func(m discovery.Member) bool { return m.Device == h.Device })
		if i < 0 {
			continue // removed from the home: it counts for nothing
		}
		doc.Holders = append(doc.Holders, members[i].Name)
		doc.Held = doc.Held || members[i].Self
	}
	for _, name := range info.Names {
		doc.Names = append(doc.Names, api.ItemName{
			Device: c.node().nameOf(name.Device), Folder: name.Folder, Path: name.Path, PathBase64: api.RawPath(name.Path), MTime: name.MTime.UTC(),
		})
	}
}

// describe adds what was read of the item.
func describe(doc *api.ShowInfo, p media.Picture) {
	doc.Type, doc.Make, doc.Model, doc.Lens = unlessEmpty(p.Type), unlessEmpty(p.Make), unlessEmpty(p.Model), unlessEmpty(p.Lens)
	doc.Width, doc.Height, doc.Orientation = unlessZero(p.Width), unlessZero(p.Height), unlessZero(p.Orientation)
	doc.Taken = takenDoc(p.Taken)
	if p.GPS != nil {
		doc.GPS = &api.Position{Latitude: p.GPS.Latitude, Longitude: p.GPS.Longitude}
	}
	doc.DurationSeconds = unlessZero(p.Duration.Seconds())
	if !p.Payload.IsZero() {
		doc.Payload = unlessEmpty(p.Payload.String())
	}
	if p.Looked {
		doc.Look = unlessEmpty(fmt.Sprintf("%016x", p.Look))
	}
}

// takenDoc returns nil where nothing says when.
func takenDoc(t media.Taken) *api.Taken {
	if t.Local.IsZero() && t.UTC.IsZero() {
		return nil
	}
	doc := &api.Taken{UTC: timeOrNil(t.UTC), Source: t.Source}
	if !t.Local.IsZero() {
		doc.Local = unlessEmpty(t.Local.Format("2006-01-02T15:04:05.999999999"))
	}
	if t.Offset != nil {
		doc.Offset = unlessEmpty(time.Time{}.In(time.FixedZone("", *t.Offset)).Format("-07:00"))
	}
	return doc
}

func unlessEmpty(s string) *string { return unlessZero(s) }

func unlessZero[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

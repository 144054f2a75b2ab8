package node

import (
	"context"
	"slices"

	"homeroll/discovery"
	"homeroll/node/api"
	"homeroll/store"
	"homeroll/store/media"
)

// Copies tells who holds an item, by its hash or a file's absolute path.
func (c *commands) Copies(ctx context.Context, pathOrHash string) (*api.CopiesInfo, error) {
	info, err := c.store.Lookup(ctx, pathOrHash)
	if err != nil {
		return nil, err
	}
	home, _, err := c.node().count(ctx)
	if err != nil {
		return nil, err
	}
	trashed, err := c.store.IsTrashed(ctx, info.Item.ID)
	if err != nil {
		return nil, err
	}
	members := c.host.Members()
	active := activeHolders(info, members)
	counted := home.Groups.Counted(active)
	doc := &api.CopiesInfo{
		Schema: api.Schema, Hash: info.Item.ID.String(), Size: info.Item.Size,
		Copies: len(counted), Wanted: home.Copies, Kept: true, Trashed: trashed, Holders: []api.Holder{}, Names: []api.ItemName{},
	}
	for _, h := range info.Holders {
		i := slices.IndexFunc(members, func(m discovery.Member) bool { return m.Device == h.Device })
		if i < 0 {
			continue // removed from the home: it counts for nothing
		}
		m := members[i]
		doc.Holders = append(doc.Holders, api.Holder{
			Device: m.Name, ID: string(m.Device), Online: m.Online || m.Self, Self: m.Self,
			Away:    h.Away,
			Counted: slices.Contains(counted, m.Device), Verified: timeOrNil(h.Verified), Paths: orEmpty(h.Paths), PathsBase64: api.RawPaths(h.Paths),
		})
	}
	for _, name := range info.Names {
		doc.Kept = doc.Kept && name.Kept
		doc.Names = append(doc.Names, api.ItemName{
			Device: c.node().nameOf(name.Device), Folder: name.Folder, Path: name.Path, PathBase64: api.RawPath(name.Path), MTime: name.MTime.UTC(),
		})
	}
	return doc, nil
}

func activeHolders(info store.Info, members []discovery.Member) []media.Device {
	var active []media.Device
	for _, h := range info.Holders {
		if slices.ContainsFunc(members, func(m discovery.Member) bool { return m.Device == h.Device }) {
			active = append(active, h.Device)
		}
	}
	return active
}

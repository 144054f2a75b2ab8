package node

import (
	"context"

	"homeroll/node/api"
	"homeroll/store/media"
)

// Trashed tells what is in the trash of the home.
func (c *commands) Trashed(ctx context.Context) (*api.TrashInfo, error) {
	found, total, err := c.store.Trashed(ctx)
	if err != nil {
		return nil, err
	}
	doc := &api.TrashInfo{Schema: api.Schema, Items: total, Listed: []api.TrashedItem{}}
	for _, t := range found {
		item := api.TrashedItem{
			Hash: t.ID.String(), Size: t.Size, Since: t.Since.UTC(), Purge: timeOrNil(t.Purge), InVault: t.InVault, InFolder: t.InFolder,
			Names: []api.ItemName{},
		}
		for _, n := range t.Names {
			item.Names = append(item.Names, api.ItemName{
				Device: c.node().nameOf(n.Device), Folder: n.Folder, Path: n.Path, PathBase64: api.RawPath(n.Path), MTime: n.MTime.UTC(),
			})
		}
		doc.Listed = append(doc.Listed, item)
	}
	return doc, nil
}

// TrashAdd puts pictures into the trash, by hash or a file's absolute path.
func (c *commands) TrashAdd(ctx context.Context, items []string) (int, error) {
	ids, err := c.itemsOf(ctx, items)
	if err != nil {
		return 0, err
	}
	return c.store.Trash(ctx, ids)
}

// TrashRestore takes them out.
func (c *commands) TrashRestore(ctx context.Context, items []string) (int, error) {
	ids, err := c.itemsOf(ctx, items)
	if err != nil {
		return 0, err
	}
	return c.store.Restore(ctx, ids)
}

// TrashEmpty deletes what this device's vault has in the trash.
func (c *commands) TrashEmpty(ctx context.Context) (*api.TrashEmptied, error) {
	n, err := c.store.EmptyTrash(ctx)
	if err != nil {
		return nil, err
	}
	return &api.TrashEmptied{Schema: api.Schema, Files: n.Items, Bytes: n.Bytes}, nil
}

// itemsOf returns all of them, or an error if one is not known. What is in the trash
// may be known by its hash alone.
func (c *commands) itemsOf(ctx context.Context, items []string) ([]media.ID, error) {
	if len(items) == 0 {
		return nil, usage("no photo is named", "give the path of a file, or a hash")
	}
	ids := make([]media.ID, 0, len(items))
	for _, item := range items {
		if id, err := media.ParseID(item); err == nil {
			if trashed, err := c.store.IsTrashed(ctx, id); err != nil {
				return nil, err
			} else if trashed {
				ids = append(ids, id)
				continue
			}
		}
		info, err := c.store.Lookup(ctx, item)
		if err != nil {
			return nil, err
		}
		ids = append(ids, info.Item.ID)
	}
	return ids, nil
}

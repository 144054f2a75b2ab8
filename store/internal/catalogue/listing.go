package catalogue

import "context"

// Noted returns up to limit names without a file of their own, with the path of
// one that has their content, from the first after that row (0 = from the start).
func (c *Catalogue) Noted(ctx context.Context, after int64, limit int) ([]Displaced, error) {
	return list(ctx, c.readers, func(r scanner) (n Displaced, err error) {
		var path, hash, folder, name []byte
		var mtime stamp
		err = r.Scan(&n.Row, &path, &hash, &n.Item.Size, &mtime.sec, &mtime.nanos, &n.Origin, &folder, &n.Label, &name)
		copy(n.Item.ID[:], hash)
		copy(n.Folder[:], folder)
		n.Path, n.Name, n.MTime = string(path), string(name), mtime.time()
		return n, err
	}, `SELECT n.id, (SELECT v.path FROM vault_file v WHERE v.item=n.item ORDER BY v.id LIMIT 1), i.hash, i.size, n.mtime, n.nanos,
			o.device, o.folder, n.label, n.name
		FROM noted n JOIN origin o ON o.id=n.origin JOIN item i ON i.id=n.item WHERE n.id>? ORDER BY n.id LIMIT ?`, after, limit)
}

package catalogue

import (
	"context"
	"fmt"
	"slices"
	"time"

	"homeroll/store/media"
)

// HeldItem returns the item with this hash that this device holds, else
// media.ErrNotHeld.
func (c *Catalogue) HeldItem(ctx context.Context, id media.ID) (media.Item, error) {
	row, ok, err := c.itemOf(ctx, id)
	if err == nil && (!ok || !row.cur.held()) {
		err = fmt.Errorf("%s: %w", id, media.ErrNotHeld)
	}
	if err != nil {
		return media.Item{}, err
	}
	return row.item, nil
}

// itemOf returns the row of a hash; if devices disagree on its size, the one
// held here, or else the one most of them name.
func (c *Catalogue) itemOf(ctx context.Context, id media.ID) (*itemRow, bool, error) {
	return one(ctx, c.readers, scanItemRow, `SELECT `+itemColumns+` FROM item WHERE hash=? ORDER BY holders & 1 DESC, holders != 0 DESC, names DESC LIMIT 1`, id[:])
}

// Lookup returns what is known of an item; media.ErrNotHeld if nothing is.
func (c *Catalogue) Lookup(ctx context.Context, id media.ID) (Info, error) {
	row, ok, err := c.itemOf(ctx, id)
	if err != nil {
		return Info{}, err
	}
	if !ok {
		return Info{}, fmt.Errorf("nothing is known of %s: %w", id, media.ErrNotHeld)
	}
	s := c.state.Load()
	info := Info{
		Item: row.item, Holders: s.holders(row.cur.holders & s.active()), Held: row.cur.held(),
		Verified: timeOf(row.cur.verified), Gone: row.cur.gone,
	}
	if info.Files, err = c.FilesOf(ctx, row.item); err != nil {
		return Info{}, err
	}
	if info.Vault, err = c.VaultFilesOf(ctx, row.item); err != nil {
		return Info{}, err
	}
	info.Names, err = c.NamesOf(ctx, row.item)
	return info, err
}

// LetGo returns the item that another device keeps under a name that this
// device's user deleted, and false if there is none. It costs a look at each
// item that was let go.
func (c *Catalogue) LetGo(ctx context.Context, k FileKey) (media.ID, bool, error) {
	const pageSize = 1000
	me := c.signer.Device()
	for last := (letGo{}); ; {
		page, err := list(ctx, c.readers, c.scanLetGo, `SELECT i.id, r.id, r.author, r.body FROM item i JOIN record r ON r.item=i.id
			WHERE i.gone=1 AND r.item IS NOT NULL AND r.kind=5 AND (i.id, r.id) > (?, ?) ORDER BY i.id, r.id LIMIT ?`,
			last.item, last.record, pageSize)
		if err != nil || len(page) == 0 {
			return media.ID{}, false, err
		}
		for _, n := range page {
			if n.Device == me && n.Folder == k.Folder && n.Path == k.Path {
				return n.Item.ID, true, nil
			}
		}
		last = page[len(page)-1]
	}
}

// letGo is a kept name and the rows that it comes from.
type letGo struct {
	item, record int64
	Name
}

func (c *Catalogue) scanLetGo(r scanner) (l letGo, err error) {
	l.Name, err = c.scanName(behind{r, []any{&l.item, &l.record}})
	return l, err
}

// behind scans more columns before those that its user asks for.
type behind struct {
	scanner
	first []any
}

func (b behind) Scan(dest ...any) error { return b.scanner.Scan(append(b.first, dest...)...) }

// NamesOf returns every name of an item, of this and other devices, kept ones
// included, and those that only the vault still knows.
func (c *Catalogue) NamesOf(ctx context.Context, it media.Item) ([]Name, error) {
	own, err := c.ownNames(ctx, it)
	if err != nil {
		return nil, err
	}
	stated, err := list(ctx, c.readers, c.scanName, `SELECT r.author, r.body FROM item i JOIN record r ON r.item=i.id
		WHERE i.hash=? AND i.size=? AND r.item IS NOT NULL AND r.kind IN (1, 5) ORDER BY r.id`, it.ID[:], it.Size)
	if err != nil {
		return nil, err
	}
	for i := range stated {
		n := &stated[i]
		if n.Kept {
			continue
		}
		if n.Label, err = c.FolderLabel(ctx, n.Device, n.Folder); err != nil {
			return nil, err
		}
	}
	all := append(own, stated...)
	ofVault, err := c.vaultNames(ctx, it)
	for _, n := range ofVault {
		same := func(o Name) bool { return o.Device == n.Device && o.Folder == n.Folder && o.Path == n.Path }
		if !slices.ContainsFunc(all, same) {
			all = append(all, n)
		}
	}
	return all, err
}

// vaultNames returns the names that vault files stand for, of devices whose own
// records are not known yet: after the catalogue was lost, they are all there is.
func (c *Catalogue) vaultNames(ctx context.Context, it media.Item) ([]Name, error) {
	files, err := list(ctx, c.readers, scanVaultFile, selectVaultFile+` WHERE i.hash=? AND i.size=? AND v.version=0 ORDER BY v.id`, it.ID[:], it.Size)
	var names []Name
	for _, v := range files {
		if c.state.Load().unheard(v.Origin) {
			n := media.Name{Folder: v.Folder, Path: v.Name, Item: v.Item, MTime: v.MTime}
			names = append(names, Name{Name: n, Device: v.Origin, Label: v.Label, By: c.signer.Device()})
		}
	}
	return names, err
}

func (c *Catalogue) ownNames(ctx context.Context, it media.Item) ([]Name, error) {
	me := c.signer.Device()
	return list(ctx, c.readers, func(r scanner) (Name, error) {
		n := Name{Device: me, Name: media.Name{Item: it}, By: me}
		var folder, path []byte
		var mtime stamp
		err := r.Scan(&folder, &n.Label, &path, &mtime.sec, &mtime.nanos)
		copy(n.Folder[:], folder)
		n.Path, n.MTime = string(path), mtime.time()
		return n, err
	}, `SELECT d.folder, d.label, f.path, f.mtime, f.nanos FROM item i JOIN file f ON f.item=i.id JOIN folder d ON d.id=f.folder
		WHERE i.hash=? AND i.size=? ORDER BY f.id`, it.ID[:], it.Size)
}

// scanName reads a Name or Kept record.
func (c *Catalogue) scanName(r scanner) (Name, error) {
	var by int
	var body []byte
	if err := r.Scan(&by, &body); err != nil {
		return Name{}, err
	}
	v, err := media.Record(body).Decode()
	author := c.deviceOf(by)
	switch v := v.(type) {
	case media.Name:
		return Name{Name: v, Device: author, By: author}, nil
	case media.Kept:
		n := media.Name{Folder: v.Folder.ID, Path: v.Path, Item: v.Item, MTime: v.MTime}
		return Name{Name: n, Device: v.Origin, Label: v.Folder.Label, Kept: true, By: author}, nil
	}
	return Name{}, err
}

// SetVerified records when this device last hashed items that it holds.
func (c *Catalogue) SetVerified(ctx context.Context, items []media.Item, at time.Time) error {
	return c.change(ctx, relaxed, func(w *work) {
		for _, it := range items {
			w.known().forget(it)
			w.exec(`UPDATE item SET verified=max(verified, ?) WHERE hash=? AND size=? AND holders & 1 = 1`, nanosOf(at), it.ID[:], it.Size)
		}
	})
}

package catalogue

import (
	"context"
	"fmt"
	"strings"

	"homeroll/store/media"
)

// Held is an item that this device holds, and where.
type Held struct {
	Item  media.Item
	Files []File // of this device's folders, damaged ones aside
	Vault bool   // the vault has files of it
}

// heldAtOnce is how many items one query of HeldAll looks for.
const heldAtOnce = 32

const selectHeld = `SELECT i.hash, i.size, i.vault > 0, d.folder, f.path, f.mtime, f.nanos, f.ctime, f.inode, i.verified
	FROM item i LEFT JOIN file f ON f.item=i.id AND f.damaged=0 LEFT JOIN folder d ON d.id=f.folder
	WHERE i.holders & 1 = 1 AND i.hash `

var selectHeldAll = selectHeld + `IN (?` + strings.Repeat(`,?`, heldAtOnce-1) + `)`

// Held returns the item with this hash, else media.ErrNotHeld.
func (c *Catalogue) Held(ctx context.Context, id media.ID) (Held, error) {
	rows, err := few(ctx, c.readers, scanHeld, selectHeld+`=?`, id[:])
	if err != nil {
		return Held{}, err
	}
	held, ok := gatherHeld(rows)[id]
	if !ok {
		return Held{}, fmt.Errorf("%s: %w", id, media.ErrNotHeld)
	}
	return held, nil
}

// HeldAll is Held for many items in few queries: each query alone may have to
// read again what the last change made the readers forget. Items that are not
// held are left out.
func (c *Catalogue) HeldAll(ctx context.Context, ids []media.ID) (map[media.ID]Held, error) {
	var all []heldRow
	for len(ids) > 0 {
		some := ids[:min(len(ids), heldAtOnce)]
		ids = ids[len(some):]
		args := make([]any, heldAtOnce)
		for i := range args {
			args[i] = some[min(i, len(some)-1)][:]
		}
		rows, err := few(ctx, c.readers, scanHeld, selectHeldAll, args...)
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return gatherHeld(all), nil
}

// heldRow is an item and one file of it, without a path if there is none.
type heldRow struct {
	File
	vault bool
}

func scanHeld(r scanner) (row heldRow, err error) {
	var hash, folder, path []byte
	var mtime, nanos, ctime, inode *int64
	var verified int64
	f := &row.File
	err = r.Scan(&hash, &f.Item.Size, &row.vault, &folder, &path, &mtime, &nanos, &ctime, &inode, &verified)
	copy(f.Item.ID[:], hash)
	if err != nil || mtime == nil {
		return row, err
	}
	copy(f.Folder[:], folder)
	f.Path, f.MTime, f.CTime = string(path), stamp{*mtime, *nanos}.time(), timeOf(*ctime)
	f.Inode, f.Verified = uint64(*inode), timeOf(verified)
	return row, nil
}

func gatherHeld(rows []heldRow) map[media.ID]Held {
	all := make(map[media.ID]Held, len(rows))
	for _, row := range rows {
		held := all[row.Item.ID]
		held.Item, held.Vault = row.Item, row.vault
		if row.Path != "" {
			held.Files = append(held.Files, row.File)
		}
		all[row.Item.ID] = held
	}
	return all
}

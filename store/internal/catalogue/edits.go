package catalogue

import (
	"context"
	"slices"
	"strings"

	"homeroll/store/media"
)

// backupSuffixes are what programs that edit tags add to the name of the file
// as it was: exiftool, then many others.
var backupSuffixes = [...]string{"", "_original", "~", ".bak"}

// Bounds of a look for what an item may be an edit of.
const (
	maxEditedNames = 8         // of the item
	maxTagGrowth   = 128 << 10 // bytes by which an edit changes the size, once it is renamed, too
	maxNameless    = 64        // items looked at that are smaller, and as many that are larger
	maxRenamed     = 2         // of them, that are compared
)

// addNameless adds the index by which renamed files are found.
var addNameless = execute(`CREATE INDEX item_nameless ON item (size) WHERE names = 0 AND vault > 0`)

var selectAtKeys = `SELECT b.hash, b.size FROM vault_file v JOIN item b ON b.id=v.item
	WHERE v.key IN (?` + strings.Repeat(`,?`, len(backupSuffixes)*maxEditedNames-1) + `) AND v.damaged=0 AND b.holders & 1 = 1 AND b.hash!=?
	GROUP BY b.id ORDER BY min(v.version), max(v.id) DESC LIMIT ?`

const selectNameless = `SELECT b.hash, b.size FROM (
		SELECT * FROM (SELECT id, hash, size FROM item WHERE names = 0 AND vault > 0 AND size >= ? AND size <= ? ORDER BY size LIMIT ?)
		UNION ALL
		SELECT * FROM (SELECT id, hash, size FROM item WHERE names = 0 AND vault > 0 AND size < ? AND size >= ? ORDER BY size DESC LIMIT ?)
	) b JOIN vault_file v ON v.item=b.id JOIN origin o ON o.id=v.origin
	WHERE b.hash!=? AND v.damaged=0 AND o.device=? AND o.folder=?
	GROUP BY b.id ORDER BY abs(b.size-?) LIMIT ?`

// EditOf returns up to limit items in the vault that the item may be an edit of,
// the likeliest first: what another device had under the name that the item has there now,
// and what it keeps beside it as a backup; else what has about its size and
// was in the same folder under a name that is gone.
func (c *Catalogue) EditOf(ctx context.Context, it media.Item, limit int) ([]media.Item, error) {
	names, err := list(ctx, c.readers, c.scanName, `SELECT r.author, r.body FROM item i JOIN record r ON r.item=i.id
		WHERE i.hash=? AND i.size=? AND r.item IS NOT NULL AND r.kind=1 ORDER BY r.id LIMIT ?`, it.ID[:], it.Size, maxEditedNames)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	keys := make([]any, 0, len(backupSuffixes)*maxEditedNames+2)
	for i := range maxEditedNames {
		n := names[min(i, len(names)-1)]
		for _, suffix := range backupSuffixes {
			keys = append(keys, fullName{n.Device, n.Folder, n.Path + suffix}.key())
		}
	}
	found, err := list(ctx, c.readers, scanItem, selectAtKeys, append(keys, it.ID[:], limit)...)
	if err != nil || len(found) > 0 {
		return found, err
	}
	return c.renamed(ctx, it, names)
}

// renamed returns items of about the same size that lost their last name.
func (c *Catalogue) renamed(ctx context.Context, it media.Item, names []Name) (found []media.Item, err error) {
	asked := map[origin]bool{}
	for _, n := range names {
		o := origin{n.Device, n.Folder}
		if asked[o] || len(found) >= maxRenamed {
			continue
		}
		asked[o] = true
		some, err := list(ctx, c.readers, scanItem, selectNameless, it.Size, it.Size+maxTagGrowth, maxNameless,
			it.Size, it.Size-maxTagGrowth, maxNameless, it.ID[:], string(o.device), o.folder[:], it.Size, maxRenamed)
		if err != nil {
			return nil, err
		}
		for _, other := range some {
			if !slices.Contains(found, other) {
				found = append(found, other)
			}
		}
	}
	return found, nil
}

package catalogue

import (
	"context"

	"homeroll/store/media"
)

// SoleVault counts the items that this device holds in its vault alone and no
// other active device holds: what would be lost with the vault.
func (c *Catalogue) SoleVault(ctx context.Context) (Count, error) {
	n, _, err := one(ctx, c.readers, func(r scanner) (n Count, err error) {
		return n, r.Scan(&n.Items, &n.Bytes)
	}, `SELECT count(*), coalesce(sum(size), 0) FROM item WHERE vault>0 AND own=0 AND holders & ? = 0`, c.others())
	return n, err
}

// IsSole reports whether no other active device holds the item, and this one has
// no file of it in a folder.
func (c *Catalogue) IsSole(ctx context.Context, it media.Item) (bool, error) {
	_, found, err := one(ctx, c.readers, scanInt,
		`SELECT 1 FROM item WHERE hash=? AND size=? AND own=0 AND holders & ? = 0`, it.ID[:], it.Size, c.others())
	return found, err
}

// others is the mask of the other active devices.
func (c *Catalogue) others() int64 { return int64(c.state.Load().active() &^ (1 << self)) }

// ChosenDir is the vault directory of a device (zero Folder) or of its folder.
type ChosenDir struct {
	Device media.Device
	Folder media.FolderID
	Dir    string
}

// ChosenDirs returns all that were chosen.
func (c *Catalogue) ChosenDirs(ctx context.Context) ([]ChosenDir, error) {
	return list(ctx, c.readers, func(r scanner) (d ChosenDir, err error) {
		var folder []byte
		err = r.Scan(&d.Device, &folder, &d.Dir)
		copy(d.Folder[:], folder)
		return d, err
	}, `SELECT device, folder, dir FROM label ORDER BY folder, device`)
}

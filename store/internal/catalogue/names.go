package catalogue

import (
	"context"
	"strings"

	"homeroll/store/media"
)

// namesAtOnce is how many items one query of StatedNames looks for.
const namesAtOnce = 64

var selectStated = `SELECT i.hash, i.size, r.author, r.body FROM item i JOIN record r ON r.item=i.id
	WHERE (i.hash, i.size) IN (VALUES (?,?)` + strings.Repeat(`,(?,?)`, namesAtOnce-1) + `)
	AND i.vault=0 AND i.damaged=0 AND r.item IS NOT NULL AND r.kind IN (1, 5) ORDER BY r.id`

// StatedNames returns, in few queries, the names that records give many items,
// as NamesOf does for one. It leaves out items that the vault has a file of, and
// names of this device's own files.
func (c *Catalogue) StatedNames(ctx context.Context, items []media.Item) (map[media.Item][]Name, error) {
	all := make(map[media.Item][]Name, len(items))
	labels := map[origin]string{}
	for len(items) > 0 {
		some := items[:min(len(items), namesAtOnce)]
		items = items[len(some):]
		args := make([]any, 0, 2*namesAtOnce)
		for i := range namesAtOnce {
			it := &some[min(i, len(some)-1)]
			args = append(args, it.ID[:], it.Size)
		}
		names, err := list(ctx, c.readers, c.scanStated, selectStated, args...)
		if err != nil {
			return nil, err
		}
		for _, n := range names {
			if n.Label, err = c.labelOf(ctx, n, labels); err != nil {
				return nil, err
			}
			all[n.key] = append(all[n.key], n.Name)
		}
	}
	return all, nil
}

// Withdrawals changes whenever a device has withdrawn names. What is known of
// names before and after a change of it may differ in more than new ones.
func (c *Catalogue) Withdrawals() uint64 { return c.withdrawals.Load() }

// statedName is a name and the item that was asked for.
type statedName struct {
	key media.Item
	Name
}

func (c *Catalogue) scanStated(r scanner) (n statedName, err error) {
	var hash []byte
	n.Name, err = c.scanName(behind{r, []any{&hash, &n.key.Size}})
	copy(n.key.ID[:], hash)
	return n, err
}

// labelOf returns the label of a name's folder, and remembers those of live ones.
func (c *Catalogue) labelOf(ctx context.Context, n statedName, known map[origin]string) (string, error) {
	if n.Kept {
		return n.Label, nil
	}
	o := origin{n.Device, n.Folder}
	label, ok := known[o]
	if ok {
		return label, nil
	}
	label, err := c.FolderLabel(ctx, n.Device, n.Folder)
	known[o] = label
	return label, err
}

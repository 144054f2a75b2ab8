package catalogue

import (
	"context"

	"homeroll/store/media"
)

// LetGoItems returns the items that this device's user let go.
func (c *Catalogue) LetGoItems(ctx context.Context) ([]media.Item, error) {
	return list(ctx, c.readers, func(r scanner) (it media.Item, err error) {
		var hash []byte
		err = r.Scan(&hash, &it.Size)
		copy(it.ID[:], hash)
		return it, err
	}, `SELECT hash, size FROM item WHERE gone=1 ORDER BY id`)
}

// letGoBatch is how many items SetLetGo notes in one transaction.
const letGoBatch = 1000

// SetLetGo notes, in a new catalogue, that this device's user has let items go,
// unless they are held here after all.
func (c *Catalogue) SetLetGo(ctx context.Context, items []media.Item) error {
	for len(items) > 0 {
		batch := items[:min(len(items), letGoBatch)]
		items = items[len(batch):]
		err := c.change(ctx, durable, func(w *work) {
			for _, it := range batch {
				row := w.item(it)
				row.cur.gone = !row.cur.held()
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

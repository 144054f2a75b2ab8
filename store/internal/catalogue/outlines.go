package catalogue

import (
	"context"
	"fmt"

	"homeroll/store/media"
)

// putOutlines stores outlines of items that this transaction put.
func (w *work) putOutlines(outlines map[media.ID]media.Outline) {
	if len(outlines) == 0 {
		return
	}
	for _, it := range w.items {
		o := outlines[it.item.ID]
		if len(o) == 0 || !it.cur.held() {
			continue
		}
		if err := o.Check(it.item); err != nil {
			w.fail(err)
			return
		}
		w.exec(`INSERT OR REPLACE INTO outline (item, body) VALUES (?,?)`, it.id, encodeOutline(o))
	}
}

func encodeOutline(o media.Outline) []byte {
	b := make([]byte, 0, 32*len(o))
	for i := range o {
		b = append(b, o[i][:]...)
	}
	return b
}

// Outline returns the outline of an item held here, empty for one group;
// media.ErrNotHeld if it is not known.
func (c *Catalogue) Outline(ctx context.Context, it media.Item) (media.Outline, error) {
	type row struct {
		held bool
		body []byte
	}
	found, ok, err := one(ctx, c.readers, func(r scanner) (row row, err error) {
		err = r.Scan(&row.held, &row.body)
		return row, err
	}, `SELECT i.holders & 1, o.body FROM item i LEFT JOIN outline o ON o.item=i.id WHERE i.hash=? AND i.size=?`, it.ID[:], it.Size)
	if err != nil {
		return nil, err
	}
	groups := media.Groups(it.Size)
	if !ok || !found.held || groups > 1 && int64(len(found.body)) != 32*groups {
		return nil, fmt.Errorf("outline of %s: %w", it.ID, media.ErrNotHeld)
	}
	if groups == 1 {
		return nil, nil
	}
	o := make(media.Outline, groups)
	for i := range o {
		copy(o[i][:], found.body[32*i:])
	}
	return o, nil
}

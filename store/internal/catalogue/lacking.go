package catalogue

import (
	"cmp"
	"context"
	"slices"

	"homeroll/store/media"
)

// Lacking is an item that this device may fetch and does not hold.
type Lacking struct {
	Item    media.Item
	Holders []media.Device // active ones
	At      Cursor         // its place in the order
	Guessed bool           // no device has told what its bytes say
}

// Lacking returns up to limit items, named or kept, that this device lacks, may
// fetch, and that some of the online devices hold as active members: the newest
// first, from the first behind a place. Where limit is reached there may be more.
func (c *Catalogue) Lacking(ctx context.Context, online []media.Device, after Cursor, limit int) ([]Lacking, error) {
	s := c.state.Load()
	masks, err := c.masks(ctx, s, online)
	if err != nil {
		return nil, err
	}
	var found []Lacking
	for _, mask := range masks {
		holders := s.holders(mask & s.active())
		for _, large := range []bool{false, true} { // as the index has them
			some, err := list(ctx, c.readers, func(r scanner) (Lacking, error) {
				l := Lacking{Holders: holders}
				var hash []byte
				err := r.Scan(&hash, &l.Item.Size, &l.At.Taken, &l.At.Row, &l.Guessed)
				copy(l.Item.ID[:], hash)
				return l, err
			}, `SELECT hash, size, newest, id, coalesce((SELECT lent=1 FROM picture WHERE item=id), 1) FROM item WHERE want=1 AND holders=? AND (size >= 67108864)=? AND (newest, id) < (?, ?) AND (names>0 OR kept>0)
				`+newestFirst+` LIMIT ?`, int64(mask), large, after.Taken, after.Row, limit)
			if err != nil {
				return nil, err
			}
			found = append(found, some...)
		}
	}
	slices.SortFunc(found, func(a, b Lacking) int {
		return cmp.Or(cmp.Compare(b.At.Taken, a.At.Taken), cmp.Compare(b.At.Row, a.At.Row))
	})
	return found[:min(len(found), limit)], nil
}

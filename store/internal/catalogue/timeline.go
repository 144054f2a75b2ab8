package catalogue

import (
	"context"
	"math"
	"time"

	"homeroll/store/media"
)

// Newest is the place before the first row of the timeline.
var Newest = Cursor{math.MaxInt64, math.MaxInt64}

// Timeline returns up to limit pictures, one for each group, the latest wall
// clock first, from the first that comes after a place; Newest = from the start.
// Those of which nothing says when come last.
func (c *Catalogue) Timeline(ctx context.Context, before Cursor, limit int) ([]Picture, error) {
	return list(ctx, c.readers, scanPicture, selectPicture+`
		WHERE p.shown=1 AND (p.taken, p.item) < (?, ?) ORDER BY p.taken DESC, p.item DESC LIMIT ?`, before.Taken, before.Row, limit)
}

func scanPicture(r scanner) (Picture, error) {
	row, err := scanPictureRow(r)
	if err != nil {
		return Picture{}, err
	}
	return row.public(), nil
}

// Months counts the timeline's rows by month, the latest first.
func (c *Catalogue) Months(ctx context.Context) ([]Month, error) {
	return list(ctx, c.readers, scanMonth, `SELECT month, pictures, ratio FROM month ORDER BY month DESC`)
}

func scanMonth(r scanner) (m Month, err error) {
	var month, ratio int64
	if err = r.Scan(&month, &m.Pictures, &ratio); err == nil && month != 0 {
		m.Year, m.Month = int(month/12), time.Month(month%12+1)
	}
	m.Ratio = float64(ratio) / ratioOne
	return m, err
}

// Picture returns what is known of an item, and false if nobody holds it or it has
// not been looked at yet.
func (c *Catalogue) Picture(ctx context.Context, it media.Item) (Picture, bool, error) {
	return one(ctx, c.readers, scanPicture, selectPicture+` WHERE i.hash=? AND i.size=?`, it.ID[:], it.Size)
}

// GroupOf returns the members of a picture's group, what is shown first.
func (c *Catalogue) GroupOf(ctx context.Context, p Picture) ([]media.Item, error) {
	if p.Kind == "" {
		return nil, nil
	}
	return list(ctx, c.readers, scanItem, `SELECT i.hash, i.size FROM picture p JOIN item i ON i.id=p.item
		WHERE p.kind != 0 AND p.lead=? ORDER BY p.item != p.lead, i.hash`, p.group)
}

func scanItem(r scanner) (it media.Item, err error) {
	var hash []byte
	err = r.Scan(&hash, &it.Size)
	copy(it.ID[:], hash)
	return it, err
}

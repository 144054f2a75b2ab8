package catalogue

import (
	"context"
	"fmt"
	"math"

	"homeroll/store/media"
)

// Spot is a heap of pictures that lie near each other.
type Spot struct {
	At       media.Position // their mean
	Pictures int64
	Cover    media.ID // the latest of them
	Area     Area     // that holds them all
}

// Spots gathers the pictures of a filter that lie within an area by a grid of so
// many columns and rows.
func (c *Catalogue) Spots(ctx context.Context, f Filter, area Area, columns, rows int) ([]Spot, error) {
	if columns < 1 || rows < 1 || area.North <= area.South {
		return nil, nil
	}
	if f.zero() {
		return c.pinned(ctx, area, columns, rows)
	}
	inner := f.Area
	f.Area = &area
	q, err := c.selection(ctx, &f)
	if err != nil {
		return nil, err
	}
	q.place(inner)
	width := area.East - area.West
	if width <= 0 {
		width += 360
	}
	longitude := fmt.Sprintf("(p.longitude + CASE WHEN p.longitude < %v THEN 360 ELSE 0 END)", area.West)
	cells := fmt.Sprintf(` GROUP BY min(CAST((p.latitude - %v) * %v AS INTEGER), %d), min(CAST((%s - %v) * %v AS INTEGER), %d)`,
		area.South, float64(rows)/(area.North-area.South), rows-1, longitude, area.West, float64(columns)/width, columns-1)
	what := `count(*), avg(p.latitude), avg(` + longitude + `), min(p.latitude), max(p.latitude), min(` + longitude + `), max(` + longitude + `), max(p.taken), p.item`
	query := `SELECT g.*, i.hash FROM (` + q.query(what, cells) + `) g JOIN item i ON i.id=g.item`
	return asked(ctx, c.readers, scanSpot, query, q.args...)
}

// asked is list for a query that is not the same twice: it is not kept.
func asked[T any](ctx context.Context, p *pool, scan func(scanner) (T, error), query string, args ...any) (all []T, err error) {
	rows, err := p.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, p.classify(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, p.classify(err)
		}
		all = append(all, v)
	}
	return all, p.classify(rows.Err())
}

func scanSpot(r scanner) (s Spot, err error) {
	var hash []byte
	var taken, item int64
	a := &s.Area
	err = r.Scan(&s.Pictures, &s.At.Latitude, &s.At.Longitude, &a.South, &a.North, &a.West, &a.East, &taken, &item, &hash)
	copy(s.Cover[:], hash)
	s.At.Longitude, a.West, a.East = wrap(s.At.Longitude), wrap(a.West), wrap(a.East)
	return s, err
}

// wrap brings a longitude back between -180 and 180.
func wrap(longitude float64) float64 {
	if longitude > 180 {
		return math.Max(longitude-360, -180)
	}
	return longitude
}

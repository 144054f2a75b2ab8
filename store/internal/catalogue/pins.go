package catalogue

import (
	"context"
	"sync"
	"time"
)

// pins are the positions of all pictures of the timeline, read at once: a map asks
// for heaps of them with each move.
type pins struct {
	mu      sync.Mutex
	all     []pin
	version uint64
	at      time.Time
	read    bool
}

type pin struct {
	lat, lon    float32
	taken, item int64
}

// pinsAge is for how long pins are not read again, though something has changed.
// More than maxPins are not shown.
const (
	pinsAge = 5 * time.Second
	maxPins = 500_000
)

// load reads the pins if they are out of date. Called with mu held.
func (p *pins) load(ctx context.Context, c *Catalogue) error {
	version := c.Shown()
	if p.read && (p.version == version || time.Since(p.at) < pinsAge) {
		return nil
	}
	all, err := list(ctx, c.readers, func(r scanner) (n pin, err error) {
		err = r.Scan(&n.lat, &n.lon, &n.taken, &n.item)
		return n, err
	}, `SELECT latitude, longitude, taken, item FROM picture WHERE latitude IS NOT NULL AND shown=1 ORDER BY latitude LIMIT ?`, maxPins)
	if err != nil {
		return err
	}
	p.all, p.version, p.at, p.read = all, version, time.Now(), true
	return nil
}

// heap is a Spot that is being gathered.
type heap struct {
	n                        int64
	lat, lon                 float64 // sums
	south, west, north, east float64
	cover                    pin
}

// pinned is Spots of all pictures.
func (c *Catalogue) pinned(ctx context.Context, area Area, columns, rows int) ([]Spot, error) {
	c.pins.mu.Lock()
	defer c.pins.mu.Unlock()
	if err := c.pins.load(ctx, c); err != nil {
		return nil, err
	}
	width := area.East - area.West
	if width <= 0 {
		width += 360
	}
	cells := make([]*heap, columns*rows)
	var order []*heap
	for _, p := range c.pins.all {
		lat, lon := float64(p.lat), float64(p.lon)
		if lon < area.West {
			lon += 360
		}
		if lat < area.South || lat > area.North || lon > area.West+width {
			continue
		}
		row := min(int((lat-area.South)/(area.North-area.South)*float64(rows)), rows-1)
		column := min(int((lon-area.West)/width*float64(columns)), columns-1)
		h := cells[row*columns+column]
		if h == nil {
			h = &heap{south: lat, north: lat, west: lon, east: lon, cover: p}
			cells[row*columns+column] = h
			order = append(order, h)
		}
		h.add(p, lat, lon)
	}
	return c.spotsOf(ctx, order)
}

func (h *heap) add(p pin, lat, lon float64) {
	h.n, h.lat, h.lon = h.n+1, h.lat+lat, h.lon+lon
	h.south, h.north = min(h.south, lat), max(h.north, lat)
	h.west, h.east = min(h.west, lon), max(h.east, lon)
	if p.taken > h.cover.taken {
		h.cover = p
	}
}

func (c *Catalogue) spotsOf(ctx context.Context, heaps []*heap) ([]Spot, error) {
	spots := make([]Spot, 0, len(heaps))
	for _, h := range heaps {
		it, ok, err := one(ctx, c.readers, scanItem, `SELECT hash, size FROM item WHERE id=?`, h.cover.item)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue // gone since the pins were read
		}
		s := Spot{Pictures: h.n, Cover: it.ID, Area: Area{h.south, wrap(h.west), h.north, wrap(h.east)}}
		s.At.Latitude, s.At.Longitude = h.lat/float64(h.n), wrap(h.lon/float64(h.n))
		spots = append(spots, s)
	}
	return spots, nil
}

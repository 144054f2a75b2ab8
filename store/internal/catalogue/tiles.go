package catalogue

import (
	"context"
	"sync"
)

// Tiles returns the pictures of a month, the latest first, from an index alone. The
// slice is not to be changed.
func (c *Catalogue) Tiles(ctx context.Context, m MonthKey) ([]Tile, error) {
	version := c.ShownIn(m)
	if tiles, ok := c.shelf.get(m, version); ok {
		return tiles, nil
	}
	tiles, err := c.readTiles(ctx, m)
	if err == nil {
		c.shelf.put(m, version, tiles)
	}
	return tiles, err
}

func (c *Catalogue) readTiles(ctx context.Context, m MonthKey) ([]Tile, error) {
	from, to := m.between()
	all, err := list(ctx, c.readers, scanTile, `SELECT taken, item, held, favourite, tile FROM picture
		WHERE shown=1 AND taken>=? AND taken<? ORDER BY taken DESC, item DESC`, from, to)
	if err != nil {
		return nil, err
	}
	return c.tiles(ctx, all)
}

// rawTile is a tile as it is stored.
type rawTile struct {
	Tile
	body []byte
}

func scanTile(r scanner) (t rawTile, err error) {
	err = r.Scan(&t.At.Taken, &t.At.Row, &t.Held, &t.Favourite, &t.body)
	return t, err
}

// tiles reads them.
func (c *Catalogue) tiles(ctx context.Context, all []rawTile) ([]Tile, error) {
	var asked error
	word := func(id int64) string {
		text, err := c.types.text(ctx, c, id)
		if err != nil {
			asked = err
		}
		return text
	}
	tiles := make([]Tile, len(all))
	for i := range all {
		tiles[i] = all[i].Tile
		if err := tiles[i].parse(all[i].body, word); err != nil {
			return nil, c.alarm.heed(err)
		}
	}
	return tiles, asked
}

// wordBook remembers texts of few different ones, such as types. Words never
// change.
type wordBook struct {
	mu    sync.Mutex
	texts map[int64]string
}

// maxTypes bounds what a wordBook remembers.
const maxTypes = 1000

func (b *wordBook) text(ctx context.Context, c *Catalogue, id int64) (string, error) {
	if id == 0 {
		return "", nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if text, ok := b.texts[id]; ok {
		return text, nil
	}
	text, _, err := one(ctx, c.readers, scanString, `SELECT text FROM word WHERE id=?`, id)
	if err != nil {
		return "", err
	}
	if b.texts == nil || len(b.texts) >= maxTypes {
		b.texts = map[int64]string{}
	}
	b.texts[id] = text
	return text, nil
}

// shelf remembers the months that were looked at last.
type shelf struct {
	mu     sync.Mutex
	months []shelved // the latest first
}

type shelved struct {
	month   MonthKey
	version uint64
	tiles   []Tile
}

// maxShelved bounds the tiles on a shelf, of about 250 bytes each.
const maxShelved = 20_000

func (s *shelf) get(m MonthKey, version uint64) ([]Tile, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, have := range s.months {
		if have.month == m && have.version == version {
			copy(s.months[1:i+1], s.months[:i])
			s.months[0] = have
			return have.tiles, true
		}
	}
	return nil, false
}

func (s *shelf) put(m MonthKey, version uint64, tiles []Tile) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, room := []shelved{{m, version, tiles}}, maxShelved-len(tiles)
	for _, have := range s.months {
		if room -= len(have.tiles); room < 0 {
			break
		}
		if have.month != m {
			kept = append(kept, have)
		}
	}
	s.months = kept
}

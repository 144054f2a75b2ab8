package catalogue

import (
	"context"
	"fmt"
	"path"
	"strings"
	"time"
)

// Facets are what the pictures of the timeline have in common, and how many.
type Facets struct {
	Cameras, Lenses, Types, Places map[string]int64
}

// facetsAge is for how long Facets are not counted again.
const facetsAge = 20 * time.Second

// Facets counts cameras, lenses, types and places; what has changed lately may be
// missing. The maps are not to be changed.
func (c *Catalogue) Facets(ctx context.Context) (*Facets, error) {
	c.facets.Lock()
	defer c.facets.Unlock()
	version := c.Shown()
	if c.facets.last != nil && (c.facets.version == version || time.Since(c.facets.at) < facetsAge) {
		return c.facets.last, nil
	}
	f := &Facets{map[string]int64{}, map[string]int64{}, map[string]int64{}, map[string]int64{}}
	_, err := list(ctx, c.readers, func(r scanner) (none struct{}, err error) {
		var maker, model, lens, mime, place string
		var n int64
		if err := r.Scan(&maker, &model, &lens, &mime, &place, &n); err != nil {
			return none, err
		}
		count(f.Cameras, Camera(maker, model), n)
		count(f.Lenses, lens, n)
		count(f.Types, mime, n)
		place, _, _ = strings.Cut(place, "\t")
		count(f.Places, place, n)
		return none, nil
	}, `SELECT coalesce(w1.text, ''), coalesce(w2.text, ''), coalesce(w3.text, ''), coalesce(w4.text, ''), coalesce(w5.text, ''), g.n FROM
		(SELECT make, model, lens, type, place, count(*) n FROM picture WHERE shown=1 GROUP BY make, model, lens, type, place) g
		LEFT JOIN word w1 ON w1.id=g.make LEFT JOIN word w2 ON w2.id=g.model LEFT JOIN word w3 ON w3.id=g.lens
		LEFT JOIN word w4 ON w4.id=g.type LEFT JOIN word w5 ON w5.id=g.place`)
	if err != nil {
		return nil, err
	}
	c.facets.last, c.facets.version, c.facets.at = f, version, time.Now()
	return f, nil
}

func count(into map[string]int64, text string, n int64) {
	if text != "" {
		into[text] += n
	}
}

// Camera joins make and model, which often begins with the make.
func Camera(maker, model string) string {
	first, _, _ := strings.Cut(maker, " ")
	if first == "" || strings.HasPrefix(strings.ToLower(model), strings.ToLower(first)) {
		return model
	}
	return strings.TrimSpace(maker + " " + model)
}

// NamesLike returns up to limit file names that have these words, of the latest
// pictures.
func (c *Catalogue) NamesLike(ctx context.Context, text string, limit int) ([]string, error) {
	words := Words(text)
	if len(words) == 0 {
		return nil, nil
	}
	docs, err := list(ctx, c.readers, scanInt, fmt.Sprintf(`SELECT rowid & %d FROM search WHERE search MATCH ? AND rowid>0 ORDER BY rowid DESC LIMIT ?`, int64(docItem)),
		`{name} : `+phrase(words), limit)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, id := range docs {
		it, ok, err := one(ctx, c.readers, scanItem, `SELECT hash, size FROM item WHERE id=?`, id)
		if err != nil || !ok {
			return names, err
		}
		all, err := c.NamesOf(ctx, it)
		if err != nil {
			return names, err
		}
		for _, n := range all {
			if base := path.Base(n.Path); strings.Contains(" "+strings.Join(Words(base), " "), " "+strings.Join(words, " ")) {
				names = append(names, base)
				break
			}
		}
	}
	return names, nil
}

package catalogue

import (
	"cmp"
	"context"
	"math/bits"
	"slices"
	"strings"

	"homeroll/store/media"
)

// maxSame bounds what Same and Alike return, maxCandidates what Alike looks at
// for each of its four bands: many pictures may be one even grey.
const (
	maxSame       = 1000
	maxCandidates = 5000
)

// MaxAlike is the largest number of differing bits that Alike finds.
const MaxAlike = 7

// Same returns the other items held here that have the pixels of an item with
// other metadata.
func (c *Catalogue) Same(ctx context.Context, p Picture) ([]media.Item, error) {
	if p.Payload == (media.ID{}) {
		return nil, nil
	}
	return list(ctx, c.readers, scanItem, `SELECT i.hash, i.size FROM picture p JOIN item i ON i.id=p.item
		WHERE p.payload IS NOT NULL AND substr(p.payload, 1, 8)=? AND p.payload=? AND p.item!=? ORDER BY i.hash LIMIT ?`,
		p.Payload[:8], p.Payload[:], p.At.Row, maxSame)
}

// Alike is a picture that looks like another.
type Alike struct {
	Item media.Item
	Bits int // that differ
}

// Alike returns the other pictures held here whose look differs in at most so
// many bits, at most MaxAlike, the most alike first.
//
// Of 64 bits in four bands, at most 7 differing ones leave a band in which at
// most one differs (multi-index hashing, Norouzi et al. 2012); so each band is
// asked for its 17 nearest values.
func (c *Catalogue) Alike(ctx context.Context, p Picture, differing int) ([]Alike, error) {
	if !p.Looked {
		return nil, nil
	}
	found := map[int64]Alike{}
	for band := range looksNear {
		values := make([]any, 0, 18)
		value := p.Look >> (16 * band) & 0xffff
		values = append(values, int64(value))
		for bit := range 16 {
			values = append(values, int64(value^1<<bit))
		}
		page, err := list(ctx, c.readers, scanLook, looksNear[band], append(values, maxCandidates)...)
		if err != nil {
			return nil, err
		}
		for _, l := range page {
			if n := bits.OnesCount64(l.look ^ p.Look); n <= min(differing, MaxAlike) && l.row != p.At.Row {
				found[l.row] = Alike{l.item, n}
			}
		}
	}
	all := make([]Alike, 0, len(found))
	for _, a := range found {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b Alike) int {
		return cmp.Or(cmp.Compare(a.Bits, b.Bits), slices.Compare(a.Item.ID[:], b.Item.ID[:]))
	})
	return all[:min(len(all), maxSame)], nil
}

// looksNear are the queries by band, each in the words of its index.
var looksNear = func() (queries [4]string) {
	for i, band := range []string{"look & 65535", "look >> 16 & 65535", "look >> 32 & 65535", "look >> 48 & 65535"} {
		queries[i] = `SELECT p.item, p.look, i.hash, i.size FROM picture p JOIN item i ON i.id=p.item
			WHERE p.look IS NOT NULL AND ` + "p." + band + ` IN (?` + strings.Repeat(",?", 16) + `) LIMIT ?`
	}
	return queries
}()

type lookRow struct {
	row  int64
	look uint64
	item media.Item
}

func scanLook(r scanner) (l lookRow, err error) {
	var look int64
	l.item, err = scanItem(behind{r, []any{&l.row, &look}})
	l.look = uint64(look)
	return l, err
}

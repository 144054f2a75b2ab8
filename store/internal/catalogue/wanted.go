package catalogue

import (
	"cmp"
	"context"
	"math/bits"
	"slices"

	"homeroll/store/media"
)

// Wanted returns up to limit items that this device lacks, may fetch, and that
// some of the online devices hold as active members; those with the fewest
// active holders first. While a manifest is being walked, an item without any
// name waits: its name is probably on the way.
func (c *Catalogue) Wanted(ctx context.Context, online []media.Device, limit int) ([]Wanted, error) {
	s := c.state.Load()
	told := s.walked() == 1<<len(s.authors)-1
	masks, err := c.masks(ctx, s, online)
	var all []Wanted
	for _, mask := range masks {
		if err != nil || len(all) >= limit {
			break
		}
		holders := s.holders(mask & s.active())
		var some []Wanted
		some, err = list(ctx, c.readers, func(r scanner) (Wanted, error) {
			w := Wanted{Holders: holders}
			var hash []byte
			err := r.Scan(&hash, &w.Item.Size, &w.Named)
			copy(w.Item.ID[:], hash)
			return w, err
		}, `SELECT hash, size, names>0 FROM item WHERE want=1 AND holders=? AND (names>0 OR kept>0 OR ?) ORDER BY id LIMIT ?`, int64(mask), told, limit-len(all))
		all = append(all, some...)
	}
	return all, err
}

// masks returns the sets of holders in which there is something to fetch.
func (c *Catalogue) masks(ctx context.Context, s *state, online []media.Device) ([]uint64, error) {
	var reachable uint64
	for _, d := range online {
		if bit, ok := s.bits[d]; ok {
			reachable |= 1 << bit
		}
	}
	reachable &= s.active()
	masks, err := list(ctx, c.readers, scanMask, `SELECT DISTINCT holders FROM tally WHERE wanted=1 AND holders & 1 = 0 AND holders & ? != 0`, int64(reachable))
	slices.SortFunc(masks, func(a, b uint64) int {
		return cmp.Or(bits.OnesCount64(a&s.active())-bits.OnesCount64(b&s.active()), cmp.Compare(a, b))
	})
	return masks, err
}

func scanMask(r scanner) (uint64, error) {
	n, err := scanInt(r)
	return uint64(n), err
}

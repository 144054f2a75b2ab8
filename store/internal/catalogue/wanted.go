package catalogue

import (
	"cmp"
	"context"
	"math/bits"
	"slices"
	"time"

	"homeroll/store/media"
)

// addNewest adds the time by which wanted items are ordered. Of items that are
// known already it stays unknown: they come last of their kind.
var addNewest = execute(`ALTER TABLE item ADD COLUMN newest INTEGER NOT NULL DEFAULT 0;
	DROP INDEX item_want;
	CREATE INDEX item_want ON item (holders, size >= 67108864, newest) WHERE want = 1`)

// Parts of a page of wanted items: one in oldPart is of the oldest, and one in
// largePart of the large ones, if there are so many; one in maskPart is kept for
// each further set of holders.
const (
	oldPart   = 8
	largePart = 8
	maskPart  = 16
	maskMost  = 1 << 10
)

// Wanted returns about limit items, never fewer if there are so many, that this device
// lacks, may fetch, and that some of the online devices hold as active members:
// those with the fewest active holders first, of these the newest; but also some of the oldest, of the large ones (from
// 64 MiB), and of each set of holders, so that all have a turn. While a manifest is being walked, an item without any
// name waits: its name is probably on the way.
func (c *Catalogue) Wanted(ctx context.Context, online []media.Device, limit int) ([]Wanted, error) {
	s := c.state.Load()
	masks, err := c.masks(ctx, s, online)
	if err != nil {
		return nil, err
	}
	q := wantedQuery{c: c, told: s.walked() == 1<<len(s.authors)-1, seen: map[media.Item]bool{}}
	for i, mask := range masks {
		reserve := min(len(masks)-1-i, maskPart/2) * (limit / maskPart)
		q.mask, q.holders = mask, s.holders(mask&s.active())
		if err := q.page(ctx, max(limit-reserve-len(q.found), min(limit/maskPart, maskMost))); err != nil {
			return nil, err
		}
	}
	for _, mask := range masks {
		// What was kept for other sets of holders may not have been needed.
		if q.mask, q.holders = mask, s.holders(mask&s.active()); q.cut && len(q.found) < limit {
			if err := q.fill(ctx, limit); err != nil {
				return nil, err
			}
		}
	}
	return q.found, nil
}

// wantedQuery gathers a page of wanted items.
type wantedQuery struct {
	c       *Catalogue
	told    bool
	mask    uint64
	holders []media.Device
	found   []Wanted
	seen    map[media.Item]bool
	cut     bool // some set of holders may have more
}

// fill adds what is missing to limit from one set of holders.
func (q *wantedQuery) fill(ctx context.Context, limit int) error {
	for _, large := range []bool{false, true} {
		if _, err := q.add(ctx, newestFirst, large, limit, 0); err != nil {
			return err
		}
	}
	q.found = q.found[:min(len(q.found), limit)]
	return nil
}

// page adds n items of one set of holders, fewer only if there are no more.
func (q *wantedQuery) page(ctx context.Context, n int) error {
	before := len(q.found)
	defer func() { q.cut = q.cut || len(q.found)-before >= n }()
	larges, err := q.add(ctx, newestFirst, true, n/largePart, 0)
	if err != nil {
		return err
	}
	rest := n - larges - (n-larges)/oldPart
	smalls, err := q.add(ctx, newestFirst, false, rest, 0)
	if err == nil && smalls == rest {
		var olds int
		olds, err = q.add(ctx, oldestFirst, false, n-larges-smalls, 0)
		smalls += olds
	}
	if err == nil && larges == n/largePart && larges+smalls < n {
		_, err = q.add(ctx, newestFirst, true, n-larges-smalls, larges)
	}
	return err
}

const (
	newestFirst = `ORDER BY newest DESC, id DESC`
	oldestFirst = `ORDER BY newest, id`
)

// add adds up to n items, after so many others, that are not there yet, and
// returns how many those are.
func (q *wantedQuery) add(ctx context.Context, order string, large bool, n, after int) (added int, err error) {
	if n <= 0 {
		return 0, nil
	}
	rows, err := list(ctx, q.c.readers, func(r scanner) (Wanted, error) {
		w := Wanted{Holders: q.holders}
		var hash []byte
		var newest int64
		err := r.Scan(&hash, &w.Item.Size, &w.Named, &newest)
		copy(w.Item.ID[:], hash)
		if newest != 0 {
			w.Newest = time.Unix(newest, 0)
		}
		return w, err
	}, `SELECT hash, size, names>0, newest FROM item WHERE want=1 AND holders=? AND (size >= 67108864)=? AND (names>0 OR kept>0 OR ?) `+order+` LIMIT ? OFFSET ?`,
		int64(q.mask), large, q.told, n, after)
	for _, w := range rows {
		if !q.seen[w.Item] {
			q.seen[w.Item] = true
			q.found = append(q.found, w)
			added++
		}
	}
	return added, err
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

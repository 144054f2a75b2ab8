package catalogue

import (
	"context"
	"maps"
	"path"
	"slices"

	"homeroll/store/media"
)

// Unread returns up to limit items held here whose bytes or names are to be
// read, from the first after that row (0 = from the start).
func (c *Catalogue) Unread(ctx context.Context, after int64, limit int) ([]Pending, error) {
	return list(ctx, c.readers, scanPending, `SELECT id, hash, size, pending FROM item
		WHERE holders & 1 = 1 AND pending & 3 != 0 AND id>? ORDER BY id LIMIT ?`, after, limit)
}

// Unseen returns up to limit items held here that were read, and whose pixels
// are to be looked at, from the first after that row.
func (c *Catalogue) Unseen(ctx context.Context, after int64, limit int) ([]Pending, error) {
	return list(ctx, c.readers, scanPending, `SELECT id, hash, size, pending FROM item
		WHERE holders & 1 = 1 AND pending = 4 AND id>? ORDER BY id LIMIT ?`, after, limit)
}

// Strange returns up to limit items that only other devices hold and that have no
// place in the timeline yet, or whose names have changed, from the first after
// that row. Read: nothing but names is known of it.
func (c *Catalogue) Strange(ctx context.Context, after int64, limit int) ([]Pending, error) {
	return list(ctx, c.readers, func(r scanner) (p Pending, err error) {
		var hash []byte
		err = r.Scan(&p.Row, &hash, &p.Item.Size, &p.Read)
		copy(p.Item.ID[:], hash)
		return p, err
	}, `SELECT i.id, i.hash, i.size, coalesce(p.lent=1, 1) FROM item i LEFT JOIN picture p ON p.item=i.id
		WHERE i.holders & 1 = 0 AND i.holders != 0 AND i.pending & 2 != 0 AND i.id>? ORDER BY i.id LIMIT ?`, after, limit)
}

// StrangeItem returns the item of a hash that only other devices hold, and false if
// there is none.
func (c *Catalogue) StrangeItem(ctx context.Context, id media.ID) (Pending, bool, error) {
	return one(ctx, c.readers, scanPending, `SELECT id, hash, size, pending FROM item WHERE hash=? AND holders & 1 = 0 AND holders != 0
		ORDER BY names DESC LIMIT 1`, id[:])
}

// OwnRead returns what was read here of an item, and false if nothing was.
func (c *Catalogue) OwnRead(ctx context.Context, id media.ID) (Read, bool, error) {
	row, ok, err := one(ctx, c.readers, scanPictureRow, selectPicture+` WHERE i.hash=? AND p.lent=0`, id[:])
	if err != nil || !ok {
		return Read{}, false, err
	}
	row.picture.Taken = row.said
	return Read{Row: row.id, Item: row.item, Picture: &row.picture, Sidecar: row.sidecar, Title: row.title}, true, nil
}

// PendingOf returns what is to be read of one item, and false if nothing is.
func (c *Catalogue) PendingOf(ctx context.Context, it media.Item) (Pending, bool, error) {
	return one(ctx, c.readers, scanPending, `SELECT id, hash, size, pending FROM item
		WHERE hash=? AND size=? AND holders & 1 = 1 AND pending & 3 != 0`, it.ID[:], it.Size)
}

func scanPending(r scanner) (p Pending, err error) {
	var hash []byte
	var pending int
	err = r.Scan(&p.Row, &hash, &p.Item.Size, &pending)
	copy(p.Item.ID[:], hash)
	p.Read = pending&1 != 0
	return p, err
}

// Notes returns up to limit items that cannot be shown, from the first after
// that row.
func (c *Catalogue) Notes(ctx context.Context, after int64, limit int) ([]Noted, error) {
	return list(ctx, c.readers, func(r scanner) (n Noted, err error) {
		var hash []byte
		var at int64
		err = r.Scan(&n.Row, &hash, &n.Item.Size, &n.Type, &n.Note, &at)
		copy(n.Item.ID[:], hash)
		n.At = stamp{sec: at}.time()
		return n, err
	}, `SELECT p.item, i.hash, i.size, coalesce(w.text, ''), p.note, p.noted FROM picture p JOIN item i ON i.id=p.item LEFT JOIN word w ON w.id=p.type
		WHERE p.note != 0 AND p.item>? ORDER BY p.item LIMIT ?`, after, limit)
}

// CountNotes counts the items that cannot be shown.
func (c *Catalogue) CountNotes(ctx context.Context) (int64, error) {
	n, _, err := one(ctx, c.readers, scanInt, `SELECT count(*) FROM picture WHERE note != 0`)
	return n, err
}

// againBatch is how many items are marked in one transaction.
const againBatch = 20_000

// SetReaders has everything read again that other versions have read. A crash
// in between has it done anew.
func (c *Catalogue) SetReaders(ctx context.Context, now Readers) error {
	was, known, err := one(ctx, c.readers, func(r scanner) (v Readers, err error) {
		err = r.Scan(&v.Read, &v.Look)
		return v, err
	}, `SELECT read, look FROM reader`)
	if err != nil || known && was == now {
		return err
	}
	again := 0
	if known && was.Read != now.Read {
		again |= 3
	}
	if known && was.Look != now.Look {
		again |= 4
	}
	for last := int64(0); again != 0; {
		var ids []int64
		err := c.change(ctx, relaxed, func(w *work) {
			ids = rowsOf(w, scanInt, `SELECT item FROM picture WHERE item>? ORDER BY item LIMIT ?`, last, againBatch)
			if len(ids) > 0 {
				w.exec(`UPDATE item SET pending=pending|? WHERE id>? AND id<=? AND holders & 1 = 1`, again, last, ids[len(ids)-1])
			}
		})
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			break
		}
		last = ids[len(ids)-1]
	}
	return c.change(ctx, relaxed, func(w *work) {
		w.exec(`INSERT INTO reader (id, read, look) VALUES (1,?,?) ON CONFLICT DO UPDATE SET read=excluded.read, look=excluded.look`, now.Read, now.Look)
	})
}

// maxBeside bounds the files that PendingBeside looks at beside one file.
const maxBeside = 100

// PendingBeside returns what is to be read of an item and of those whose files
// lie beside its own under the same stem.
func (c *Catalogue) PendingBeside(ctx context.Context, it media.Item, stem func(base string) string) ([]Pending, error) {
	all := map[int64]Pending{}
	own, ok, err := c.PendingOf(ctx, it)
	if err != nil {
		return nil, err
	}
	if ok {
		all[own.Row] = own
	}
	files, err := list(ctx, c.readers, scanPlace, `SELECT f.folder, f.path FROM item i JOIN file f ON f.item=i.id WHERE i.hash=? AND i.size=? LIMIT ?`, it.ID[:], it.Size, maxFiles)
	if err != nil {
		return nil, err
	}
	vault, err := list(ctx, c.readers, scanPlace, `SELECT 0, v.path FROM item i JOIN vault_file v ON v.item=i.id WHERE i.hash=? AND i.size=? LIMIT ?`, it.ID[:], it.Size, maxFiles)
	if err != nil {
		return nil, err
	}
	for _, at := range append(files, vault...) {
		if err := c.pendingBeside(ctx, at, stem, all); err != nil {
			return nil, err
		}
	}
	return slices.Collect(maps.Values(all)), nil
}

// filePlace is where a file lies: a row of folder, or 0 for the vault, and a path.
type filePlace struct {
	folder int64
	path   string
}

func scanPlace(r scanner) (p filePlace, err error) {
	err = r.Scan(&p.folder, &p.path)
	return p, err
}

// pendingBeside looks at the files whose paths begin as this one does. What is
// written in other case is left to be read in its turn.
func (c *Catalogue) pendingBeside(ctx context.Context, at filePlace, stem func(string) string, into map[int64]Pending) error {
	base := path.Base(at.path)
	dir, same := at.path[:len(at.path)-len(base)], stem(base)
	first := dir + base[:min(len(same), len(base))]
	query, args := `FROM file f JOIN item i ON i.id=f.item WHERE f.folder=? AND f.path>=? AND f.path<?`, []any{at.folder}
	if at.folder == 0 {
		query, args = `FROM vault_file f JOIN item i ON i.id=f.item WHERE f.path>=? AND f.path<?`, nil
	}
	args = append(args, []byte(first), []byte(first+"\xff"), maxBeside)
	type beside struct {
		Pending
		path string
	}
	found, err := list(ctx, c.readers, func(r scanner) (b beside, err error) {
		b.Pending, err = scanPending(behind{r, []any{&b.path}})
		return b, err
	}, `SELECT f.path, i.id, i.hash, i.size, i.pending `+query+` AND i.holders & 1 = 1 AND i.pending & 3 != 0 LIMIT ?`, args...)
	for _, b := range found {
		if name := path.Base(b.path); b.path == dir+name && stem(name) == same {
			into[b.Row] = b.Pending
		}
	}
	return err
}

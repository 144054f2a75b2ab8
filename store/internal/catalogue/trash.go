package catalogue

import (
	"context"
	"math"
	"strings"
	"time"

	"homeroll/store/media"
)

// Trashed is an item in the trash.
type Trashed struct {
	ID    media.ID
	Size  int64     // 0 = not known here
	Since time.Time // when this device learned of it
	Own   int64     // files of it in this device's folders
	Vault int64     // and in its vault, wherever there
}

// Trash returns up to limit items in the trash, the latest first, and how many there
// are in all.
func (c *Catalogue) Trash(ctx context.Context, limit int) (all []Trashed, total int64, err error) {
	total, _, err = one(ctx, c.readers, scanInt, `SELECT count(*) FROM said WHERE trashed=1 AND hash > x''`)
	if err != nil {
		return nil, 0, err
	}
	all, err = list(ctx, c.readers, func(r scanner) (t Trashed, err error) {
		var hash []byte
		var since int64
		err = r.Scan(&hash, &since, &t.Size, &t.Own, &t.Vault)
		copy(t.ID[:], hash)
		t.Since = stamp{sec: since}.time()
		return t, err
	}, `SELECT s.hash, s.since, coalesce(i.size, 0), coalesce(i.own, 0), coalesce(i.vault, 0) FROM said s LEFT JOIN item i ON i.hash=s.hash
		WHERE s.trashed=1 AND s.hash > x'' ORDER BY s.since DESC, s.hash LIMIT ?`, limit)
	return all, total, err
}

// Trashed reports whether an item is in the trash.
func (c *Catalogue) Trashed(ctx context.Context, id media.ID) (bool, error) {
	_, ok, err := one(ctx, c.readers, scanInt, `SELECT 1 FROM said WHERE hash=? AND trashed=1`, id[:])
	return ok, err
}

// Walking reports whether a member's manifest is being walked: what its marks say is
// not all there.
func (c *Catalogue) Walking() bool {
	s := c.state.Load()
	return s.walked() != 1<<len(s.authors)-1
}

// Trashings counts, in this run, what may have made ToTrash or FromTrash find more.
func (c *Catalogue) Trashings() uint64 { return c.trashings.Load() }

// selectTrashedFile is selectVaultFile from the items that are trashed on: the planner
// would read every vault file.
var selectTrashedFile = strings.Replace(selectVaultFile, `FROM vault_file v JOIN origin o ON o.id=v.origin JOIN item i ON i.id=v.item`,
	`FROM item i INDEXED BY item_trashed CROSS JOIN vault_file v ON v.item=i.id JOIN origin o ON o.id=v.origin`, 1)

// below are the bounds of the paths below a directory of the vault.
func below(dir string) (from, to []byte) { return []byte(dir + "/"), []byte(dir + "0") }

// ToTrash returns up to limit vault files of trashed items that do not lie below a
// directory, from the first after that row (0 = from the start).
func (c *Catalogue) ToTrash(ctx context.Context, dir string, after int64, limit int) ([]Displaced, error) {
	from, to := below(dir)
	return list(ctx, c.readers, scanDisplaced, selectTrashedFile+` WHERE i.trashed=1 AND i.id>0 AND NOT (v.path>=? AND v.path<?) AND v.id>? ORDER BY v.id LIMIT ?`, from, to, after, limit)
}

// FromTrash returns up to limit vault files below a directory whose items are in the
// trash no more, from the first after that row. Those whose names stand for other
// content are Displaced.
func (c *Catalogue) FromTrash(ctx context.Context, dir string, after int64, limit int) ([]Displaced, error) {
	from, to := below(dir)
	return list(ctx, c.readers, scanDisplaced, selectVaultFile+` WHERE v.path>=? AND v.path<? AND i.trashed=0 AND v.displaced=0 AND v.id>? ORDER BY v.id LIMIT ?`, from, to, after, limit)
}

// Emptied is what DropTrash has taken out of the records.
type Emptied struct {
	Paths []string
	Count Count // files and their bytes
}

// DropTrash withdraws up to limit vault files below a directory whose items are in
// the trash, and are known to be since then or longer. Only after that may their
// bytes be removed.
func (c *Catalogue) DropTrash(ctx context.Context, dir string, since time.Time, limit int) (gone Emptied, err error) {
	from, to := below(dir)
	at := int64(math.MaxInt64)
	if !since.IsZero() {
		at = since.Unix()
	}
	const query = selectVaultFile + ` JOIN said s ON s.hash=i.hash WHERE v.path>=? AND v.path<? AND i.trashed=1 AND s.trashed=1 AND s.since<=? ORDER BY v.path LIMIT ?`
	if some, err := list(ctx, c.readers, scanVaultFile, query, from, to, at, 1); err != nil || len(some) == 0 {
		return gone, err
	}
	err = c.change(ctx, durable, func(w *work) {
		gone = Emptied{}
		for _, v := range rowsOf(w, scanVaultFile, query, from, to, at, limit) {
			w.dropVaultFile(v.Path)
			gone.Paths = append(gone.Paths, v.Path)
			gone.Count = gone.Count.add(1, v.Item.Size)
		}
	})
	return gone, err
}

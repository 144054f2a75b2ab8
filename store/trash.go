package store

import (
	"context"
	"time"

	"homeroll/store/media"
)

// Trashed is an item in the trash of the home.
type Trashed struct {
	ID       media.ID
	Size     int64     // bytes; 0 = not known here
	Since    time.Time // when this device learned of it
	Purge    time.Time // when this device deletes what its vault has of it; zero = it has nothing, or keeps it
	InVault  bool      // this device's vault has it
	InFolder bool      // a folder of this device has it: there it stays
	Names    []NameInfo
}

// Trash puts pictures, with all that is one picture with them, into the trash of every
// device: they are shown, counted and fetched no more, and copies in vaults move to
// .trash. Files in folders stay as they are. Reports how many items that were.
func (s *Store) Trash(ctx context.Context, ids []media.ID) (int, error) {
	if err := s.knownItems(ctx, ids); err != nil {
		return 0, err
	}
	return s.setTrashed(ctx, ids, true)
}

// Restore takes pictures, with all that is one picture with them, out of the trash.
// What was deleted there comes back from devices that still hold it.
func (s *Store) Restore(ctx context.Context, ids []media.ID) (int, error) {
	return s.setTrashed(ctx, ids, false)
}

func (s *Store) setTrashed(ctx context.Context, ids []media.ID, on bool) (int, error) {
	all := map[media.ID]bool{}
	var marks []media.Mark
	for _, id := range ids {
		together, err := s.cat.Together(ctx, id)
		if err != nil {
			return 0, err
		}
		for _, id := range together {
			if !all[id] {
				all[id] = true
				marks = append(marks, media.Mark{About: media.AboutTrash, Item: id, On: on})
			}
		}
	}
	err := s.say(ctx, marks...)
	s.trash.wake()
	return len(marks), err
}

// IsTrashed reports whether an item is in the trash.
func (s *Store) IsTrashed(ctx context.Context, id media.ID) (bool, error) {
	return s.cat.Trashed(ctx, id)
}

// maxTrash bounds what Trashed returns, and trashNames the names of each.
const (
	maxTrash   = 10_000
	trashNames = 10
)

// Trashed returns what is in the trash, the latest first, at most 10,000 items, and
// how many there are.
func (s *Store) Trashed(ctx context.Context) ([]Trashed, int64, error) {
	found, total, err := s.cat.Trash(ctx, maxTrash)
	all := make([]Trashed, 0, len(found))
	for _, f := range found {
		t := Trashed{ID: f.ID, Size: f.Size, Since: f.Since, InVault: f.Vault > 0, InFolder: f.Own > 0}
		if t.InVault && s.cfg.TrashKeep > 0 {
			t.Purge = f.Since.Add(s.cfg.TrashKeep)
		}
		names, err := s.cat.NamesOf(ctx, media.Item{ID: f.ID, Size: f.Size})
		if err != nil {
			return nil, 0, err
		}
		for _, n := range names[:min(len(names), trashNames)] {
			t.Names = append(t.Names, NameInfo{Device: n.Device, Folder: n.Label, Path: n.Path, MTime: n.MTime, Kept: n.Kept})
		}
		all = append(all, t)
	}
	return all, total, err
}

// EmptyTrash deletes what this device's vault has in the trash, at once and for
// good, and returns how many files that were, and their bytes.
func (s *Store) EmptyTrash(ctx context.Context) (Count, error) {
	if !s.vaultHere() {
		return Count{}, ErrVaultMissing
	}
	if s.VaultBusy() {
		return Count{}, ErrVaultBusy
	}
	if _, err := s.trash.move(ctx); err != nil { // what was trashed a moment ago, too
		return Count{}, err
	}
	n, err := s.trash.purge(ctx, time.Time{})
	return Count(n), err
}

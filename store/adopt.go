package store

import (
	"context"
	"os"
	"slices"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/disk"
	"homeroll/store/internal/vault"
	"homeroll/store/internal/volume"
	"homeroll/store/media"
)

// adoptAtOnce bounds what is hashed before the store opens, in bytes; more than
// that is no batch that a crash interrupted, and can wait.
const adoptAtOnce = 8 << 30

// adoptLatest records what the last batches before a crash did to the vault and
// did not come to record: files that have no row, or the row of what had their
// name before. So nothing is fetched again, and no file is taken for another.
func (s *Store) adoptLatest(ctx context.Context) error {
	lines, err := s.vault().LatestNames(2 * commitBatch)
	if err != nil {
		return err
	}
	change := catalogue.VaultChanges{Outlines: map[media.ID]media.Outline{}}
	budget := int64(adoptAtOnce)
	var doubles []string
	for _, l := range slices.Backward(lines) {
		if l.Path == "" || l.Noted || l.Item.Size > budget {
			continue
		}
		if row, ok, err := s.cat.VaultFile(ctx, l.Path); err != nil || ok && row.Item == l.Item {
			if err != nil {
				return err
			}
			continue
		}
		file, outline, ok, err := s.find(ctx, l)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		budget -= l.Item.Size
		change.Put = append(change.Put, file)
		change.Outlines[l.Item.ID] = outline
		if doubles, err = s.halfRenamed(ctx, file, doubles); err != nil {
			return err
		}
	}
	change.Drop = doubles
	if len(change.Put) == 0 {
		return nil
	}
	s.log.Info("adopt vault files", "files", len(change.Put))
	if err := s.cat.ChangeVault(ctx, change); err != nil {
		return err
	}
	for _, p := range doubles {
		s.vault().Forget(p)
	}
	return nil
}

// halfRenamed adds the path that a file had before it got its name, where a crash
// came after the new entry was durable and before the old one was gone. That one
// leads to the same file, and nobody names it any more.
func (s *Store) halfRenamed(ctx context.Context, f catalogue.VaultFile, to []string) ([]string, error) {
	stale, err := s.cat.Stale(ctx, f.Item)
	if err != nil {
		return nil, err
	}
	now, err := s.vault().Lstat(f.Path)
	if err != nil {
		return to, nil //nolint:nilerr // nothing is removed for a file that is not there
	}
	if to, err = s.renamed(ctx, f, to); err != nil {
		return nil, err
	}
	for _, old := range stale {
		if volume.Fold(old.Path) == volume.Fold(f.Path) {
			continue // perhaps another spelling of one name
		}
		fi, err := s.vault().Lstat(old.Path)
		if err == nil && os.SameFile(fi, now) && disk.Links(fi) > 1 {
			to = append(to, old.Path)
		}
	}
	return to, nil
}

// renamed adds the paths under which the file of this very name was on record, and
// is no more.
func (s *Store) renamed(ctx context.Context, f catalogue.VaultFile, to []string) ([]string, error) {
	files, err := s.cat.VaultFilesOf(ctx, f.Item)
	for _, old := range files {
		if old.Path == f.Path || !sameName(old, f) {
			continue
		}
		if _, err := s.vault().Lstat(old.Path); err != nil && isGone(err) {
			to = append(to, old.Path)
		}
	}
	return to, err
}

// adoptLine records the file of a line if it is there, whole, and has no row.
func (s *Store) adoptLine(ctx context.Context, l vault.Line) (bool, error) {
	file, outline, ok, err := s.find(ctx, l)
	if err != nil || !ok {
		return false, err
	}
	s.placing.Lock()
	defer s.placing.Unlock()
	if _, ok, err := s.cat.VaultFile(ctx, l.Path); ok || err != nil {
		return ok, err
	}
	s.log.Info("adopt vault file", "item", l.Item.ID)
	return true, s.cat.ChangeVault(ctx, catalogue.VaultChanges{
		Put: []catalogue.VaultFile{file}, Outlines: map[media.ID]media.Outline{l.Item.ID: outline},
	})
}

// find reports whether the file of a line is there and whole, and makes it
// durable. It is hashed.
func (s *Store) find(ctx context.Context, l vault.Line) (catalogue.VaultFile, media.Outline, bool, error) {
	file := catalogue.VaultFile{
		Path: l.Path, Item: l.Item, MTime: l.MTime, Origin: l.Device, Folder: l.Folder, Label: l.Label, Name: l.Name,
		Version: l.Version, Verified: time.Now(),
	}
	if l.Noted {
		return file, nil, false, nil // the file there has another name
	}
	if fi, err := s.vault().Lstat(l.Path); err != nil || !fi.Mode().IsRegular() || fi.Size() != l.Item.Size {
		return file, nil, false, nil //nolint:nilerr // what cannot be seen is not found
	}
	got, outline, err := s.hashVaultFile(ctx, l.Path)
	if err != nil || got != l.Item {
		return file, nil, false, ctx.Err()
	}
	return file, outline, true, s.vault().Settle(l.Path)
}

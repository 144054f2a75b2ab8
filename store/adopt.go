package store

import (
	"context"
	"slices"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/vault"
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
		if ok {
			budget -= l.Item.Size
			change.Put = append(change.Put, file)
			change.Outlines[l.Item.ID] = outline
		}
	}
	if len(change.Put) == 0 {
		return nil
	}
	s.log.Info("adopt vault files", "files", len(change.Put))
	return s.cat.ChangeVault(ctx, change)
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

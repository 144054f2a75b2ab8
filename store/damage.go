package store

import (
	"context"
	"fmt"
	"io/fs"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/vault"
	"homeroll/store/media"
)

// markFile records that a file of a watched folder is, or is no longer, damaged.
// Nothing is written to the file.
func (s *Store) markFile(ctx context.Context, file catalogue.File, damaged bool) error {
	now, ok, err := s.cat.File(ctx, catalogue.FileKey{Folder: file.Folder, Path: file.Path})
	if err != nil || !ok || now.Item != file.Item || !now.MTime.Equal(file.MTime) {
		return err
	}
	now.Damaged = damaged
	if err := s.cat.ChangeFiles(ctx, catalogue.Changes{Put: []catalogue.File{now}}); err != nil {
		return fmt.Errorf("record damage: %w", err)
	}
	if abs := s.absOf(file.Folder, file.Path); damaged {
		s.log.Error("file is damaged: its bytes have changed, and nobody wrote to it", "path", abs, "item", file.Item.ID)
		s.raiseDamaged(abs, file.Item, true)
	} else {
		s.problems.clear(abs)
	}
	return nil
}

// markVaultFile does the same for a file of the vault, unless it has changed
// since it was seen. A damaged one stays until a whole one takes its name.
func (s *Store) markVaultFile(ctx context.Context, f catalogue.VaultFile, seen fs.FileInfo, damaged bool) error {
	s.placing.Lock()
	defer s.placing.Unlock()
	if still, err := s.stillSo(ctx, f, seen); !still || err != nil {
		return err
	}
	f.Damaged = damaged
	if err := s.cat.ChangeVault(ctx, catalogue.VaultChanges{Put: []catalogue.VaultFile{f}}); err != nil {
		return fmt.Errorf("record damage: %w", err)
	}
	if abs := s.vault().Abs(f.Path); damaged {
		s.log.Error("vault file is damaged: its bytes have changed, and nobody wrote to it", "path", abs, "item", f.Item.ID)
		s.raiseDamaged(abs, f.Item, false)
	} else {
		s.problems.clear(abs)
	}
	return nil
}

// adoptDamaged records a file that has size and time of its line, but other bytes.
func (s *Store) adoptDamaged(ctx context.Context, l vault.Line) error {
	s.placing.Lock()
	defer s.placing.Unlock()
	f := fileOfLine(l)
	fi, err := s.vault().Lstat(l.Path)
	if err != nil || !s.asRecorded(ctx, f, fi) {
		return nil // gone meanwhile
	}
	if _, ok, err := s.cat.VaultFile(ctx, l.Path); ok || err != nil {
		return err
	}
	f.Damaged = true
	if err := s.cat.ChangeVault(ctx, catalogue.VaultChanges{Put: []catalogue.VaultFile{f}}); err != nil {
		return fmt.Errorf("record damage: %w", err)
	}
	s.log.Error("vault file is damaged: its bytes are not those that were received", "path", s.vault().Abs(l.Path), "item", l.Item.ID)
	s.raiseDamaged(s.vault().Abs(l.Path), l.Item, false)
	return nil
}

func (s *Store) raiseDamaged(abs string, it media.Item, own bool) {
	p := Problem{
		Path: abs, Item: it.ID, Reason: ReasonDamaged,
		Detail: "its bytes have changed although nobody wrote to it: the disk, its cable or the memory is failing",
		Hint: "it is fetched again as soon as a device that holds it is there (homeroll copies shows which); if none does, " +
			"restore it from another backup; check the disk",
	}
	if own {
		p.Hint = "a whole copy is fetched into the vault from another device that holds it (homeroll copies shows where): " +
			"put it in the place of this one, and check the disk"
	}
	s.problems.raise(p)
}

// maxDamages bounds how many damaged files are listed.
const maxDamages = 10000

// Damages returns the files that are known to be damaged, at most 10,000 of folders and of the
// vault each, in the order of being found.
func (s *Store) Damages(ctx context.Context) ([]Damage, error) {
	var all []Damage
	files, err := s.cat.DamagedFiles(ctx, maxDamages)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		all = append(all, Damage{Path: s.absOf(f.Folder, f.Path), Item: f.Item, Reason: ReasonDamaged, Own: true})
	}
	vaultFiles, err := s.cat.DamagedVaultFiles(ctx, maxDamages)
	for _, f := range vaultFiles {
		all = append(all, Damage{Path: s.vault().Abs(f.Path), Item: f.Item, Reason: ReasonDamaged})
	}
	return all, err
}

// recallDamages raises the problems of vault files that an earlier run found damaged.
func (s *Store) recallDamages(ctx context.Context) error {
	files, err := s.cat.DamagedVaultFiles(ctx, maxDamages)
	for _, file := range files {
		s.raiseDamaged(s.vault().Abs(file.Path), file.Item, false)
	}
	return err
}

// recallDamages does the same for the folder's files. Until a folder is watched, nobody knows where it is.
func (f *folder) recallDamages(ctx context.Context) error {
	files, err := f.s.cat.DamagedFiles(ctx, maxDamages)
	if err != nil {
		return fmt.Errorf("recall damages of %s: %w", f.path, err)
	}
	for _, file := range files {
		if file.Folder == f.id {
			f.s.raiseDamaged(f.abs(file.Path), file.Item, true)
		}
	}
	return nil
}

package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/vault"
	"homeroll/store/internal/volume"
)

// checkVault compares the vault's files with the records: at the start, every
// Config.Rescan, and single files when they look changed.
func (s *Store) checkVault(ctx context.Context) {
	s.tidyPartials(ctx)
	ticker := time.NewTicker(s.cfg.Rescan)
	defer ticker.Stop()
	for {
		if err := s.comparePass(ctx); err == nil {
			s.compared.Store(true)
		} else if ctx.Err() == nil && !errors.Is(err, ErrVaultMissing) { // a problem says so
			s.log.Error("check vault", "err", err)
		}
	wait:
		for {
			select {
			case <-ticker.C:
				s.tidyPartials(ctx)
				break wait
			case <-s.incoming.many:
				s.tidyPartials(ctx)
			case <-s.vaultBack:
				break wait
			case p := <-s.recheck:
				if err := s.recheckFile(ctx, p); err != nil && ctx.Err() == nil {
					s.log.Error("check vault file", "path", p, "err", err)
				}
			case <-ctx.Done():
				return
			}
		}
	}
}

// suspect asks for a vault file to be looked at.
func (s *Store) suspect(p string) {
	select {
	case s.recheck <- p:
	default: // the next pass finds it
	}
}

// lookAgain asks for a file of a folder to be looked at.
func (s *Store) lookAgain(f catalogue.File) {
	for _, w := range s.watched() {
		if w.id == f.Folder {
			w.look(f.Path)
		}
	}
}

// comparePass stats every file of the vault. Files without a row are adopted if
// the names log knows them; rows without their file go.
func (s *Store) comparePass(ctx context.Context) error {
	if err := s.regainVault(ctx); err != nil {
		return err
	}
	orphans, err := s.findOrphans(ctx)
	if err != nil {
		return err
	}
	if err := s.adopt(ctx, orphans); err != nil {
		return err
	}
	var gone []string
	err = s.eachVaultFile(ctx, func(f catalogue.VaultFile) error {
		fi, err := s.vault().Lstat(f.Path)
		if err != nil && isGone(err) {
			gone = append(gone, f.Path)
			return ctx.Err()
		}
		if err == nil && s.asRecorded(ctx, f, fi) {
			return ctx.Err()
		}
		return errors.Join(ctx.Err(), s.recheckFile(ctx, f.Path))
	})
	if err != nil {
		return err
	}
	return s.judgeLoss(ctx, gone)
}

// eachVaultFile calls yield for every row, in pages.
func (s *Store) eachVaultFile(ctx context.Context, yield func(catalogue.VaultFile) error) error {
	for after := ""; ; {
		page, err := s.cat.VaultFiles(ctx, after, pageSize)
		if err != nil {
			return err
		}
		for _, f := range page {
			if err := yield(f); err != nil {
				return err
			}
		}
		if len(page) < pageSize {
			return nil
		}
		after = page[len(page)-1].Path
	}
}

// adopt records orphans that are what the names log says of them. Where spelling
// does not matter, they are keyed by their folded paths.
func (s *Store) adopt(ctx context.Context, orphans map[string]bool) error {
	if len(orphans) == 0 {
		return nil
	}
	traits := s.vault().Traits()
	notes, other, differs := newNoteBook(), map[string]vault.Line{}, map[string]vault.Line{}
	adopt := func(found string, l vault.Line) error {
		adopted, err := s.adoptLine(ctx, l)
		if adopted {
			delete(orphans, found)
		}
		return err
	}
	err := s.vault().Names(func(l vault.Line) error {
		notes.read(l)
		found := l.Path
		if traits.Folds() {
			found = volume.Fold(found)
		}
		if l.Path == "" || l.Noted || !orphans[found] {
			return ctx.Err()
		}
		if fi, err := s.vault().Lstat(l.Path); err != nil || !traits.SameTime(l.MTime, fi.ModTime()) {
			other[found] = l // the latest, if none has the file's time
			return ctx.Err()
		}
		differs[found] = l // unless it is adopted, by this line or another one
		return adopt(found, l)
	})
	for found, l := range other {
		if err == nil && orphans[found] {
			err = adopt(found, l)
		}
	}
	for found, l := range differs {
		if err == nil && orphans[found] {
			err = s.adoptDamaged(ctx, l)
		}
	}
	if err != nil || !s.replaying {
		return err
	}
	return s.adoptNotes(ctx, notes)
}

// recheckFile decides about one recorded file that does not look as recorded.
// Changed bytes stay where they are, as whoever changed them left them; they
// are only no longer counted as the item. Bytes that changed without a trace of
// somebody are damage, which is not forgotten before a whole copy is there.
func (s *Store) recheckFile(ctx context.Context, p string) error { return s.recheckRow(ctx, p, false) }

// recheckRow does so. judged says that a loss has been found small enough.
func (s *Store) recheckRow(ctx context.Context, p string, judged bool) error {
	f, ok, err := s.cat.VaultFile(ctx, p)
	if err != nil || !ok {
		return err
	}
	if !s.vaultHere() {
		return ErrVaultMissing
	}
	before, statErr := s.vault().Lstat(p)
	switch {
	case statErr != nil && !isGone(statErr):
		s.problems.raise(readProblem(s.vault().Abs(p), statErr))
		return nil
	case statErr == nil && before.Mode().IsRegular() && before.Size() == f.Item.Size:
		s.log.Info("vault file looks changed and is read", "item", f.Item.ID, "recorded", f.MTime, "found", before.ModTime())
		got, _, err := s.hashVaultFile(ctx, p)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			s.problems.raise(readProblem(s.vault().Abs(p), err))
			return nil
		}
		if got == f.Item {
			return s.retouch(ctx, f, before)
		}
		if s.asRecorded(ctx, f, before) {
			return s.markVaultFile(ctx, f, before, true)
		}
	}
	if statErr != nil && !judged {
		if may, err := s.mayLose(ctx); !may || err != nil {
			return err
		}
	}
	return s.withdraw(ctx, f, before)
}

// retouch gives a file its recorded time back, if nothing else has changed.
func (s *Store) retouch(ctx context.Context, f catalogue.VaultFile, seen fs.FileInfo) error {
	s.problems.clear(s.vault().Abs(f.Path))
	if f.Damaged {
		if err := s.markVaultFile(ctx, f, seen, false); err != nil {
			return err
		}
	}
	if s.asRecorded(ctx, f, seen) {
		return nil
	}
	s.placing.Lock()
	defer s.placing.Unlock()
	if still, err := s.stillSo(ctx, f, seen); !still || err != nil {
		return err
	}
	return s.giveTime(ctx, f)
}

// withdraw drops the row of a file that is gone or changed.
func (s *Store) withdraw(ctx context.Context, f catalogue.VaultFile, seen fs.FileInfo) error {
	s.placing.Lock()
	defer s.placing.Unlock()
	if still, err := s.stillSo(ctx, f, seen); !still || err != nil {
		return err
	}
	if !s.vaultHere() {
		return ErrVaultMissing
	}
	s.log.Warn("vault file is not what it was; its item is no longer counted as held here", "item", f.Item.ID, "gone", seen == nil)
	s.problems.clear(s.vault().Abs(f.Path))
	return s.cat.ChangeVault(ctx, catalogue.VaultChanges{Drop: []string{f.Path}})
}

// stillSo reports whether a row and its file are as they were seen before they
// were hashed.
func (s *Store) stillSo(ctx context.Context, f catalogue.VaultFile, seen fs.FileInfo) (bool, error) {
	row, ok, err := s.cat.VaultFile(ctx, f.Path)
	if err != nil || !ok || row.Item != f.Item || !row.MTime.Equal(f.MTime) {
		return false, err
	}
	now, err := s.vault().Lstat(f.Path)
	if seen == nil {
		return err != nil && isGone(err), nil
	}
	return err == nil && now.Size() == seen.Size() && now.ModTime().Equal(seen.ModTime()) && os.SameFile(now, seen), nil
}

package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/vault"
	"homeroll/store/media"
)

// checkVault compares the vault's files with the records: at the start, every
// Config.Rescan, and single files when they look changed.
func (s *Store) checkVault(ctx context.Context) {
	if !s.replaying {
		s.dropStalePartials(ctx)
	}
	ticker := time.NewTicker(s.cfg.Rescan)
	defer ticker.Stop()
	for {
		if err := s.comparePass(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("check vault", "err", err)
		}
	wait:
		for {
			select {
			case <-ticker.C:
				break wait
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
	if !vaultIsThere(s.vault().Dir()) {
		return fmt.Errorf("%w: %s has no marker any more; nothing is concluded", ErrVaultMissing, s.vault().Dir())
	}
	orphans, err := s.findOrphans(ctx)
	if err != nil {
		return err
	}
	if err := s.adopt(ctx, orphans); err != nil {
		return err
	}
	return s.eachVaultFile(ctx, func(f catalogue.VaultFile) error {
		fi, err := s.vault().Lstat(f.Path)
		if err == nil && sameVaultFile(f, fi) {
			return ctx.Err()
		}
		return errors.Join(ctx.Err(), s.recheckFile(ctx, f.Path))
	})
}

// sameVaultFile reports whether a file is as it was recorded. Filesystems that
// keep times in steps of two seconds are believed.
func sameVaultFile(f catalogue.VaultFile, fi fs.FileInfo) bool {
	if !fi.Mode().IsRegular() || fi.Size() != f.Item.Size {
		return false
	}
	now := fi.ModTime()
	if now.Equal(f.MTime) {
		return true
	}
	coarse := now.Nanosecond() == 0 || now.Nanosecond()%int(10*time.Millisecond) == 0
	return (coarse && now.Sub(f.MTime).Abs() <= 2*time.Second) || now.Sub(f.MTime).Abs() < time.Microsecond
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

// findOrphans returns the files of the vault that have no row. Only those that
// the names log knows are ours; the others belong to whoever put them there.
func (s *Store) findOrphans(ctx context.Context) (map[string]bool, error) {
	orphans := map[string]bool{}
	root := s.vault().Dir()
	err := fs.WalkDir(os.DirFS(root), ".", func(p string, e fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			s.log.Debug("read vault directory", "err", err) // its rows are looked at one by one
			return nil
		case e.IsDir():
			if p == ".homeroll" {
				return fs.SkipDir
			}
			return nil
		case !e.Type().IsRegular() || !strings.Contains(p, "/"):
			return nil
		}
		_, ok, err := s.cat.VaultFile(ctx, p)
		if !ok && err == nil {
			orphans[p] = true
		}
		return err
	})
	return orphans, err
}

// adopt records orphans that are what the names log says of them.
func (s *Store) adopt(ctx context.Context, orphans map[string]bool) error {
	if len(orphans) == 0 {
		return nil
	}
	return s.vault().Names(func(l vault.Line) error {
		if l.Path == "" || !orphans[l.Path] {
			return ctx.Err()
		}
		adopted, err := s.adoptLine(ctx, l)
		if adopted {
			delete(orphans, l.Path)
		}
		return err
	})
}

// recheckFile decides about one recorded file that does not look as recorded.
// Changed bytes stay where they are, as whoever changed them left them; they
// are only no longer counted as the item.
func (s *Store) recheckFile(ctx context.Context, p string) error {
	f, ok, err := s.cat.VaultFile(ctx, p)
	if err != nil || !ok {
		return err
	}
	before, statErr := s.vault().Lstat(p)
	switch {
	case statErr != nil && !isGone(statErr):
		s.problems.raise(readProblem(s.vault().Abs(p), statErr))
		return nil
	case statErr == nil && before.Mode().IsRegular() && before.Size() == f.Item.Size:
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
	}
	return s.withdraw(ctx, f, before)
}

// retouch gives a file its recorded time back, if nothing else has changed.
func (s *Store) retouch(ctx context.Context, f catalogue.VaultFile, seen fs.FileInfo) error {
	s.problems.clear(s.vault().Abs(f.Path))
	if sameVaultFile(f, seen) {
		return nil
	}
	s.placing.Lock()
	defer s.placing.Unlock()
	if still, err := s.stillSo(ctx, f, seen); !still || err != nil {
		return err
	}
	return s.vault().Touch(f.Path, f.MTime)
}

// withdraw drops the row of a file that is gone or changed.
func (s *Store) withdraw(ctx context.Context, f catalogue.VaultFile, seen fs.FileInfo) error {
	s.placing.Lock()
	defer s.placing.Unlock()
	if still, err := s.stillSo(ctx, f, seen); !still || err != nil {
		return err
	}
	if !vaultIsThere(s.vault().Dir()) {
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

// maxPartials bounds the memory of cleaning up.
const maxPartials = 100000

// dropStalePartials removes partial files of items that are held already or
// that nobody knows any more.
func (s *Store) dropStalePartials(ctx context.Context) {
	ids, err := s.vault().Partials(maxPartials)
	if err != nil {
		s.log.Error("clean partial files", "err", err)
	}
	for _, id := range ids {
		info, err := s.cat.Lookup(ctx, id)
		useless := errors.Is(err, media.ErrNotHeld) || (err == nil && (info.Held || len(info.Names) == 0))
		if useless && s.incoming.claim(id, &promise{}) {
			s.vault().DropPartial(id)
			s.incoming.release(id)
		}
	}
}

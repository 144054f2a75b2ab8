package store

import (
	"context"
	"io/fs"
	"os"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/disk"
)

// asRecorded reports whether a file of the vault looks as it was recorded, as
// far as its filesystem can tell times. The names of one inode share one time:
// that of any of them will do.
func (s *Store) asRecorded(ctx context.Context, f catalogue.VaultFile, fi fs.FileInfo) bool {
	if !fi.Mode().IsRegular() || fi.Size() != f.Item.Size {
		return false
	}
	t := s.vault().Traits()
	if t.SameTime(f.MTime, fi.ModTime()) {
		return true
	}
	if disk.Links(fi) < 2 {
		return false
	}
	files, err := s.cat.VaultFilesOf(ctx, f.Item)
	for _, other := range files {
		if t.SameTime(other.MTime, fi.ModTime()) {
			return err == nil
		}
	}
	return false
}

// giveTime gives a file of the vault its time; where several names share it,
// the oldest of theirs: what was copied later tells less of a picture.
func (s *Store) giveTime(ctx context.Context, f catalogue.VaultFile) error {
	fi, err := s.vault().Lstat(f.Path)
	if err != nil {
		return err
	}
	oldest, err := s.oldestName(ctx, f, fi)
	if err != nil || s.vault().Traits().SameTime(oldest, fi.ModTime()) {
		return err
	}
	return s.vault().Touch(f.Path, oldest)
}

// oldestName returns the oldest time that the names of the file fi, one of
// which is f, are recorded with.
func (s *Store) oldestName(ctx context.Context, f catalogue.VaultFile, fi fs.FileInfo) (time.Time, error) {
	oldest := f.MTime
	if disk.Links(fi) < 2 {
		return oldest, nil
	}
	files, err := s.cat.VaultFilesOf(ctx, f.Item)
	for _, other := range files {
		if !other.MTime.Before(oldest) {
			continue
		}
		if at, err := s.vault().Lstat(other.Path); err == nil && os.SameFile(at, fi) {
			oldest = other.MTime
		}
	}
	return oldest, err
}

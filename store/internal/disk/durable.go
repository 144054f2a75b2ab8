package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// ErrUnsupported reports what this system or filesystem cannot do.
var ErrUnsupported = errors.ErrUnsupported

// RenameNew moves the entry from of directory src to the entry to of directory
// dst, both open and on one filesystem. It never overwrites: an existing entry
// is fs.ErrExist. Neither directory is synced.
func RenameNew(src *os.File, from string, dst *os.File, to string) error {
	err := renameNew(src, from, dst, to)
	if err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}

// SyncDir makes the entries of an open directory durable. Filesystems that
// cannot sync a directory write it in order anyway; they are no error.
func SyncDir(d *os.File) error {
	if !canSyncDir {
		return nil
	}
	err := d.Sync()
	if isUnsupportedSync(err) {
		return nil
	}
	return err
}

// MakeDirs makes a directory and those above it that are missing, durably.
func MakeDirs(dir string, perm os.FileMode) error {
	var made []string // the deepest first
	for d := filepath.Clean(dir); ; d = filepath.Dir(d) {
		if _, err := os.Stat(d); err == nil || !errors.Is(err, fs.ErrNotExist) || d == filepath.Dir(d) {
			break
		}
		made = append(made, d)
	}
	if err := os.MkdirAll(dir, perm); err != nil {
		return err
	}
	for _, d := range slices.Backward(made) {
		if err := syncPath(filepath.Dir(d)); err != nil {
			return err
		}
	}
	return nil
}

func syncPath(dir string) error {
	d, err := os.Open(dir)
	if errors.Is(err, fs.ErrPermission) {
		return nil // a directory that may be passed through, and not read
	}
	if err != nil {
		return err
	}
	return errors.Join(SyncDir(d), d.Close())
}

// checkThenRename is for filesystems that know neither exclusive renames nor
// hard links (FAT). Only another program that takes the very name between the
// two calls could lose by it.
func checkThenRename(exists func() error, rename func() error) error {
	switch err := exists(); {
	case err == nil:
		return fs.ErrExist
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return rename()
}

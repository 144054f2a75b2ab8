package disk

import (
	"errors"
	"io/fs"
	"os"
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

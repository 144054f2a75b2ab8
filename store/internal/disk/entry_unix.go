//go:build unix

package disk

import (
	"os"

	"golang.org/x/sys/unix"
)

// Entry returns nil if the open directory d has an entry of that name, and
// fs.ErrNotExist if it has none.
func Entry(d *os.File, name string) error {
	var st unix.Stat_t
	if err := unix.Fstatat(int(d.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return &os.PathError{Op: "lstat", Path: name, Err: err}
	}
	return nil
}

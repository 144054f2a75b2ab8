//go:build unix

package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

const canSyncDir = true

func isUnsupportedSync(err error) bool {
	return errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP)
}

// isUnsyncable reports an error that means that this file cannot be synced as it
// is open, and not that its bytes cannot be written.
func isUnsyncable(err error) bool {
	return isUnsupportedSync(err) || errors.Is(err, unix.EBADF) || errors.Is(err, unix.EROFS)
}

// renameNew tries the system's exclusive rename, then a hard link (which never
// overwrites either) and an unlink, then what FAT allows.
func renameNew(src *os.File, from string, dst *os.File, to string) error {
	s, d := int(src.Fd()), int(dst.Fd())
	err := renameExclusive(s, from, d, to)
	if !notKnown(err) {
		return err
	}
	err = unix.Linkat(s, from, d, to, 0)
	if err == nil {
		return unix.Unlinkat(s, from, 0)
	}
	if !notKnown(err) && !errors.Is(err, unix.EPERM) {
		return err
	}
	return checkThenRename(
		func() error {
			var st unix.Stat_t
			return unix.Fstatat(d, to, &st, unix.AT_SYMLINK_NOFOLLOW)
		},
		func() error { return unix.Renameat(s, from, d, to) },
	)
}

func notKnown(err error) bool {
	return errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.ENOTSUP)
}

// Link makes the entry to of dst a hard link to the entry from of src.
func Link(src *os.File, from string, dst *os.File, to string) error {
	if err := unix.Linkat(int(src.Fd()), from, int(dst.Fd()), to, 0); err != nil {
		return &os.LinkError{Op: "link", Old: from, New: to, Err: err}
	}
	return nil
}

// IsFull reports an error that means that the disk or the user's quota is used
// up.
func IsFull(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT)
}

// IsUnnameable reports an error that means that the filesystem cannot hold the
// name.
func IsUnnameable(err error) bool {
	return errors.Is(err, unix.ENAMETOOLONG) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EILSEQ)
}

// IsUnlinkable reports an error that means that the filesystem gives a file no
// further name, now or later.
func IsUnlinkable(err error) bool {
	return errors.Is(err, unix.EMLINK) || errors.Is(err, unix.EPERM) || errors.Is(err, unix.EXDEV) ||
		errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS)
}

// IsUnaligned reports an error that means that a direct write does not fit what
// the disk writes at once.
func IsUnaligned(err error) bool { return errors.Is(err, unix.EINVAL) }

// IsNotDir reports an error that means that an element of the path is no
// directory.
func IsNotDir(err error) bool { return errors.Is(err, unix.ENOTDIR) }

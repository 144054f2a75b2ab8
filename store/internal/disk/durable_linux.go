package disk

import (
	"os"

	"golang.org/x/sys/unix"
)

func renameExclusive(src int, from string, dst int, to string) error {
	return unix.Renameat2(src, from, dst, to, unix.RENAME_NOREPLACE)
}

// Clone makes dst, an empty file, share the bytes of src on filesystems that
// copy on write (FICLONE, ioctl_ficlonerange(2)).
func Clone(dst, src *os.File) error {
	if err := unix.IoctlFileClone(int(dst.Fd()), int(src.Fd())); err != nil {
		return ErrUnsupported
	}
	return nil
}

// StartWriteback asks the system to begin writing what is dirty of f, so that a
// later sync of a large file neither takes long nor holds up those of others.
func StartWriteback(f *os.File) {
	_ = unix.SyncFileRange(int(f.Fd()), 0, 0, unix.SYNC_FILE_RANGE_WRITE)
}

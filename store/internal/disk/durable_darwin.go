package disk

import (
	"os"

	"golang.org/x/sys/unix"
)

func renameExclusive(src int, from string, dst int, to string) error {
	return unix.RenameatxNp(src, from, dst, to, unix.RENAME_EXCL)
}

// Clone is not offered: clonefile(2) makes a new name, not a new content.
func Clone(_, _ *os.File) error { return ErrUnsupported }

// StartWriteback does nothing here.
func StartWriteback(*os.File) {}

//go:build unix && !linux && !darwin

package disk

import (
	"os"

	"golang.org/x/sys/unix"
)

func renameExclusive(int, string, int, string) error { return unix.ENOSYS }

// Clone is not offered here.
func Clone(_, _ *os.File) error { return ErrUnsupported }

// StartWriteback does nothing here.
func StartWriteback(*os.File) {}

//go:build !windows

package node

import (
	"errors"

	"golang.org/x/sys/unix"
)

// isNoSpace reports that the disk, or the user's quota on it, is full.
func isNoSpace(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT)
}

package node

import (
	"errors"

	"golang.org/x/sys/windows"
)

// isNoSpace reports that the disk, or the user's quota on it, is full.
func isNoSpace(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) ||
		errors.Is(err, windows.ERROR_DISK_QUOTA_EXCEEDED)
}

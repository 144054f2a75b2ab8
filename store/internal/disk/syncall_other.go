//go:build !linux

package disk

import "os"

// SyncGroup knows no filesystem here that is synced as a whole.
func SyncGroup(*os.File) (group uint64, ok bool) { return 0, false }

// SyncAll is not offered here.
func SyncAll(*os.File) error { return ErrUnsupported }

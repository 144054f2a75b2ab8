//go:build !linux

package disk

import "os"

// DirectLen returns 0: it is not offered here.
func DirectLen([]byte, int64) int { return 0 }

// SetDirect is not offered here.
func SetDirect(*os.File, bool) error { return ErrUnsupported }

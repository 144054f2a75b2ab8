//go:build !linux

package disk

import "os"

// CanWriteDirect reports no: it is not offered here.
func CanWriteDirect([]byte, int64) bool { return false }

// SetDirect is not offered here.
func SetDirect(*os.File, bool) error { return ErrUnsupported }

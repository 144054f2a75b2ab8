//go:build !linux && !darwin

package disk

import "time"

// ExistedAt reports whether the file at path existed already at a time, false
// where its filesystem does not tell when files were made.
func ExistedAt(string, time.Time) bool { return false }

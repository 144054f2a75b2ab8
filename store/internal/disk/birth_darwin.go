package disk

import (
	"os"
	"syscall"
	"time"
)

// ExistedAt reports whether the file at path existed already at a time, false
// where its filesystem does not tell when files were made.
func ExistedAt(path string, t time.Time) bool {
	fi, err := os.Lstat(path)
	if err != nil {
		return false
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok || st.Birthtimespec.Sec <= 0 {
		return false
	}
	return !time.Unix(st.Birthtimespec.Unix()).After(t)
}

package disk

import (
	"time"

	"golang.org/x/sys/unix"
)

// ExistedAt reports whether the file at path existed already at a time, false
// where its filesystem does not tell when files were made.
func ExistedAt(path string, t time.Time) bool {
	var st unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, path, unix.AT_SYMLINK_NOFOLLOW, unix.STATX_BTIME, &st)
	if err != nil || st.Mask&unix.STATX_BTIME == 0 {
		return false
	}
	return !time.Unix(st.Btime.Sec, int64(st.Btime.Nsec)).After(t)
}

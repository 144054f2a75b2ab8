package disk

import (
	"os"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// syncedTogether are the filesystems of which syncfs(2) is known to write
// everything and to report what could not be written.
var syncedTogether = map[int64]bool{
	unix.EXT4_SUPER_MAGIC:  true,
	unix.XFS_SUPER_MAGIC:   true,
	unix.BTRFS_SUPER_MAGIC: true,
	unix.F2FS_SUPER_MAGIC:  true,
}

// SyncGroup returns the filesystem of an open file where SyncAll can be
// trusted for all files of it, and false elsewhere.
func SyncGroup(f *os.File) (group uint64, ok bool) {
	var fs unix.Statfs_t
	var st unix.Stat_t
	if !reportsErrors() || unix.Fstatfs(int(f.Fd()), &fs) != nil || !syncedTogether[int64(fs.Type)] || unix.Fstat(int(f.Fd()), &st) != nil {
		return 0, false
	}
	return uint64(st.Dev), true
}

// SyncAll makes everything on the filesystem of an open file durable. It reports
// what could not be written of any file since it was opened, or before without
// anybody having been told.
func SyncAll(f *os.File) error {
	if err := unix.Syncfs(int(f.Fd())); err != nil {
		return &os.PathError{Op: "sync filesystem of", Path: f.Name(), Err: err}
	}
	return nil
}

// reportsErrors is true since Linux 5.8: before, syncfs(2) told of none.
var reportsErrors = sync.OnceValue(func() bool {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return false
	}
	return atLeast(unix.ByteSliceToString(u.Release[:]), 5, 8)
})

func atLeast(release string, major, minor int) bool {
	first, rest, _ := strings.Cut(release, ".")
	second := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
	a, errA := strconv.Atoi(first)
	b, errB := strconv.Atoi(second)
	return errA == nil && errB == nil && (a > major || a == major && b >= minor)
}

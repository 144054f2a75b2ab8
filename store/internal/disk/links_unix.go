//go:build unix

package disk

import (
	"io/fs"
	"syscall"
)

// Links returns how many names a file has, 1 where that is not known.
func Links(fi fs.FileInfo) uint64 {
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Nlink)
	}
	return 1
}

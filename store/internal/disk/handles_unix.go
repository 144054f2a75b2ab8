//go:build unix

package disk

import "golang.org/x/sys/unix"

// OpenFiles returns how many files this process may have open. Go has raised that
// to what the system allows at most, which is 1,024 in some containers.
func OpenFiles() int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return manyFiles
	}
	return int(min(uint64(limit.Cur), manyFiles))
}

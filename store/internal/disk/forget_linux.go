package disk

import (
	"os"

	"golang.org/x/sys/unix"
)

// Forget asks the system to read the file from the disk again, not from memory.
// It is advice: what it cannot do, it leaves.
func Forget(f *os.File) { _ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) }

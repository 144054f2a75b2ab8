package poster

import "golang.org/x/sys/unix"

// limitMemory bounds the address space of a process.
func limitMemory(pid int) {
	limit := unix.Rlimit{Cur: maxMemory, Max: maxMemory}
	_ = unix.Prlimit(pid, unix.RLIMIT_AS, &limit, nil) // -max_alloc bounds it, too
}

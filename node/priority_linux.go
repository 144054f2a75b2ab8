package node

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// lowNice is how far behind others this process stands: nine parts of ten of a
// busy core go to them.
const lowNice = 10

// Of ioprio_set(2): the best-effort class is 2, 7 its last level. It takes
// effect where the disk's scheduler knows levels (BFQ, mq-deadline).
const (
	ioprioWhoProcess = 1
	ioprioLow        = 2<<13 | 7
)

// lowerPriority goes through the threads, because Linux keeps both for each; a
// thread takes over those of the one that starts it. A thread that an earlier
// one started meanwhile is found when looked again.
func lowerPriority() error {
	lowered := map[int]bool{}
	for range 10 {
		tasks, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return fmt.Errorf("list threads: %w", err)
		}
		before := len(lowered)
		for _, task := range tasks {
			tid, err := strconv.Atoi(task.Name())
			if err != nil || lowered[tid] {
				continue
			}
			if err := lowerThread(tid); err != nil {
				return err
			}
			lowered[tid] = true
		}
		if len(lowered) == before {
			break
		}
	}
	return nil
}

func lowerThread(tid int) error {
	nice, err := unix.Getpriority(unix.PRIO_PROCESS, tid)
	if err == nil && 20-nice < lowNice { // the kernel answers 20 - nice; who is lower already stays so
		err = unix.Setpriority(unix.PRIO_PROCESS, tid, lowNice)
	}
	if err == nil {
		_, _, no := unix.Syscall(unix.SYS_IOPRIO_SET, ioprioWhoProcess, uintptr(tid), ioprioLow)
		if no != 0 && no != unix.ENOSYS {
			err = no
		}
	}
	if err != nil && !errors.Is(err, unix.ESRCH) { // it has ended
		return fmt.Errorf("lower priority: %w", err)
	}
	return nil
}

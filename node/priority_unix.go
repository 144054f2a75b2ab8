//go:build unix && !linux

package node

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// lowNice is how far behind others this process stands.
const lowNice = 10

func lowerPriority() error {
	if err := unix.Setpriority(unix.PRIO_PROCESS, 0, lowNice); err != nil {
		return fmt.Errorf("lower priority: %w", err)
	}
	return nil
}

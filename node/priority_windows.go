package node

import (
	"fmt"

	"golang.org/x/sys/windows"
)

func lowerPriority() error {
	if err := windows.SetPriorityClass(windows.CurrentProcess(), windows.BELOW_NORMAL_PRIORITY_CLASS); err != nil {
		return fmt.Errorf("lower priority: %w", err)
	}
	return nil
}

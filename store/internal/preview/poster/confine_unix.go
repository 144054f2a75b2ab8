//go:build unix

package poster

import (
	"os"
	"os/exec"
	"syscall"
)

// modest makes the process leader of its own group, so that a terminal's
// interrupt is ours to pass on.
func modest(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// confine lowers the priority, and bounds memory where that can be done from
// outside. A process that has ended meanwhile needs neither.
func confine(p *os.Process) {
	const lowest = 19
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, p.Pid, lowest)
	limitMemory(p.Pid)
}

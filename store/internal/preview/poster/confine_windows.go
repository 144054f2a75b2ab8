package poster

import (
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// modest starts the process with the lowest priority and without a window.
func modest(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.IDLE_PRIORITY_CLASS | windows.CREATE_NO_WINDOW}
}

// confine has nothing left to do.
func confine(*os.Process) {}

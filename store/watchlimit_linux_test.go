package store

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"homeroll/store/internal/need"
)

const lowLimit = "HOMEROLL_TEST_LOW_WATCH_LIMIT"

// TestRealWatchLimit runs itself again as root of a user namespace in which a
// user may watch only a few directories.
func TestRealWatchLimit(t *testing.T) {
	if os.Getenv(lowLimit) != "" {
		belowWatchLimit(t)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestRealWatchLimit$", "-test.v")
	cmd.Env = append(os.Environ(), lowLimit+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		need.Missing(t, "no user namespace: ", err)
	}
	if strings.Contains(string(out), "--- SKIP") {
		need.Missing(t, string(out))
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func belowWatchLimit(t *testing.T) {
	const limit = 12
	if err := os.WriteFile("/proc/sys/user/max_inotify_watches", []byte(fmt.Sprint(limit)), 0); err != nil {
		need.Missing(t, "the limit cannot be lowered: ", err)
	}
	n := newNode(t)
	n.library(30, 2)
	n.run().scanned()
	f := n.Folders()[0]
	want := []string{fmt.Sprintf("max_user_watches is %d", limit), "sysctl fs.inotify.max_user_watches=1048576"}
	for _, part := range want {
		if f.State != FolderPolling || !strings.Contains(f.Detail, part) {
			t.Errorf("folder is %+v, wanting %q", f, part)
		}
	}
	if again := (&watcher{f: n.watched()[0]}).untilNext(); again > 2*time.Minute {
		t.Errorf("looks again in %v", again)
	}
	for d := range 30 {
		write(t, filepath.Join(n.inDir(d), "new.jpg"), []byte{byte(d), 9})
	}
	if err := n.Rescan(t.Context()); err != nil {
		t.Fatal(err)
	}
	wait(t, "all new files", func() bool { return len(n.files()) == 90 })
}

//go:build lab && linux

package labtest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// faultDisk is a directory on a filesystem that fails or loses power when it is
// told to: faultfs of the lab.
type faultDisk struct {
	t     *testing.T
	dir   string // where it is seen
	src   string // what it began with, and what survives
	ctl   string
	cmd   *exec.Cmd
	lines chan string // what it prints, closed at its end
	cut   string      // the line that tells of the crash, once it was read
	over  bool        // the filesystem has ended by itself: the test is void
}

// faultfs returns the program, built once, or skips the test.
func faultfs(t *testing.T) string {
	t.Helper()
	if world.missing != "" {
		t.Skip("skipped: ", world.missing)
	}
	world.faultfs.once.Do(func() {
		world.faultfs.bin = filepath.Join(world.scratch, "faultfs")
		cmd := exec.Command("go", "build", "-o", world.faultfs.bin, ".")
		cmd.Dir = filepath.Join(world.labs, "faultfs")
		if out, err := cmd.CombinedOutput(); err != nil {
			world.faultfs.err = fmt.Errorf("build faultfs: %w\n%s", err, out)
		}
	})
	if world.faultfs.err != nil {
		t.Fatal(world.faultfs.err)
	}
	if _, err := os.Stat("/dev/fuse"); err != nil {
		t.Skip("skipped: ", err)
	}
	return world.faultfs.bin
}

// mountFaults mounts what is in src at dir, an empty directory. flags are those of faultfs.
func mountFaults(t *testing.T, src, dir string, flags ...string) *faultDisk {
	t.Helper()
	bin := faultfs(t)
	d := &faultDisk{t: t, dir: dir, src: src, ctl: src + ".ctl", lines: make(chan string, 100)}
	d.tell("")
	d.cmd = exec.Command(bin, append(flags, src, dir, d.ctl)...)
	d.cmd.Stderr = os.Stderr
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(d.lines)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			d.lines <- lines.Text()
		}
	}()
	t.Cleanup(d.unplug)
	if _, ok := d.line("mounted", 20*time.Second); !ok {
		t.Fatal("faultfs does not mount")
	}
	return d
}

// tell replaces what the filesystem is to do; see the top of faultfs.
func (d *faultDisk) tell(lines string) {
	d.t.Helper()
	next := d.ctl + ".new"
	if err := os.WriteFile(next, []byte(lines), 0o644); err != nil {
		d.t.Fatal(err)
	}
	if err := os.Rename(next, d.ctl); err != nil {
		d.t.Fatal(err)
	}
}

// line waits for a line that begins with prefix.
func (d *faultDisk) line(prefix string, limit time.Duration) (string, bool) {
	timeout := time.After(limit)
	for {
		select {
		case l, open := <-d.lines:
			if !open {
				d.over = true
				return "", false
			}
			if strings.HasPrefix(l, prefix) {
				return l, true
			}
		case <-timeout:
			return "", false
		}
	}
}

// crashed reports whether the power is off, and where that was.
func (d *faultDisk) crashed() (string, bool) {
	if d.cut == "" {
		d.cut, _ = d.line("crashed at", 0)
	}
	return d.cut, d.cut != ""
}

// count returns the number of operations so far.
func (d *faultDisk) count() int {
	raw, err := os.ReadFile(d.ctl + ".count")
	n, parseErr := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil || parseErr != nil {
		d.t.Fatalf("operations of faultfs: %v %v", err, parseErr)
	}
	return n
}

// unplug ends the filesystem as a crash does; programs on it must be dead.
func (d *faultDisk) unplug() {
	if d.cmd == nil {
		return
	}
	_ = exec.Command("umount", "-l", d.dir).Run()
	_ = d.cmd.Process.Kill()
	for range d.lines {
		continue
	}
	_ = d.cmd.Wait()
	d.cmd = nil
}

// recover writes what survived a crash to out. It reports whether it could: where
// the crash is at an attempt to make a name that is too long, faultfs cannot.
func (d *faultDisk) recover(out string) bool {
	d.t.Helper()
	msg, err := exec.Command(faultfs(d.t), "-recover", d.src, out).CombinedOutput()
	if err != nil && strings.Contains(string(msg), syscall.ENAMETOOLONG.Error()) {
		return false
	}
	if err != nil {
		d.t.Fatalf("recover: %v: %s", err, msg)
	}
	return true
}

// copyTree copies a directory with everything that files say of themselves.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if out, err := exec.Command("cp", "-a", "--", from, to).CombinedOutput(); err != nil {
		t.Fatalf("copy %s: %v: %s", from, err, out)
	}
}

// removeTree removes a directory and what is in it.
func removeTree(t *testing.T, dir string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
}

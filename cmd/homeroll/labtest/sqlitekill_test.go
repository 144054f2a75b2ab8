//go:build lab && linux

package labtest

import (
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

// sqliteCalls are the system calls with which SQLite changes its files; Go's own
// files know other ones for most of it.
const sqliteCalls = "pwrite64,fsync,fdatasync,ftruncate"

// TestKilledInSQLite: receiver and sender are killed at writes of the catalogue,
// each by turns. Nothing that was announced is lost, the catalogue is never taken
// for damaged, and all is complete after a restart.
func TestKilledInSQLite(t *testing.T) {
	points := points(8, 300)
	if _, err := exec.LookPath("strace"); err != nil {
		t.Fatal(err) // .ci/run installs it
	}
	faultfs(t)
	s := stage(t, 150)
	most := [2]int{s.sqliteWrites(0), s.sqliteWrites(1)}
	var total verdict
	killed := [2]int{}
	for i := range points {
		end := i % 2
		share := float64(i/2) / float64((points+1)/2)
		at := 1 + int(share*share*float64(most[end])) // more often early: threads differ in how far they come
		late := -1.0                                  // from the start
		if i%4 > 1 {                                  // from when some of the files are there
			late, at = share, 1+i%3
		}
		k := s.killAt(end, at, late)
		for ; !k.killed && at > 1; k = s.killAt(end, at, late) {
			at /= 2
		}
		total.add(k.verdict)
		if k.killed {
			killed[end]++
		}
		if k.verdict.bad() > 0 || k.after != "" {
			t.Errorf("%s killed at write %d: %v; then: %s", s.ends()[end].name, at, k.verdict, k.after)
		}
	}
	t.Logf("receiver killed %d times, at up to the %d-th of a thread's calls of one kind, sender %d times, at up to the %d-th: %v",
		killed[0], most[0], killed[1], most[1], total)
}

// ends are the receiver and the sender.
func (s *scene) ends() [2]*host { return [2]*host{s.reader, s.sender} }

// begin makes both devices what they were at the beginning, on an ordinary disk.
func (s *scene) begin() {
	s.t.Helper()
	for _, h := range s.ends() {
		if h.run != nil {
			h.kill()
		}
	}
	s.rewind(s.reader.home)
	s.sender.mtimes(s.folder)
}

// mtimes makes a folder's pictures news to its node: their times change by a moment.
func (h *host) mtimes(folder string) {
	h.t.Helper()
	now := time.Now()
	for _, p := range list(h.t, folder) {
		info, err := os.Stat(filepath.Join(folder, p))
		if err == nil {
			err = os.Chtimes(filepath.Join(folder, p), now, info.ModTime())
		}
		if err != nil {
			h.t.Fatal(err)
		}
	}
}

// trace starts a node under strace, which watches the files of its catalogue.
func (h *host) trace(args ...string) {
	h.t.Helper()
	db := h.path(".local/share/homeroll/catalogue.db")
	argv := []string{"-f", "-qq", "-P", db, "-P", db + "-wal"}
	h.before = append(append([]string{"strace"}, argv...), args...)
	h.launch()
	h.before = nil
}

// traceNow lets strace watch the catalogue of a running node until stop is called.
func (h *host) traceNow(args ...string) (stop func()) {
	h.t.Helper()
	db := h.path(".local/share/homeroll/catalogue.db")
	cmd := exec.Command("strace", append([]string{"-f", "-qq", "-P", db, "-P", db + "-wal", "-p", strconv.Itoa(h.run.Process.Pid)}, args...)...)
	if err := cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	return func() {
		_ = cmd.Process.Signal(syscall.SIGINT)
		_ = cmd.Wait()
	}
}

// sqliteWrites returns how many calls of one kind a thread of one end makes for its
// catalogue, until all is done, at most: so strace counts them.
func (s *scene) sqliteWrites(end int) int {
	s.t.Helper()
	s.begin()
	out := filepath.Join(s.ends()[1-end].mkdir(s.ends()[1-end].path("calls")), "of-the-other")
	_ = os.Remove(out)
	s.ends()[1-end].start()
	s.ends()[end].trace("-o", out, "-e", "trace="+sqliteCalls)
	s.ends()[end].awaitAnswer()
	if wrong := s.whole(2 * time.Minute); wrong != "" {
		s.t.Fatalf("without a kill: %s", wrong)
	}
	raw, err := os.ReadFile(out)
	if err != nil {
		s.t.Fatal(err)
	}
	calls, most := map[string]int{}, 0
	for line := range strings.Lines(string(raw)) { // a thread's number and a call
		call, _, _ := strings.Cut(line, "(")
		calls[call]++
		most = max(most, calls[call])
	}
	return most
}

// killing is what a kill did.
type killing struct {
	killed  bool
	verdict verdict
	after   string
}

// killAt kills one end at a call, counted from when the receiver has this share of
// the files, looks at what it has, and starts the end again.
func (s *scene) killAt(end, at int, share float64) (k killing) {
	s.t.Helper()
	s.begin()
	victim := s.ends()[end]
	s.ends()[1-end].start()
	inject := []string{"-o", "/dev/null", "-e", "trace=" + sqliteCalls, "-e", "inject=" + sqliteCalls + ":signal=SIGKILL:when=" + strconv.Itoa(at)}
	if share < 0 {
		victim.trace(inject...)
	} else {
		victim.start()
		eventually(60*time.Second, 5*time.Millisecond, func() bool {
			return float64(len(list(s.t, filepath.Join(s.reader.vault(), s.sender.name)))) >= share*float64(len(s.want))
		})
		stop := victim.traceNow(inject...)
		defer stop()
	}
	k.killed = victim.awaitEnd(60*time.Second, s.finished)
	victim.kill()
	victim.awaitUnlocked()
	if end == 0 {
		k.verdict = s.judge(s.reader.home, s.announced(s.sender.socket()))
	}
	victim.start()
	k.after = s.whole(2 * time.Minute)
	return k
}

// awaitEnd waits until a node is gone, and reports whether it is; or until done.
func (h *host) awaitEnd(limit time.Duration, done func() bool) (gone bool) {
	eventually(limit, 50*time.Millisecond, func() bool {
		select {
		case err := <-h.done:
			h.done <- err
			gone = true
		default:
		}
		return gone || done()
	})
	return gone
}

// killGroup ends a node that runs under another program, and that program.
func killGroup(cmd *exec.Cmd) {
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", cmd.Process.Pid))
	for pid := range strings.FieldsSeq(string(children)) {
		if n, err := strconv.Atoi(pid); err == nil {
			_ = syscall.Kill(n, syscall.SIGKILL)
		}
	}
	_ = cmd.Process.Kill()
}

// awaitUnlocked waits until a killed node is gone with all its threads: who ran it
// may be gone before.
func (h *host) awaitUnlocked() {
	h.t.Helper()
	f, err := os.Open(h.path(".local/share/homeroll/lock"))
	if err != nil {
		return // it had not come so far
	}
	defer f.Close()
	if _, ok := eventually(20*time.Second, time.Millisecond, func() bool {
		return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
	}); !ok {
		h.t.Fatalf("%s: killed, and still there", h.name)
	}
}

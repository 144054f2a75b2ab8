//go:build lab && linux

package labtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestHaltedFolder: a disk that is not there, another one in its place, a mass
// deletion and an emptied folder are no deletions until a person says so.
func TestHaltedFolder(t *testing.T) {
	_, hosts := network(t, 2)
	a, b := hosts[0], hosts[1]
	card := newVolume(t, a, "btrfs", "Card")
	plain := a.path("Pictures")
	a.pictures(card.point, 60, 1)
	a.pictures(plain, 200, 1000)
	a.start(card.point, plain)
	b.start()
	pair(t, a, b)
	awaitComplete(60*time.Second, a, b)
	all := a.status().items()

	unchanged := func(what string) {
		t.Helper()
		if s := a.status(); s.Library.Items != 260 || s.State != "attention" {
			t.Errorf("%s: %d items, state %s: %s", what, s.Library.Items, s.State, s.Reason)
		}
		b.await("complete, "+what, 15*time.Second, complete) // it may have to meet the other one again
		if s := b.status(); s.Copies.Kept != 0 || s.items() != all || s.State != "complete" {
			t.Errorf("%s: the other one knows %d items, %d kept, state %s", what, s.items(), s.Copies.Kept, s.State)
		}
	}

	card.unmount() // nothing of the node keeps the disk busy
	took := a.await("halted", 30*time.Second, halted(card.point, 60))
	t.Logf("an unmounted disk was named after %v", took.Round(time.Millisecond))
	unchanged("unmounted")
	card.must("mount", "-t", "tmpfs", "-o", "size=10m,mode=777", "tmpfs", card.point)
	a.pictures(card.point, 3, 5000)
	a.stop()
	a.start()
	a.await("halted for another disk, which has files of the same names", 30*time.Second, halted(card.point, 57))
	unchanged("another disk")
	card.must("umount", card.point)
	card.mount("UTC")
	a.await("complete with its disk", 30*time.Second, complete)

	gone := deleteFiles(t, plain, 0, 70)
	a.await("halted after a mass deletion", 30*time.Second, halted(plain, 70))
	unchanged("mass deletion")
	a.stop()
	deleteFiles(t, plain, 70, 80)
	a.start()
	a.await("halted after a deletion while it was off", 30*time.Second, halted(plain, 80))
	unchanged("deletion while it was off")
	if _, errs, code := a.try("folders", "confirm", plain); code != 2 || !strings.Contains(string(errs), "80 files are gone") {
		t.Errorf("confirming without a word: exit %d, %s", code, errs)
	}
	a.must("folders", "confirm", plain, "--yes")
	b.await("kept", 30*time.Second, func(s *status) bool { return s.Copies.Kept == 80 })
	a.await("complete after the confirmation", 30*time.Second, complete)
	if c := b.copies(filepath.Join(b.vault(), a.name, "Pictures", gone)); c == nil || !c.heldHere() {
		t.Errorf("a deleted picture is not held any more: %+v", c)
	}

	away := a.mkdir(a.path("away"))
	for _, p := range pictureNames(80, 200) {
		rename(t, filepath.Join(plain, p), filepath.Join(away, p))
	}
	a.await("halted when emptied", 30*time.Second, halted(plain, 120))
	for _, p := range pictureNames(80, 200) {
		rename(t, filepath.Join(away, p), filepath.Join(plain, p))
	}
	a.await("complete with its files", 30*time.Second, complete)
}

func halted(folder string, lost int64) func(*status) bool {
	return func(s *status) bool {
		for _, f := range s.Library.Folders {
			if f.Path == folder {
				return f.State == "halted" && f.Lost == lost && s.ProblemCount == 1
			}
		}
		return false
	}
}

// pictures makes n of them.
func (h *host) pictures(dir string, n int, seed uint64) {
	h.t.Helper()
	if _, err := os.Stat(dir); err != nil {
		h.mkdir(dir)
	}
	for i, name := range pictureNames(0, n) {
		h.put(filepath.Join(dir, name), jpeg(5000, seed+uint64(i)), corpusTime(i))
	}
}

func pictureNames(from, to int) (names []string) {
	for i := from; i < to; i++ {
		names = append(names, fmt.Sprintf("IMG_%04d.jpg", i))
	}
	return names
}

// deleteFiles removes pictures and returns the name of the first.
func deleteFiles(t *testing.T, dir string, from, to int) string {
	t.Helper()
	names := pictureNames(from, to)
	for _, name := range names {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return names[0]
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// TestWatchLimit: where the system lets a user watch few directories only, the
// folder is looked at periodically, with advice, and without burning the processor.
func TestWatchLimit(t *testing.T) {
	if exec.Command("unshare", "-Ur", "true").Run() != nil {
		t.Skip("skipped: no user namespaces")
	}
	_, hosts := network(t, 1)
	a := hosts[0]
	a.before = []string{"unshare", "-Ur", "sh", "-c", `echo 8 >/proc/sys/user/max_inotify_watches && exec "$@"`, "sh"}
	for d := range 40 {
		a.pictures(a.path("Pictures", fmt.Sprint(d)), 5, uint64(100*d))
	}
	a.start(a.path("Pictures"))
	a.await("polling with advice", 30*time.Second, func(s *status) bool {
		f := s.Library.Folders[0]
		return f.State == "polling" && f.Items == 200 && strings.Contains(f.Detail, "max_user_watches is 8") &&
			strings.Contains(f.Detail, "sudo sysctl fs.inotify.max_user_watches=")
	})
	before := a.processorTime()
	time.Sleep(3 * time.Second) // the time that is measured
	used := a.processorTime() - before
	t.Logf("polling costs %v of processor time in 3 s", used)
	if used > time.Second {
		t.Errorf("polling burns %v in 3 s", used)
	}
}

// processorTime is what the node has used.
func (h *host) processorTime() time.Duration {
	h.t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", h.run.Process.Pid))
	if err != nil {
		h.t.Fatal(err)
	}
	fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
	var user, system int64
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		h.t.Fatal(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}

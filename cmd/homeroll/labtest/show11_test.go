//go:build lab && linux

package labtest

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestStates: the status in each of its states.
func TestStates(t *testing.T) {
	net, hosts := network(t, 2)
	a, b := hosts[0], hosts[1]
	seen := map[string]string{}
	note := func(h *host, state string, limit time.Duration) {
		t.Helper()
		h.await(state, limit, func(s *status) bool {
			if s.State == state {
				seen[state] = s.Reason
			}
			return s.State == state
		})
	}
	if _, errs, code := a.try("status", "--json"); code != 3 {
		t.Errorf("status without a node: exit %d", code)
	} else {
		var f failure
		a.decode(errs, &f)
		t.Logf("no node: exit 3, %s (%s)", f.Message, f.Hint)
		if f.Code != 3 || f.Hint == "" {
			t.Errorf("no node: %+v", f)
		}
	}
	folder := a.library(a.path("Pictures"), 600<<20, 300)
	a.launch(folder)
	catch(t, a, seen, "starting", "scanning")
	note(a, "waiting", 60*time.Second)
	b.start()
	net.do(t, "netem", "h1", "rate=300")
	pair(t, a, b)
	note(b, "backing-up", 30*time.Second)
	progress(t, b)
	b.must("pause")
	note(b, "paused", 5*time.Second)
	stillWhilePaused(t, b)
	b.must("resume")
	note(b, "backing-up", 10*time.Second)
	net.do(t, "netem", "h1", "clear")
	b.must("status", "--wait", "complete", "--timeout", "3m", "--json")
	note(b, "complete", time.Second)
	note(a, "complete", 20*time.Second)
	bad := filepath.Join(folder, "private.jpg")
	a.put(bad, jpeg(4000, 1), time.Now())
	if err := os.Chmod(bad, 0); err != nil {
		t.Fatal(err)
	}
	note(a, "attention", 30*time.Second)
	for state, reason := range seen {
		t.Logf("%-10s %s", state, reason)
	}
	for _, state := range []string{"scanning", "waiting", "backing-up", "paused", "complete", "attention"} {
		if _, ok := seen[state]; !ok {
			t.Errorf("state %q was not seen", state)
		}
	}
	if _, _, code := b.try("status", "--wait", "complete", "--timeout", "2s", "--json"); code != 0 {
		t.Errorf("status --wait of a complete node: exit %d", code)
	}
}

// catch polls a node that is starting up and notes its states until it has
// been seen in the last.
func catch(t *testing.T, h *host, seen map[string]string, states ...string) {
	t.Helper()
	_, ok := eventually(30*time.Second, 5*time.Millisecond, func() bool {
		out, _, code := h.try("status", "--json")
		if code != 0 {
			return false
		}
		var s status
		h.decode(out, &s)
		if slices.Contains(states, s.State) {
			seen[s.State] = s.Reason
		}
		return s.State == states[len(states)-1] || s.State == "waiting"
	})
	if !ok {
		t.Fatalf("%s: node does not answer", h.name)
	}
}

func progress(t *testing.T, h *host) {
	t.Helper()
	h.await("making progress", 30*time.Second, func(s *status) bool {
		return s.Progress.Total > 0 && s.Incoming.Items != nil && *s.Incoming.Items > 0 && s.Incoming.BytesPerSecond > 0
	})
	s := h.status()
	t.Logf("backing up: %d of %d, %d items and %d bytes to come, %d bytes/s", s.Progress.Done, s.Progress.Total, *s.Incoming.Items, *s.Incoming.Bytes, s.Incoming.BytesPerSecond)
}

// stillWhilePaused checks that no media arrives during a pause.
func stillWhilePaused(t *testing.T, h *host) {
	t.Helper()
	eventually(10*time.Second, 100*time.Millisecond, func() bool { return h.status().Incoming.BytesPerSecond == 0 })
	in, _ := h.lab.wire(t, h.name)
	<-time.After(4 * time.Second)
	after, _ := h.lab.wire(t, h.name)
	t.Logf("paused: %d bytes arrived in 4 s", after-in)
	if after-in > 1<<20 {
		t.Errorf("media arrives in spite of the pause")
	}
}

// TestOddFiles: files that are broken, empty, unreadable or still being
// written stop nothing else, and are named where they cannot be backed up.
func TestOddFiles(t *testing.T) {
	t.Parallel()
	_, hosts := network(t, 2)
	a, b := hosts[0], hosts[1]
	folder := a.mkdir(a.path("Pictures"))
	whole := jpeg(300_000, 1)
	a.put(filepath.Join(folder, "whole.jpg"), whole, corpusTime(1))
	a.put(filepath.Join(folder, "truncated.jpg"), whole[:100_000], corpusTime(2))
	a.put(filepath.Join(folder, "empty.jpg"), nil, corpusTime(3))
	a.put(filepath.Join(folder, "letter.pdf"), []byte("%PDF-1.4 a letter"), corpusTime(4))
	secret := filepath.Join(folder, "secret.jpg")
	a.put(secret, jpeg(200_000, 2), corpusTime(5))
	if err := os.Chmod(secret, 0); err != nil {
		t.Fatal(err)
	}
	stopWriting := a.writer(filepath.Join(folder, "recording.mp4"))
	a.start(folder)
	b.start()
	pair(t, a, b)

	copied := filepath.Join(b.vault(), a.name, "Pictures")
	_, ok := eventually(30*time.Second, 100*time.Millisecond, func() bool {
		return exists(filepath.Join(copied, "whole.jpg")) && exists(filepath.Join(copied, "truncated.jpg"))
	})
	if !ok {
		t.Fatal("the whole and the truncated picture are not on h2")
	}
	a.await("attention, for the unreadable file", 30*time.Second, func(s *status) bool { return s.State == "attention" })
	s := a.status()
	if s.skipped("pdf") != 1 || s.skipped("empty") != 1 {
		t.Errorf("skipped: %+v", s.Skipped)
	}
	if !slices.ContainsFunc(s.Problems, func(p problem) bool { return p.Path != nil && *p.Path == secret && p.Reason == "unreadable" }) {
		t.Errorf("problems: %+v", s.Problems)
	}
	var list struct {
		Problems []problem
	}
	a.decode(a.must("problems", "--json"), &list)
	for _, p := range list.Problems {
		t.Logf("problem %s: %s, %s", *p.Path, p.Reason, p.Hint)
	}
	recording := filepath.Join(folder, "recording.mp4")
	eventually(30*time.Second, 100*time.Millisecond, func() bool {
		info, err := os.Stat(recording)
		return err == nil && info.Size() > 6<<20
	})
	if exists(filepath.Join(copied, "recording.mp4")) {
		t.Errorf("a file that is still being written is in the vault")
	}
	size := stopWriting()
	if err := os.Chmod(secret, 0o644); err != nil {
		t.Fatal(err)
	}
	a.must("problems", "retry")
	t.Logf("all mended: complete in %v", awaitComplete(60*time.Second, a, b).Round(time.Millisecond))
	if n := sameCopies(t, folder, copied); n != 4 {
		t.Errorf("%d files are backed up, want all but the empty one and the letter", n)
	}
	t.Logf("the recording ended at %d bytes", size)
}

// writer appends to a video all the time until the function that it returns is
// called, which gives the size.
func (h *host) writer(path string) (stop func() int64) {
	h.t.Helper()
	h.put(path, []byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42\x00\x00\x00\x00mdat"), time.Now())
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		h.t.Fatal(err)
	}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for i := uint64(0); ; i++ {
			select {
			case <-quit:
				return
			case <-tick.C:
				_, _ = f.Write(jpeg(64<<10, i))
			}
		}
	}()
	return func() int64 {
		close(quit)
		<-done
		info, err := f.Stat()
		if err != nil {
			h.t.Fatal(err)
		}
		_ = f.Close()
		return info.Size()
	}
}

// TestRunAgain: a second run without flags is the same device with the same
// places; another vault is refused; two nodes never share a state directory.
func TestRunAgain(t *testing.T) {
	t.Parallel()
	_, hosts := network(t, 1)
	a := hosts[0]
	folder := a.copyCorpus("takeout")
	vault := a.path("Elsewhere")
	a.start(folder, "--vault", vault, "--name", "Ånna 📷")
	first := a.status()
	if first.Device.Name != "Ånna 📷" || first.Vault.Path != vault || len(first.Library.Folders) != 1 || first.Library.Folders[0].Path != folder {
		t.Errorf("first run: %+v", first)
	}
	_, errs, code := a.try("run")
	t.Logf("a second node on the state directory: exit %d, %s", code, errs)
	if code == 0 {
		t.Errorf("two nodes run on one state directory")
	}
	a.stop()
	a.start()
	again := a.status()
	if again.Device != first.Device || again.Vault.Path != vault || len(again.Library.Folders) != 1 || again.Library.Folders[0].Path != folder {
		t.Errorf("second run: %+v, first %+v", again, first)
	}
	t.Logf("again: %s (%s), vault %s, folder %s", again.Device.Name, again.Device.ID, again.Vault.Path, again.Library.Folders[0].Path)
	a.stop()
	if _, errs, code := a.try("run", "--vault", a.path("Third")); code != 2 {
		t.Errorf("run with another vault: exit %d: %s", code, errs)
	}
}

// TestDiskFull: a receiver without space says so, and goes on when there is some.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	small, total, large := "256m", int64(400<<20), "1g"
	if full {
		small, total, large = "1g", 3<<29, "3g"
	}
	_, hosts := network(t, 2)
	a, b := hosts[0], hosts[1]
	disk := b.mkdir(b.path("disk"))
	mount(t, disk, small)
	b.own(disk)
	folder := a.library(a.path("Pictures"), total, 500)
	a.start(folder)
	b.start("--vault", filepath.Join(disk, "vault"))
	b.must("config", "set", "vault.budget", "none")
	b.stop()
	b.start()
	pair(t, a, b)
	b.await("waiting for space", 90*time.Second, func(s *status) bool { return s.State == "waiting" && s.Vault.Items > 0 })
	s := b.status()
	t.Logf("disk of %s full: %q, %s; %d items held, %d bytes free", small, s.State, s.Reason, s.Vault.Items, *s.Vault.Free)
	if s.Reason == "" {
		t.Errorf("waits without a reason")
	}
	held := s.Vault.Items
	if out, err := exec.Command("mount", "-o", "remount,size="+large, disk).CombinedOutput(); err != nil {
		t.Fatalf("remount: %v: %s", err, out)
	}
	start := time.Now()
	b.await("resumed", recovery*3, func(s *status) bool { return s.Vault.Items > held })
	t.Logf("resumed %v after there was space", time.Since(start).Round(time.Millisecond))
	awaitComplete(3*time.Minute, b, a)
	sameCopies(t, folder, filepath.Join(disk, "vault", a.name, "Pictures"))
}

// mount puts a memory disk of a size on a directory.
func mount(t *testing.T, dir, size string) {
	t.Helper()
	opts := fmt.Sprintf("size=%s,mode=755,uid=%d,gid=%d", size, nobody.Uid, nobody.Gid)
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", opts, "tmpfs", dir).CombinedOutput(); err != nil {
		t.Fatalf("mount: %v: %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", dir).Run() })
}

// TestExitCodes: what each command answers without a node or with wrong usage.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	_, hosts := network(t, 1)
	a := hosts[0]
	for _, args := range [][]string{{"status"}, {"pair"}, {"devices"}, {"folders"}, {"copies", "x"}, {"problems"}, {"pause"}, {"resume"}, {"leave", "--yes"}} {
		_, errs, code := a.try(append(args, "--json")...)
		var f failure
		if err := json.Unmarshal(errs, &f); err != nil || code != 3 || f.Code != 3 || f.Hint == "" {
			t.Errorf("homeroll %v without a node: exit %d: %s", args, code, errs)
		}
	}
	for _, args := range [][]string{{"statsu"}, {"status", "--colour"}, {"pair", "A", "--at"}, {"run", "--web", "nowhere:x"}, {"config", "set", "no.key", "1"}} {
		if _, errs, code := a.try(args...); code != 2 || len(errs) == 0 {
			t.Errorf("homeroll %v: exit %d: %s", args, code, errs)
		}
	}
	for _, args := range [][]string{{"version"}, {"config"}, {"completion", "bash"}, {"service", "status"}, {"--help"}} {
		if out, errs, code := a.try(args...); code != 0 || len(out) == 0 {
			t.Errorf("homeroll %v: exit %d: %s%s", args, code, out, errs)
		}
	}
}

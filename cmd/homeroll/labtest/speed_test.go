//go:build lab && linux

package labtest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestSmallFilesBesideRsync: many small files arrive, every one of them synced,
// in no more time than rsync --fsync over ssh takes for them, by turns over the
// same network.
func TestSmallFilesBesideRsync(t *testing.T) {
	files, rounds := 2_000, 2
	if n, err := strconv.Atoi(os.Getenv("HOMEROLL_LAB_FILES")); err == nil {
		files, rounds = n, 1
	}
	if full {
		files, rounds = 50_000, 1
	}
	_, hosts := network(t, 2)
	a, b := hosts[0], hosts[1]
	folder := a.mkdir(a.path("Pictures"))
	a.smallFiles(folder, files)
	var ratios []float64
	ssh, missing := serveSSH(t, b)
	if missing != "" {
		t.Log("no rsync to compare with: ", missing)
	}
	for round := range rounds {
		flush()
		ours := receiveAll(t, a, b, folder)
		t.Logf("homeroll: %s", ours)
		if missing != "" {
			continue
		}
		flush()
		theirs := ssh.rsync(folder, b.mkdir(b.path(fmt.Sprintf("rsync-%d", round))))
		t.Logf("rsync -a --fsync over ssh: %s", theirs)
		ratios = append(ratios, ours.wall.Seconds()/theirs.wall.Seconds())
	}
	if len(ratios) > 0 {
		t.Logf("%d files of 20 to 60 KB: homeroll takes %.2f times as long as rsync, by rounds %.2f", files, slices.Min(ratios), ratios)
		if full && slices.Min(ratios) > 1 {
			t.Errorf("slower than rsync")
		}
	}
}

// smallFiles fills a folder with n pictures of 20 to 60 KB in up to 200 directories.
func (h *host) smallFiles(folder string, n int) {
	random := rand.New(noise(3))
	for i := range n {
		dir := filepath.Join(folder, fmt.Sprintf("%03d", i%200))
		if i < 200 {
			h.mkdir(dir)
		}
		h.put(filepath.Join(dir, fmt.Sprintf("IMG_%05d.jpg", i)), jpeg(20_000+random.IntN(40_000), random.Uint64()), corpusTime(i))
	}
}

// flush lets what was written before cost nobody anything.
func flush() { syscall.Sync() }

// effort is what something took.
type effort struct{ wall, cpu time.Duration }

func (e effort) String() string {
	return fmt.Sprintf("%.1f s, %.1f s of CPU", e.wall.Seconds(), e.cpu.Seconds())
}

// receiveAll lets b receive a's folder: both are paired, with nothing in them,
// and the clock starts with the sender's process and stops when b is complete.
func receiveAll(t *testing.T, a, b *host, folder string) (e effort) {
	t.Helper()
	a.forget()
	b.forget()
	empty := a.mkdir(a.path("Empty"))
	a.start(empty)
	b.start()
	pair(t, a, b)
	want := int64(len(list(t, folder)))
	start := time.Now()
	a.must("folders", "add", folder)
	_, ok := eventually(20*time.Minute, 50*time.Millisecond, func() bool {
		s := b.status()
		return s.Vault.Items == want && complete(s)
	})
	e.wall = time.Since(start)
	if !ok {
		t.Fatalf("h2 has not received everything: %+v", b.status().Vault)
	}
	sends, receives := cpuOf(t, a), cpuOf(t, b)
	t.Logf("of CPU: %.1f s to send, %.1f s to receive", sends.Seconds(), receives.Seconds())
	e.cpu = sends + receives
	a.stop()
	b.stop()
	if got := len(list(t, filepath.Join(b.vault(), a.name, "Pictures"))); int64(got) != want {
		t.Errorf("%d files in the vault, want %d", got, want)
	}
	return e
}

// forget removes what a node knew and held.
func (h *host) forget() {
	h.t.Helper()
	removeTree(h.t, h.path(".local"))
	if exists(h.vault()) { // moved, not removed: ext4 is slow to make files right after many were removed
		if err := os.Rename(h.vault(), h.path(fmt.Sprintf("old-%d", time.Now().UnixNano()))); err != nil {
			h.t.Fatal(err)
		}
	}
}

// list returns the files below a directory.
func list(t *testing.T, dir string) (names []string) {
	t.Helper()
	walk(t, dir, func(rel string, _ os.FileInfo) { names = append(names, rel) })
	return names
}

// cpuOf returns the processor time of a node so far.
func cpuOf(t *testing.T, h *host) time.Duration {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", h.run.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	var user, system int64
	fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		t.Fatal(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}

// sshServer is an ssh server in a host, for rsync.
type sshServer struct {
	t    *testing.T
	host *host
	key  string
}

const sshPort = "2222"

// serveSSH starts a server with a key of its own, or says what is missing for that.
func serveSSH(t *testing.T, h *host) (s *sshServer, missing string) {
	t.Helper()
	var sshd string
	for _, tool := range []string{"rsync", "ssh", "ssh-keygen", "sshd"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			path = "/usr/sbin/" + tool
			if !exists(path) {
				return nil, "no " + tool
			}
		}
		sshd = path
	}
	dir := t.TempDir()
	s = &sshServer{t: t, host: h, key: filepath.Join(dir, "key")}
	for _, name := range []string{"key", "hostkey"} {
		if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, name)).CombinedOutput(); err != nil {
			t.Fatalf("ssh-keygen: %v: %s", err, out)
		}
	}
	if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := h.lab.command("exec", h.name, sshd, "-D", "-e", "-f", "/dev/null", "-h", filepath.Join(dir, "hostkey"), "-p", sshPort,
		"-o", "AuthorizedKeysFile="+s.key+".pub", "-o", "StrictModes=no", "-o", "UsePAM=no", "-o", "PidFile=none")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if _, ok := eventually(10*time.Second, 50*time.Millisecond, func() bool {
		return h.lab.command("exec", h.name, "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/"+sshPort).Run() == nil
	}); !ok {
		return nil, "sshd does not start"
	}
	return s, ""
}

// rsync copies a folder of the lab's first host to a directory of the server's.
func (s *sshServer) rsync(folder, to string) (e effort) {
	s.t.Helper()
	ssh := fmt.Sprintf("ssh -p %s -i %s -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR", sshPort, s.key)
	cmd := s.host.lab.command("exec", "h1", "rsync", "-a", "--fsync", "-e", ssh, folder+"/", s.host.lab.addr(s.host.name)+":"+to+"/")
	start := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("rsync: %v: %s", err, out)
	}
	flush() // what it does not sync itself: its directories
	e.wall = time.Since(start)
	e.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime() // of its own end
	return e
}

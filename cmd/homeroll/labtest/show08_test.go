//go:build lab && linux

package labtest

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestSeenByAvahi: a browser that nobody here wrote sees a node come and go.
func TestSeenByAvahi(t *testing.T) {
	t.Parallel()
	_, hosts := network(t, 3)
	a, b := hosts[0], hosts[1]
	if _, err := exec.LookPath("avahi-browse"); err != nil {
		t.Fatal(err) // .ci/run installs it
	}
	seen := browse(t, hosts[2])
	a.start(a.copyCorpus("takeout"))
	b.start()
	start := time.Now()
	if _, ok := eventually(20*time.Second, 100*time.Millisecond, func() bool { return len(seen.names("+")) == 2 }); !ok {
		t.Fatalf("avahi-browse sees %v, want two nodes", seen.all())
	}
	t.Logf("both seen %v after the second answered: %v", time.Since(start).Round(time.Millisecond), seen.names("+"))
	for _, line := range seen.all() {
		if strings.Contains(line, a.name+";") || strings.Contains(line, "takeout") {
			t.Logf("announced: %s", line)
		}
	}
	start = time.Now()
	b.stop()
	if _, ok := eventually(20*time.Second, 100*time.Millisecond, func() bool { return len(seen.names("-")) == 1 }); !ok {
		t.Fatalf("avahi-browse still sees a node that stopped: %v", seen.all())
	}
	t.Logf("gone %v after a clean stop", time.Since(start).Round(time.Millisecond))
	if gone := seen.names("-"); !slices.Contains(seen.names("+"), gone[0]) {
		t.Errorf("%v went, %v had come", gone, seen.names("+"))
	}
}

// browser collects what avahi-browse prints.
type browser struct {
	mu    sync.Mutex
	lines []string
}

func browse(t *testing.T, host *host) *browser {
	t.Helper()
	script := filepath.Join(world.labs, "avahi.sh")
	cmd := host.lab.command("exec", host.name, "unshare", "-m", script, "avahi-browse", "-rp", "_homeroll._tcp")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	b := &browser{}
	go func() {
		for s := bufio.NewScanner(out); s.Scan(); {
			b.mu.Lock()
			b.lines = append(b.lines, s.Text())
			b.mu.Unlock()
		}
	}()
	return b
}

func (b *browser) all() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.lines)
}

// names returns the instances of events of a kind, "+" or "-", each once.
func (b *browser) names(kind string) (names []string) {
	for _, line := range b.all() {
		f := strings.Split(line, ";")
		if len(f) > 4 && f[0] == kind && f[4] == "_homeroll._tcp" && !slices.Contains(names, f[3]) {
			names = append(names, f[3])
		}
	}
	return names
}

// TestStranger: a node of another home on the same network gets nothing, and
// a node listens to the network on nothing but its one port and multicast DNS;
// its page answers on the machine itself alone. What each protocol yields to a stranger is enumerated in discovery's own tests.
func TestStranger(t *testing.T) {
	t.Parallel()
	net, hosts := network(t, 3)
	a, b, c := hosts[0], hosts[1], hosts[2]
	folder := a.copyCorpus("phone-a")
	a.start(folder)
	b.start()
	c.start(c.copyCorpus("takeout"))
	pair(t, a, b)
	awaitComplete(60*time.Second, a, b)
	listening(t, a)
	listening(t, b)

	// c knows where they are; that they are not of its home must be enough.
	for _, member := range []*host{a, b} {
		if _, said, code := c.try("devices", "connect", member.name, net.addr(member.name), "--json"); code == 0 {
			t.Errorf("h3 connects to %s, which is not of its home", member.name)
		} else {
			t.Logf("h3: devices connect %s: exit %d: %s", member.name, code, strings.TrimSpace(string(said)))
		}
	}
	if code, said := c.join("7K-4MP-X2R"); code != 4 && code != 5 {
		t.Errorf("h3 joins with a code that nobody shows: exit %d: %s", code, said)
	}
	_, before := net.wire(t, "h1")
	a.put(filepath.Join(folder, "new.jpg"), jpeg(200_000, 8), time.Now())
	if _, ok := eventually(20*time.Second, 100*time.Millisecond, func() bool {
		return exists(filepath.Join(b.vault(), a.name, "phone-a", "new.jpg"))
	}); !ok {
		t.Fatal("the new picture is not on h2")
	}
	awaitComplete(20*time.Second, a, b)
	_, after := net.wire(t, "h1")
	t.Logf("h1 sent %d bytes while a picture of 200000 went to h2", after-before)
	for _, h := range []*host{a, b} {
		if s := h.status(); len(s.Peers) != 1 {
			t.Errorf("%s: peers %+v", h.name, s.Peers)
		}
	}
	if s := c.status(); len(s.Peers) != 0 || s.Vault.Items != 0 || s.items() != s.Library.Items {
		t.Errorf("the stranger knows %d items (%d its own), holds %d of others, and has peers %+v", s.items(), s.Library.Items, s.Vault.Items, s.Peers)
	}
	if exists(c.vault()) {
		walk(t, c.vault(), func(rel string, _ os.FileInfo) { t.Errorf("the stranger's vault has %s", rel) })
	}
}

var listeningAt = regexp.MustCompile(`^(tcp|udp)\s+\S+\s+\d+\s+\d+\s+(\S+):(\d+)\s`)

// listening checks that a host's node listens to the network on its peer port
// and multicast DNS alone, and that its page is on the loopback address.
func listening(t *testing.T, h *host) {
	t.Helper()
	out, err := h.lab.command("exec", h.name, "ss", "-Hltun").Output()
	if err != nil {
		t.Fatal(err)
	}
	var tcp []string
	page := false
	for line := range strings.Lines(string(out)) {
		m := listeningAt.FindStringSubmatch(line)
		switch {
		case m == nil:
			t.Errorf("%s: %q", h.name, line)
		case m[1] == "tcp" && m[3] == "8471":
			tcp = append(tcp, m[2])
		case m[1] == "tcp" && m[3] == "8470" && m[2] == "127.0.0.1":
			page = true
		case m[1] == "tcp":
			t.Errorf("%s listens on TCP port %s at %s", h.name, m[3], m[2])
		case m[3] != "5353":
			t.Errorf("%s listens on UDP port %s", h.name, m[3])
		}
	}
	if len(tcp) == 0 {
		t.Errorf("%s does not listen on port 8471:\n%s", h.name, out)
	}
	if !page {
		t.Errorf("%s does not show its page on 127.0.0.1:8470:\n%s", h.name, out)
	}
	t.Logf("%s listens on TCP 8471 (%s) and multicast DNS, on nothing else of the network", h.name, strings.Join(tcp, ", "))
}

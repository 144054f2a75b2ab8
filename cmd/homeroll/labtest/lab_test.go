//go:build lab && linux

package labtest

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
)

// lab is one switched network of hosts h1, h2, … in network namespaces.
type lab struct {
	script string
	name   string // prefix of every namespace
	net    string // first three octets of the network
	env    []string
}

var labs atomic.Int64 // made by this process

func newLab() *lab {
	l := &lab{
		script: filepath.Join(world.labs, "lab.sh"),
		name:   fmt.Sprintf("hr%d-%d", os.Getpid(), labs.Add(1)),
		net:    "10.88.0", // every lab has its own
	}
	l.env = append(os.Environ(), "LAB_NAME="+l.name, "LAB_NET="+l.net, "LABWAN="+world.wan)
	return l
}

// command returns a command of lab.sh, not started.
func (l *lab) command(args ...string) *exec.Cmd {
	cmd := exec.Command(l.script, args...)
	cmd.Env = l.env
	return cmd
}

// do runs a command of lab.sh.
func (l *lab) do(t *testing.T, args ...string) {
	t.Helper()
	if out, err := l.command(args...).CombinedOutput(); err != nil {
		t.Fatalf("lab.sh %v: %v\n%s", args, err, out)
	}
}

func (l *lab) down() { _ = l.command("down").Run() }

// namespace returns the name of a host's network namespace.
func (l *lab) namespace(host string) string { return l.name + "-" + host }

// addr returns a host's address on the first segment.
func (l *lab) addr(host string) string { return l.net + "." + host[1:] }

// wire counts the bytes that have crossed a host's first interface, headers
// included.
func (l *lab) wire(t *testing.T, host string) (in, out int64) {
	t.Helper()
	raw, err := exec.Command("ip", "-n", l.namespace(host), "-s", "-j", "link", "show", "eth0").Output()
	if err != nil {
		t.Fatalf("read counters of %s: %v", host, err)
	}
	var links []struct {
		Stats struct {
			RX struct{ Bytes int64 } `json:"rx"`
			TX struct{ Bytes int64 } `json:"tx"`
		} `json:"stats64"`
	}
	if err := json.Unmarshal(raw, &links); err != nil || len(links) != 1 {
		t.Fatalf("read counters of %s: %v in %s", host, err, raw)
	}
	return links[0].Stats.RX.Bytes, links[0].Stats.TX.Bytes
}

// network gives the test n fresh hosts on a network of their own and takes all
// down at its end.
func network(t *testing.T, n int) (*lab, []*host) {
	t.Helper()
	if world.missing != "" {
		t.Skip("skipped: ", world.missing)
	}
	l := newLab()
	t.Cleanup(l.down) // after every node's own cleanup
	l.do(t, "up", fmt.Sprint(n))
	hosts := make([]*host, n)
	for i := range hosts {
		hosts[i] = newHost(t, l, fmt.Sprintf("h%d", i+1))
	}
	return l, hosts
}

//go:build lab && linux

package labtest

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// streamRole makes this test binary one end of a plain TCP stream: "send ADDR
// BYTES" or "receive ADDR BYTES".
const streamRole = "HOMEROLL_LAB_STREAM"

// stream is that end. The receiver prints "ready", and how many nanoseconds
// have passed between the connection and the last byte.
func stream(role string) error {
	var what, addr string
	var size int64
	if _, err := fmt.Sscan(role, &what, &addr, &size); err != nil {
		return fmt.Errorf("read %s=%q: %w", streamRole, role, err)
	}
	if what == "send" {
		return streamOut(addr, size)
	}
	return streamIn(addr, size)
}

func streamOut(addr string, size int64) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := io.CopyBuffer(conn, io.LimitReader(noise(1), size), make([]byte, 256<<10)); err != nil {
		return err
	}
	_, err = conn.Read(make([]byte, 1)) // until the other end has all
	if err == io.EOF {
		return nil
	}
	return err
}

func streamIn(addr string, size int64) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	conn, err := listener.Accept()
	if err != nil {
		return err
	}
	defer conn.Close()
	start := time.Now()
	if _, err := io.CopyN(io.Discard, conn, size); err != nil {
		return err
	}
	fmt.Println(time.Since(start).Nanoseconds())
	return nil
}

// plainStream sends bytes from one host to another over TCP, with nothing
// around them, and returns how long that took.
func plainStream(t *testing.T, from, to *host, size int64) time.Duration {
	t.Helper()
	addr := to.lab.addr(to.name) + ":9000"
	in := streamEnd(t, to, fmt.Sprint("receive ", addr, " ", size))
	out, err := in.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := in.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, len("ready\n"))); err != nil {
		t.Fatalf("plain stream: %v", err)
	}
	if said, err := streamEnd(t, from, fmt.Sprint("send ", addr, " ", size)).CombinedOutput(); err != nil {
		t.Fatalf("plain stream: %v: %s", err, said)
	}
	took, err := io.ReadAll(out)
	if err == nil {
		err = in.Wait()
	}
	if err != nil {
		t.Fatalf("plain stream: %v", err)
	}
	ns, err := strconv.ParseInt(strings.TrimSpace(string(took)), 10, 64)
	if err != nil {
		t.Fatalf("plain stream: %v", err)
	}
	return time.Duration(ns)
}

func streamEnd(t *testing.T, h *host, role string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := h.lab.command("exec", h.name, self)
	cmd.Env = append(cmd.Env, streamRole+"="+role)
	cmd.Stderr = os.Stderr
	if strings.HasPrefix(role, "send") {
		cmd.Stderr = nil
	}
	return cmd
}

// congest chooses the congestion control of connections that a host makes or
// takes from now on.
func (h *host) congest(control string) {
	h.t.Helper()
	if out, err := h.lab.command("exec", h.name, "sh", "-c", "echo "+control+" >/proc/sys/net/ipv4/tcp_congestion_control").CombinedOutput(); err != nil {
		h.t.Fatalf("congestion control: %v: %s", err, out)
	}
}

// dice draws for each direction of the relay by itself, from a seed in its environment.
const dice = `package main

import (
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
)

var (
	drawing sync.Mutex
	seeded  = map[int]*rand.Rand{}
)

func draw(from int) float64 {
	drawing.Lock()
	defer drawing.Unlock()
	if seeded[from] == nil {
		seed, _ := strconv.ParseUint(os.Getenv("LABWAN_SEED"), 10, 64)
		seeded[from] = rand.New(rand.NewPCG(seed, uint64(from)))
	}
	return seeded[from].Float64()
}
`

// seedLoss makes the lab's relays lose the same frames of each direction, by
// their number, whenever they are started with the same seed.
func (l *lab) seedLoss(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(world.labs, "wan"))); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "labwan.go")
	const by, instead = "rand.Float64()*100 < *loss", "draw(from)*100 < *loss"
	source := string(read(t, path))
	if !strings.Contains(source, by) {
		t.Fatalf("the relay has no %q", by)
	}
	bin := filepath.Join(dir, "seeded", "labwan") // the name by which lab.sh knows it
	for name, text := range map[string]string{path: strings.Replace(source, by, instead, 1), filepath.Join(dir, "dice.go"): dice} {
		if err := os.Remove(name); err != nil && !os.IsNotExist(err) { // a copy of what is read-only is, too
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "build", "-o", bin, ".")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the seeded relay: %v: %s", err, out)
	}
	l.env = append(l.env, "LABWAN="+bin)
}

// seed is what the relays that are started from now on draw from.
func (l *lab) seed(n int) { l.env = append(l.env, fmt.Sprint("LABWAN_SEED=", n)) }

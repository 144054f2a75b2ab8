//go:build lab && linux

package labtest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// host is one computer of the lab, with a user, a home directory, and at most
// one node.
type host struct {
	t    *testing.T
	lab  *lab
	name string
	home string // the user's
	run  *exec.Cmd
	done chan error // the node's end
	bin  string     // of the node, "" for the common one
	// before are words before the node's own command: a program that runs it.
	before []string
}

func newHost(t *testing.T, l *lab, name string) *host {
	t.Helper()
	h := &host{t: t, lab: l, name: name, home: filepath.Join(world.scratch, t.Name(), name)}
	h.mkdir(h.home)
	t.Cleanup(func() {
		if h.run != nil {
			h.kill()
		}
		if t.Failed() {
			h.printLog()
		} else if os.Getenv("HOMEROLL_LAB_KEEP") == "" {
			_ = os.RemoveAll(h.home)
		}
	})
	return h
}

// mkdir makes a directory that belongs to the host's user.
func (h *host) mkdir(dir string) string {
	h.t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		h.t.Fatal(err)
	}
	h.own(dir)
	return dir
}

func (h *host) own(path string) {
	h.t.Helper()
	if err := os.Lchown(path, int(nobody.Uid), int(nobody.Gid)); err != nil {
		h.t.Fatal(err)
	}
}

// path returns a path in the user's home.
func (h *host) path(elem ...string) string {
	return filepath.Join(append([]string{h.home}, elem...)...)
}

func (h *host) vault() string { return h.path("Homeroll") }

func (h *host) env() []string {
	return []string{"HOME=" + h.home, "PATH=" + os.Getenv("PATH"), "NO_COLOR=1", "LANG=C.UTF-8", "TMPDIR=/tmp"}
}

// start runs a node in the host and waits until it answers.
func (h *host) start(args ...string) {
	h.t.Helper()
	h.launch(args...)
	h.awaitAnswer()
}

// awaitAnswer waits until a node that was launched answers.
func (h *host) awaitAnswer() {
	h.t.Helper()
	_, ok := eventually(60*time.Second, 50*time.Millisecond, func() bool {
		select {
		case err := <-h.done:
			h.done <- err
			h.t.Fatalf("%s: node ended at once: %v", h.name, err)
		default:
		}
		_, _, code := h.try("status", "--json")
		return code == 0
	})
	if !ok {
		h.t.Fatalf("%s: node does not answer", h.name)
	}
}

// launch starts a node and does not wait for it.
func (h *host) launch(args ...string) {
	h.t.Helper()
	if h.run != nil {
		h.t.Fatalf("%s: a node is running already", h.name)
	}
	log, err := os.OpenFile(h.home+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		h.t.Fatal(err)
	}
	defer log.Close()
	argv := slices.Concat([]string{"exec", h.name, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"},
		h.before, []string{cmp.Or(h.bin, world.bin), "run"})
	cmd := h.lab.command(append(argv, args...)...)
	// Each program on the way replaces itself by the next, so this process is the node.
	cmd.Env = append(h.env(), "LAB_NAME="+h.lab.name, "LAB_NET="+h.lab.net)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Dir = h.home
	if err := cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.run, h.done = cmd, make(chan error, 1)
	go func(done chan<- error) { done <- cmd.Wait() }(h.done)
}

// stop ends the node as a user does, which must succeed.
func (h *host) stop() {
	h.t.Helper()
	_ = h.run.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-h.done:
		if err != nil {
			h.t.Errorf("%s: run after SIGTERM: %v", h.name, err)
		}
	case <-time.After(60 * time.Second):
		h.t.Errorf("%s: node still runs 60 s after SIGTERM", h.name)
		_ = h.run.Process.Kill()
		<-h.done
	}
	h.run = nil
}

// kill ends the node as a power cut does.
func (h *host) kill() {
	killGroup(h.run)
	<-h.done
	h.run = nil
}

// command returns a homeroll command of the host's user, in the lab's network
// or not: it speaks to the node through its socket.
func (h *host) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, world.bin, args...)
	cmd.Env = h.env()
	cmd.Dir = h.home
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: nobody}
	return cmd
}

// try runs a homeroll command to its end and returns its exit code.
func (h *host) try(args ...string) (stdout, stderr []byte, code int) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := h.command(ctx, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		h.t.Fatalf("%s: homeroll %v: %v", h.name, args, err)
	}
	return out.Bytes(), errs.Bytes(), cmd.ProcessState.ExitCode()
}

// must runs a homeroll command that has to succeed.
func (h *host) must(args ...string) []byte {
	h.t.Helper()
	out, errs, code := h.try(args...)
	if code != 0 {
		h.t.Fatalf("%s: homeroll %v: exit %d\n%s%s", h.name, args, code, out, errs)
	}
	return out
}

func (h *host) status() *status {
	h.t.Helper()
	var s status
	h.decode(h.must("status", "--json"), &s)
	return &s
}

// copies asks who holds a photo, by path or hash; nil if the device knows
// nothing of it.
func (h *host) copies(photo string) *copies {
	h.t.Helper()
	out, _, code := h.try("copies", "--json", photo)
	if code != 0 {
		return nil
	}
	var c copies
	h.decode(out, &c)
	return &c
}

func (h *host) decode(raw []byte, doc any) {
	h.t.Helper()
	if err := json.Unmarshal(raw, doc); err != nil {
		h.t.Fatalf("%s: %v in %s", h.name, err, raw)
	}
}

// await waits until the status is as wanted and returns how long that took.
func (h *host) await(what string, limit time.Duration, cond func(*status) bool) time.Duration {
	h.t.Helper()
	var last *status
	took, ok := eventually(limit, 150*time.Millisecond, func() bool {
		last = h.status()
		return cond(last)
	})
	if !ok {
		raw, _ := json.MarshalIndent(last, "", " ")
		h.t.Fatalf("%s: not %s within %v; status is now\n%s", h.name, what, limit, raw)
	}
	return took
}

func complete(s *status) bool { return s.State == "complete" }

// awaitComplete waits until every host is complete.
func awaitComplete(limit time.Duration, hosts ...*host) time.Duration {
	start := time.Now()
	for _, h := range hosts {
		h.t.Helper()
		h.await("complete", max(limit-time.Since(start), time.Second), complete)
	}
	return time.Since(start)
}

// printLog prints the end of what the node said.
func (h *host) printLog() {
	raw, err := os.ReadFile(h.home + ".log")
	if err != nil {
		return
	}
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	h.t.Logf("%s: the last of %d lines of its log:\n%s", h.name, len(lines), strings.Join(lines[max(0, len(lines)-40):], "\n"))
}

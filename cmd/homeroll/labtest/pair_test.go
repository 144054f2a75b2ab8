//go:build lab && linux

package labtest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"testing"
	"time"
)

// window is a running "homeroll pair": the side that shows a code.
type window struct {
	t      *testing.T
	host   *host
	code   string
	events chan event // closed at its end
	ended  chan struct{}
	cmd    *exec.Cmd
	stderr bytes.Buffer
	cancel context.CancelFunc
}

// invite opens a pairing window and returns once it shows its code.
func (h *host) invite() *window {
	h.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	h.t.Cleanup(cancel)
	w := &window{t: h.t, host: h, events: make(chan event, 1000), ended: make(chan struct{}), cmd: h.command(ctx, "pair", "--json"), cancel: cancel}
	w.cmd.Stderr = &w.stderr
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	if err := w.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	go func() {
		defer close(w.ended)
		defer close(w.events)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var e event
			if json.Unmarshal(lines.Bytes(), &e) == nil {
				w.events <- e
			}
		}
	}()
	w.code = w.next("code", 20*time.Second).Code
	return w
}

// open reports whether the command still runs.
func (w *window) open() bool {
	select {
	case <-w.ended:
		return false
	default:
		return true
	}
}

// next returns the next event of a type.
func (w *window) next(kind string, limit time.Duration) event {
	w.t.Helper()
	timeout := time.After(limit)
	for {
		select {
		case e, open := <-w.events:
			if !open {
				_ = w.cmd.Wait()
				w.t.Fatalf("%s: pair ended without %q: %v %s", w.host.name, kind, w.cmd.ProcessState, w.stderr.Bytes())
			}
			if e.Type == kind {
				return e
			}
		case <-timeout:
			w.t.Fatalf("%s: pair: no %q within %v", w.host.name, kind, limit)
		}
	}
}

// end waits for the command's own end and returns its exit code and the events
// that were left.
func (w *window) end(limit time.Duration) (code int, events []event) {
	w.t.Helper()
	timeout := time.After(limit)
	for {
		select {
		case e, open := <-w.events:
			if !open {
				_ = w.cmd.Wait()
				return w.cmd.ProcessState.ExitCode(), events
			}
			events = append(events, e)
		case <-timeout:
			w.t.Fatalf("%s: pair still runs after %v", w.host.name, limit)
		}
	}
}

// interrupt closes the window as Ctrl-C does.
func (w *window) interrupt() int {
	w.t.Helper()
	_ = w.cmd.Process.Signal(os.Interrupt)
	code, _ := w.end(20 * time.Second)
	return code
}

// join types a code and returns the exit code and what was said.
func (h *host) join(code string) (exit int, said string) {
	h.t.Helper()
	out, errs, exit := h.try("pair", "--json", code)
	return exit, string(out) + string(errs)
}

// pair brings joiner into inviter's home, without giving an address.
func pair(t *testing.T, inviter, joiner *host) {
	t.Helper()
	w := inviter.invite()
	start := time.Now()
	if code, said := joiner.join(w.code); code != 0 {
		t.Fatalf("%s joins %s: exit %d: %s", joiner.name, inviter.name, code, said)
	}
	if code, events := w.end(30 * time.Second); code != 0 || len(events) == 0 || events[len(events)-1].Type != "paired" {
		t.Fatalf("%s: pair: exit %d, events %+v, %s", inviter.name, code, events, w.stderr.Bytes())
	}
	t.Logf("%s and %s paired in %v", inviter.name, joiner.name, time.Since(start).Round(time.Millisecond))
}

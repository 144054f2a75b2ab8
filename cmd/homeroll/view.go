package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"homeroll/node/api"
	"homeroll/node/config"
)

// runView is the one writer of "homeroll run": it decides between terminal, pipe and JSON. What
// is written to it is the node's log, whole lines at a time. Safe for concurrent use.
type runView interface {
	io.WriteCloser
	Line(string)
	Status(*api.Status)
}

func (a *app) runView(c config.Config) runView {
	switch {
	case c.Device.NAS:
		return &logView{w: a.err, log: slog.New(slog.NewJSONHandler(a.err, nil))}
	case a.json:
		return &jsonView{w: a.err, out: a.out}
	case terminal(a.out) && terminal(a.err) && !a.quiet:
		return newBarView(a.err, colours(a.err))
	default:
		return &lineView{w: a.err, out: a.out, quiet: a.quiet, now: time.Now}
	}
}

// stateText is a state with its reason, on one line.
func stateText(s *api.Status) string {
	text := string(s.State)
	if s.Reason != "" {
		text += ": " + s.Reason
	}
	return text
}

// lineView writes plain lines, for pipes and files.
type lineView struct {
	w, out io.Writer
	quiet  bool
	now    func() time.Time

	mu    sync.Mutex
	last  string
	moved time.Time // when progress was last written
}

// progressEvery bounds how often lines about mere progress are written.
const progressEvery = 10 * time.Second

func (v *lineView) Write(p []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.w.Write(p)
}

func (v *lineView) Close() error { return nil }

func (v *lineView) Line(line string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.quiet {
		fmt.Fprintln(v.out, plain(line))
	}
}

func (v *lineView) Status(s *api.Status) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.quiet {
		return
	}
	now := v.now()
	// The state alone decides: the numbers in a reason change all the time.
	if state := string(s.State); state != v.last {
		v.last, v.moved = state, now
		fmt.Fprintln(v.out, plain(stateText(s)))
		return
	}
	if text := progressText(s); text != "" && now.Sub(v.moved) >= progressEvery {
		v.moved = now
		fmt.Fprintln(v.out, plain(text))
	}
}

// progressText says how far the present work has come, "" if there is none.
func progressText(s *api.Status) string {
	switch {
	case s.State == api.StateScanning && s.Progress.Total > 0:
		return fmt.Sprintf("scanning: %s of %s", countText(s.Progress.Done), plural(s.Progress.Total, "file", "files"))
	case s.Incoming.Items != nil && *s.Incoming.Items > 0:
		return "receiving: " + flowText(s.Incoming)
	default:
		return ""
	}
}

// logView is for NAS mode: states are log lines, too.
type logView struct {
	w   io.Writer
	log *slog.Logger

	mu   sync.Mutex
	last string
}

func (v *logView) Write(p []byte) (int, error) { return v.w.Write(p) }
func (v *logView) Close() error                { return nil }
func (v *logView) Line(line string)            { v.log.Info(line) }

func (v *logView) Status(s *api.Status) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if state := string(s.State); state != v.last {
		v.last = state
		v.log.Info("state changed", "state", state, "reason", s.Reason)
	}
}

// jsonView writes a status line at each change of state.
type jsonView struct {
	w, out io.Writer

	mu   sync.Mutex
	last api.State
}

func (v *jsonView) Write(p []byte) (int, error) { return v.w.Write(p) }
func (v *jsonView) Close() error                { return nil }
func (v *jsonView) Line(string)                 {}

func (v *jsonView) Status(s *api.Status) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if s.State == v.last {
		return
	}
	v.last = s.State
	s.Type = "status"
	if line, err := json.Marshal(s); err == nil {
		fmt.Fprintln(v.out, string(line))
	}
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"homeroll/node"
	"homeroll/node/api"
	"homeroll/node/config"
)

// Each kind of error ends with its code, also when it is wrapped, and is JSON where that was asked for.
func TestErrorsBecomeExitCodes(t *testing.T) {
	for name, tc := range map[string]struct {
		err           error
		code          int
		message, hint string
	}{
		"a node's answer":     {&api.Error{Code: api.ExitUnreachable, Message: "nas is not reachable", Hint: "switch it on"}, 5, "nas is not reachable", "switch it on"},
		"no node":             {api.ErrNoNode, 3, "no node is running", "start one: homeroll run"},
		"a bad setting":       {&config.Error{Source: "c.toml", Line: 3, Key: "a.b", Value: "1", Problem: "is wrong", Accepted: "2"}, 2, "c.toml:3: a.b = 1 is wrong", "accepted: 2"},
		"a held lock":         {&node.LockedError{State: "/s", PID: 42, Since: "2026-05-04 12:00:00"}, 1, "a node already runs on /s (process 42, since 2026-05-04 12:00:00)", "it is the one to talk to: homeroll status"},
		"an interrupt":        {errInterrupted, 130, "interrupted", ""},
		"our own words":       {usage("do that", "not %s", "this"), 2, "not this", "do that"},
		"an answer of code 0": {&api.Error{Message: "odd"}, 1, "odd", ""},
		"a missed deadline":   {context.DeadlineExceeded, 1, "timed out", ""},
		"a place not ours":    {&fs.PathError{Op: "mkdir", Path: "/s", Err: syscall.EACCES}, 1, "mkdir /s", elsewhere},
		"anything else":       {errors.New("the disk is on fire"), 1, "the disk is on fire", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, err := range []error{tc.err, fmt.Errorf("wrapped: %w", tc.err)} {
				var b bytes.Buffer
				a := &app{err: &b, json: true}
				if code := a.reportError(err); code != tc.code {
					t.Errorf("code %d, want %d", code, tc.code)
				}
				var got api.Error
				if err := json.Unmarshal(b.Bytes(), &got); err != nil {
					t.Fatal(err)
				}
				if got.Code != tc.code || got.Type != "error" || got.Schema != api.Schema || got.Hint != tc.hint || !strings.Contains(got.Message, tc.message) {
					t.Errorf("got %+v", got)
				}
			}
		})
	}
}

// A mistake of our own is confessed without its trace, which goes to a file.
func TestBugsAreNotShownRaw(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var b bytes.Buffer
	a := &app{err: &b}
	if code := a.reportBug("index out of range", []byte("goroutine 1 [running]:\nmain.secret()")); code != 1 {
		t.Errorf("code %d", code)
	}
	if strings.Contains(b.String(), "goroutine") || !strings.Contains(b.String(), "please report it") {
		t.Errorf("says %q", b.String())
	}
	_, file, ok := strings.Cut(strings.TrimSpace(b.String()), "with the file ")
	if trace, err := os.ReadFile(file); !ok || err != nil || !strings.Contains(string(trace), "main.secret") {
		t.Errorf("the trace is not in the file: %v", err)
	}
}

// What peers and files are called cannot command the terminal.
func TestTextForTerminalsIsPlain(t *testing.T) {
	for text, want := range map[string]string{
		"a\x1b[2Jb": "a\ufffd[2Jb", "x\rY": "x\ufffdY", "Größe 誕生日 🎂": "Größe 誕生日 🎂", "gpj.\u202eexe": "gpj.\ufffdexe", "a\tb\nc": "a\tb\nc",
	} {
		if got := plain(text); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
}

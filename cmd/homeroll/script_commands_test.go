package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// patience is how long a script waits for what must happen; nothing is measured by it.
const patience = 60 * time.Second

// cmdExits runs a command and wants an exit code: exits CODE homeroll ARG…
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARG…")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if want := args[0]; strconv.Itoa(got) != want {
		ts.Fatalf("exit code %d, want %s", got, want)
	}
}

// cmdJSON wants a field of the JSON document in a file, or stdout or stderr, to match a regular expression: json stdout
// copies.wanted 2. Numbers in the path are indices of lists; # is a list's length.
func cmdJSON(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: json FILE FIELD REGEXP")
	}
	var doc any
	if err := json.Unmarshal([]byte(ts.ReadFile(args[0])), &doc); err != nil {
		ts.Fatalf("%s is not one JSON document: %v", args[0], err)
	}
	got := field(ts, doc, args[1])
	if matched := regexp.MustCompile(`^(?:` + args[2] + `)$`).MatchString(got); matched == neg {
		ts.Fatalf("%s is %s", args[1], got)
	}
}

func field(ts *testscript.TestScript, v any, path string) string {
	for name := range strings.SplitSeq(path, ".") {
		switch parent := v.(type) {
		case map[string]any:
			child, ok := parent[name]
			if !ok {
				ts.Fatalf("%s: there is no %s", path, name)
			}
			v = child
		case []any:
			if name == "#" {
				v = float64(len(parent))
				continue
			}
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(parent) {
				ts.Fatalf("%s: there is no %s among %d", path, name, len(parent))
			}
			v = parent[i]
		default:
			ts.Fatalf("%s: %v has no %s", path, v, name)
		}
	}
	if text, ok := v.(string); ok {
		return text
	}
	text, err := json.Marshal(v)
	ts.Check(err)
	return string(text)
}

// cmdBecomes waits until a field of the running node's status matches: becomes FIELD REGEXP [ARG…]
func cmdBecomes(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: becomes FIELD REGEXP [ARG…]")
	}
	pattern := regexp.MustCompile(`^(?:` + args[1] + `)$`)
	last := ""
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		ts.Check(ts.Exec("homeroll", append([]string{"status", "--json"}, args[2:]...)...))
		var doc any
		ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &doc))
		if last = field(ts, doc, args[0]); pattern.MatchString(last) {
			return
		}
	}
	ts.Fatalf("%s stays %s", args[0], last)
}

// cmdPhoto makes photos, each different from any other of the script: photo FILE…
func cmdPhoto(ts *testscript.TestScript, _ bool, args []string) {
	for i, name := range args {
		seed := len(name)
		for _, r := range name {
			seed = seed*31 + int(r)
		}
		s := sample{path: filepath.Base(name), width: 64 + i, height: 48, hue: float64(seed%1000) / 1000, taken: "2024-05-06T07:08:09Z"}
		ts.Check(s.write(filepath.Dir(ts.MkAbs(name))))
	}
}

// cmdSame wants two files with the same bytes and the same time to the second: same FILE FILE
func cmdSame(ts *testscript.TestScript, _ bool, args []string) {
	var times []time.Time
	for _, name := range args {
		info, err := os.Stat(ts.MkAbs(name))
		ts.Check(err)
		times = append(times, info.ModTime().Truncate(time.Second))
	}
	if ts.ReadFile(args[0]) != ts.ReadFile(args[1]) {
		ts.Fatalf("%s and %s differ", args[0], args[1])
	}
	if !times[0].Equal(times[1]) {
		ts.Fatalf("%s is of %v, %s of %v", args[0], times[0], args[1], times[1])
	}
}

// process is a command that runs beside a script.
type process struct {
	cmd   *exec.Cmd
	out   lockedBuffer // of both streams
	ended chan struct{}
}

// processesKey finds the processes of a script.
type processesKey struct{}

func processes(ts *testscript.TestScript) map[string]*process {
	return ts.Value(processesKey{}).(map[string]*process)
}

func processNamed(ts *testscript.TestScript, name string) *process {
	p := processes(ts)[name]
	if p == nil {
		ts.Fatalf("no process %s", name)
	}
	return p
}

// cmdStart runs a command beside the script: start NAME homeroll ARG…
func cmdStart(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: start NAME COMMAND ARG…")
	}
	path, err := exec.LookPath(args[1])
	ts.Check(err)
	p := &process{cmd: exec.Command(path, args[2:]...), ended: make(chan struct{})}
	p.cmd.Dir = ts.MkAbs(".")
	p.cmd.Env = slices.Concat(os.Environ(), scriptEnv(ts))
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	ts.Check(p.cmd.Start())
	processes(ts)[args[0]] = p
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // its exit code is in ProcessState
	}()
	ts.Defer(func() {
		_ = p.cmd.Process.Kill() // most have ended
		<-p.ended
		ts.Logf("[%s]\n%s", args[0], p.out.String())
	})
}

// scriptEnv returns the script's variables that concern homeroll.
func scriptEnv(ts *testscript.TestScript) []string {
	var env []string
	for _, name := range []string{
		"HOME", "USERPROFILE", "LocalAppData", "TMPDIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "HOMEROLL_STATE",
		"HOMEROLL_PEERS_MULTICAST", "HOMEROLL_PEERS_LISTEN", "HOMEROLL_WEB_ADDR", "HOMEROLL_SCAN_SETTLE",
	} {
		if value := ts.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// cmdExpect waits until a process has printed what a regular expression matches, and keeps its first group in a variable:
// expect NAME REGEXP [VARIABLE]
func cmdExpect(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || neg && len(args) > 2 {
		ts.Fatalf("usage: expect NAME REGEXP [VARIABLE]; ! expect NAME REGEXP looks at what there is by now")
	}
	p, pattern := processNamed(ts, args[0]), regexp.MustCompile(`(?m)`+args[1])
	if neg {
		if line := pattern.FindString(p.out.String()); line != "" {
			ts.Fatalf("%s printed %s", args[0], line)
		}
		return
	}
	deadline, look := time.After(patience), time.NewTicker(20*time.Millisecond)
	defer look.Stop()
	for {
		ended := false
		select {
		case <-p.ended:
			ended = true
		case <-look.C:
		case <-deadline:
			ts.Fatalf("%s did not print %s", args[0], args[1])
		}
		if found := pattern.FindStringSubmatch(p.out.String()); found != nil {
			if len(args) > 2 {
				ts.Setenv(args[2], found[len(found)-1])
			}
			return
		}
		if ended {
			ts.Fatalf("%s ended without printing %s", args[0], args[1])
		}
	}
}

// cmdTogether runs homeroll commands at the same time, each of which has to succeed: together ARG… -- ARG…
func cmdTogether(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: together ARG… -- ARG…")
	}
	var all sync.WaitGroup
	failures := make(chan string, len(args))
	for len(args) > 0 {
		n := slices.Index(args, "--")
		if n < 0 {
			n = len(args)
		}
		cmd := exec.Command(ts.Getenv("HOMEROLL"), args[:n]...)
		cmd.Dir, cmd.Env = ts.MkAbs("."), slices.Concat(os.Environ(), scriptEnv(ts))
		all.Go(func() {
			if out, err := cmd.CombinedOutput(); err != nil {
				failures <- fmt.Sprintf("%v: %v\n%s", cmd.Args[1:], err, out)
			}
		})
		args = args[min(n+1, len(args)):]
	}
	all.Wait()
	close(failures)
	for f := range failures {
		ts.Fatalf("%s", f)
	}
}

// cmdSignal sends a signal: signal NAME TERM
func cmdSignal(ts *testscript.TestScript, _ bool, args []string) {
	signals := map[string]os.Signal{"TERM": syscall.SIGTERM, "INT": os.Interrupt, "KILL": os.Kill}
	ts.Check(processNamed(ts, args[0]).cmd.Process.Signal(signals[args[1]]))
}

// cmdEnds waits for a process to end with an exit code: ends NAME CODE
func cmdEnds(ts *testscript.TestScript, _ bool, args []string) {
	p := processNamed(ts, args[0])
	select {
	case <-p.ended:
	case <-time.After(patience):
		ts.Fatalf("%s does not end", args[0])
	}
	if got := fmt.Sprint(p.cmd.ProcessState.ExitCode()); got != args[1] {
		ts.Fatalf("%s ended with %s, want %s", args[0], got, args[1])
	}
}

// lockedBuffer is a buffer that is read while it is written.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

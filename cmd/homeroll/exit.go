package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"homeroll/node"
	"homeroll/node/api"
	"homeroll/node/config"
)

// failure is an error with its exit code and, for people, what to do about it.
type failure struct {
	code          int
	message, hint string
}

func (f *failure) Error() string { return f.message }

// usage makes an error of the command line.
func usage(hint, format string, args ...any) error {
	return &failure{code: api.ExitUsage, message: fmt.Sprintf(format, args...), hint: hint}
}

// exitNow ends the process without waiting for anything: after a second interrupt.
func exitNow() { os.Exit(api.ExitInterrupted) }

// elsewhere is what to do about a place where nothing can be written.
const elsewhere = "check who may write there, or name another place: --state DIR for what homeroll keeps, --vault DIR for the media"

var errInterrupted = errors.New("interrupted")

// exitCodes is the one table of what exit codes mean; help prints it.
var exitCodes = []struct {
	code    int
	meaning string
}{
	{0, "done (status: in any state; run: after SIGINT or SIGTERM)"},
	{api.ExitFailed, "failed"},
	{api.ExitUsage, "wrong usage or configuration"},
	{api.ExitNoNode, "no node is running"},
	{api.ExitCode, "wrong or expired code"},
	{api.ExitUnreachable, "peer not reachable"},
	{api.ExitDamage, "damage found and not repaired"},
	{api.ExitTooFew, "refused, because it would leave too few copies"},
	{api.ExitInterrupted, "interrupted"},
}

func exitCodeHelp() string {
	var b strings.Builder
	b.WriteString("Exit codes:\n")
	for _, row := range exitCodes {
		fmt.Fprintf(&b, "  %-4d %s\n", row.code, row.meaning)
	}
	return strings.TrimRight(b.String(), "\n")
}

// explain is the one place where errors become exit codes, messages and hints.
func (a *app) explain(err error) api.Error {
	var (
		own      *failure
		answered *api.Error
		setting  *config.Error
		locked   *node.LockedError
		hinted   interface{ Hint() string }
	)
	e := api.Error{Schema: api.Schema, Type: "error", Code: api.ExitFailed, Message: err.Error()}
	switch {
	case errors.As(err, &own):
		e.Code, e.Message, e.Hint = own.code, own.message, own.hint
	case errors.As(err, &answered):
		e.Code, e.Message, e.Hint = answered.Code, answered.Message, answered.Hint
	case errors.As(err, &setting):
		e.Code, e.Hint = api.ExitUsage, setting.Hint()
	case errors.As(err, &locked):
		e.Message = a.lockedMessage(locked)
		e.Hint = "it is the one to talk to: " + a.command("status")
	case errors.Is(err, api.ErrNoNode):
		return a.explain(a.noNode())
	case errors.Is(err, errInterrupted):
		e.Code = api.ExitInterrupted
	case errors.Is(err, context.DeadlineExceeded):
		e.Message = "timed out"
	case errors.As(err, &hinted) && hinted.Hint() != "":
		e.Hint = hinted.Hint()
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		e.Hint = elsewhere
	}
	e.Hint = a.withState(e.Hint)
	if e.Code == 0 {
		e.Code = api.ExitFailed
	}
	return e
}

// lockedMessage says who holds the state directory.
func (a *app) lockedMessage(e *node.LockedError) string {
	message := "a node already runs on " + e.State
	if e.PID > 0 {
		message += fmt.Sprintf(" (process %d", e.PID)
		if e.Since != "" {
			message += ", since " + e.Since
		}
		message += ")"
	}
	return message
}

// usageError makes an error of parsing the command line into one with a hint.
func usageError(cmd *cobra.Command, err error) error {
	var own *failure
	if errors.As(err, &own) {
		return err
	}
	hint := "see " + cmd.CommandPath() + " --help"
	if typed := unknownCommand(err); typed != "" {
		cmd.SuggestionsMinimumDistance = 2 // letters
		if meant := cmd.SuggestionsFor(typed); len(meant) > 0 {
			hint = "did you mean: " + cmd.CommandPath() + " " + meant[0]
		}
	}
	// What else cobra suggests comes on lines of their own.
	message, _, _ := strings.Cut(err.Error(), "\n")
	return &failure{code: api.ExitUsage, message: message, hint: hint}
}

// unknownCommand returns the word that cobra did not know; its error has no other form than text.
func unknownCommand(err error) string {
	rest, ok := strings.CutPrefix(err.Error(), `unknown command "`)
	if !ok {
		return ""
	}
	typed, _, _ := strings.Cut(rest, `"`)
	return typed
}

// reportError prints an error and returns its exit code.
func (a *app) reportError(err error) int {
	e := a.explain(err)
	if a.json {
		line, _ := json.Marshal(e)
		fmt.Fprintln(a.err, string(line))
		return e.Code
	}
	if e.Code == api.ExitInterrupted {
		fmt.Fprintln(a.err, "interrupted")
		return e.Code
	}
	fmt.Fprintf(a.err, "homeroll: %s\n", plain(e.Message))
	if e.Hint != "" {
		fmt.Fprintf(a.err, "hint: %s\n", plain(e.Hint))
	}
	return e.Code
}

// reportBug handles a panic: our own bug. Its trace goes to a file, for a report.
func (a *app) reportBug(bug any, stack []byte) int {
	hint := "please report it"
	if f, err := os.CreateTemp("", "homeroll-bug-*.txt"); err == nil {
		fmt.Fprintf(f, "homeroll %s\n%s\n%v\n\n%s", buildVersion(), time.Now().UTC().Format(time.RFC3339), bug, stack)
		if f.Close() == nil {
			hint += " with the file " + filepath.ToSlash(f.Name())
		}
	}
	return a.reportError(&failure{code: api.ExitFailed, message: "homeroll met a mistake of its own and stopped", hint: hint})
}

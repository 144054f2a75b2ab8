package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"
	"unicode/utf16"
)

// taskScheduler starts programs at logon without an administrator, which services of
// Windows cannot.
type taskScheduler struct{}

const taskName = "homeroll"

func newServiceManager(string) serviceManager { return taskScheduler{} }

func (t taskScheduler) install(ctx context.Context, spec serviceSpec) (err error) {
	f, err := os.CreateTemp("", "homeroll-task-*.xml")
	if err != nil {
		return fmt.Errorf("install the service: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(utf16Text(windowsTask(spec)))
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("install the service: %w", err)
	}
	if _, err := systemCommand(ctx, "schtasks", "/Create", "/TN", taskName, "/XML", f.Name(), "/F"); err != nil {
		return fmt.Errorf("install the service: %w", err)
	}
	if _, err := systemCommand(ctx, "schtasks", "/Run", "/TN", taskName); err != nil {
		return fmt.Errorf("start the service: %w", err)
	}
	return nil
}

// utf16Text is little-endian UTF-16 with its mark, what schtasks reads.
func utf16Text(s string) []byte {
	out := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(strings.ReplaceAll(s, "\n", "\r\n"))) {
		out = binary.LittleEndian.AppendUint16(out, unit)
	}
	return out
}

func (t taskScheduler) uninstall(ctx context.Context) error {
	_, endErr := systemCommand(ctx, "schtasks", "/End", "/TN", taskName)
	if _, err := systemCommand(ctx, "schtasks", "/Delete", "/TN", taskName, "/F"); err != nil {
		return fmt.Errorf("uninstall the service: %w", errors.Join(err, endErr))
	}
	return nil
}

// state reads the third column of schtasks' list, whose titles are in the user's language.
func (t taskScheduler) state(ctx context.Context) (serviceState, error) {
	state := serviceState{path: `Task Scheduler Library\` + taskName}
	text, err := systemCommand(ctx, "schtasks", "/Query", "/TN", taskName, "/FO", "CSV", "/NH")
	if err != nil {
		return state, nil //nolint:nilerr // it is not there
	}
	state.installed = true
	columns := strings.Split(strings.TrimSpace(text), `","`)
	state.detail = strings.Trim(columns[len(columns)-1], `"`)
	state.running = strings.EqualFold(state.detail, "running")
	return state, nil
}

func userName() string {
	if u, err := user.Current(); err == nil {
		return u.Username // DOMAIN\name
	}
	return os.Getenv("USERNAME")
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"homeroll/node/api"
)

// launchd is the user's own service manager.
type launchd struct{ home string }

func newServiceManager(home string) serviceManager { return launchd{home} }

func (l launchd) agent() string {
	return filepath.Join(l.home, "Library", "LaunchAgents", launchdLabel+".plist")
}

// domain is where agents of a logged-in user run.
func (l launchd) domain() string { return "gui/" + strconv.Itoa(os.Getuid()) }

func (l launchd) service() string { return l.domain() + "/" + launchdLabel }

func (l launchd) install(ctx context.Context, spec serviceSpec) error {
	if err := os.MkdirAll(filepath.Dir(l.agent()), 0o755); err != nil {
		return fmt.Errorf("install the service: %w", err)
	}
	log := filepath.Join(l.home, "Library", "Logs", "homeroll.log")
	if err := os.WriteFile(l.agent(), []byte(launchdAgent(spec, log)), 0o644); err != nil {
		return fmt.Errorf("install the service: %w", err)
	}
	if state, err := l.state(ctx); err == nil && state.detail != "" { // loaded: with the old text
		if _, err := systemCommand(ctx, "launchctl", "bootout", l.service()); err != nil {
			return fmt.Errorf("install the service: %w", err)
		}
	}
	if _, err := systemCommand(ctx, "launchctl", "bootstrap", l.domain(), l.agent()); err != nil {
		return &failure{
			code:    api.ExitFailed,
			message: fmt.Sprintf("the service is installed, but could not be started: %v", err),
			hint:    "it starts at the next login; or do this in a terminal on the machine itself, not over ssh",
		}
	}
	return nil
}

func (l launchd) uninstall(ctx context.Context) error {
	_, stopErr := systemCommand(ctx, "launchctl", "bootout", l.service())
	if err := os.Remove(l.agent()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("uninstall the service: %w", err)
	}
	if state, err := l.state(ctx); stopErr != nil && err == nil && state.running {
		return fmt.Errorf("uninstall the service: %w", stopErr)
	}
	return nil
}

func (l launchd) state(ctx context.Context) (serviceState, error) {
	state := serviceState{path: l.agent()}
	if _, err := os.Stat(l.agent()); err == nil {
		state.installed = true
	}
	text, err := systemCommand(ctx, "launchctl", "print", l.service())
	if err != nil {
		return state, nil //nolint:nilerr // it is not loaded
	}
	state.detail = "loaded"
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "state = "); ok {
			state.detail, state.running = value, value == "running"
			break
		}
	}
	return state, nil
}

func userName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return strconv.Itoa(os.Getuid())
}

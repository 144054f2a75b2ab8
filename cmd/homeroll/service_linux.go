package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"homeroll/node/api"
)

// systemd is the user's own service manager.
type systemd struct{ dir string } // where the user's units are

const unitName = "homeroll.service"

func newServiceManager(home string) serviceManager {
	settings := os.Getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(settings) {
		settings = filepath.Join(home, ".config")
	}
	return systemd{filepath.Join(settings, "systemd", "user")}
}

func (s systemd) unit() string { return filepath.Join(s.dir, unitName) }

func (s systemd) install(ctx context.Context, spec serviceSpec) error {
	if err := s.reachable(ctx, spec); err != nil {
		return err
	}
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return fmt.Errorf("install the service: %w", err)
	}
	if err := os.WriteFile(s.unit(), []byte(systemdUnit(spec)), 0o644); err != nil {
		return fmt.Errorf("install the service: %w", err)
	}
	for _, args := range [][]string{{"daemon-reload"}, {"enable", unitName}, {"restart", unitName}} {
		if _, err := s.systemctl(ctx, args...); err != nil {
			return fmt.Errorf("install the service: %w", err)
		}
	}
	if _, err := systemCommand(ctx, "loginctl", "enable-linger", spec.user); err != nil {
		return &failure{
			code:    api.ExitFailed,
			message: fmt.Sprintf("the service is installed and started, but ends when you log out: %v", err),
			hint:    "to keep it on: sudo loginctl enable-linger " + spec.user,
		}
	}
	return nil
}

// reachable tells, before anything is written, whether systemd runs for this user.
func (s systemd) reachable(ctx context.Context, spec serviceSpec) error {
	_, err := s.systemctl(ctx, "show-environment")
	if err == nil {
		return nil
	}
	words := append([]string{shellQuote(spec.binary)}, spec.args()...)
	words[len(words)-1] = shellQuote(spec.state)
	reason := "the user's service manager does not answer: " + err.Error()
	if errors.Is(err, exec.ErrNotFound) {
		reason = "this system has no systemd"
	}
	return &failure{
		code:    api.ExitFailed,
		message: "no service can be installed: " + reason,
		hint:    "log in as the user itself (not through su or sudo), or let your system run this at start: " + strings.Join(words, " "),
	}
}

func (s systemd) uninstall(ctx context.Context) error {
	_, stopErr := s.systemctl(ctx, "disable", "--now", unitName)
	if err := os.Remove(s.unit()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("uninstall the service: %w", err)
	}
	if stopErr != nil {
		return &failure{
			code:    api.ExitFailed,
			message: fmt.Sprintf("the service's unit is removed, but it could not be stopped: %v", stopErr),
			hint:    "it is not started again",
		}
	}
	_, err := s.systemctl(ctx, "daemon-reload")
	return err
}

func (s systemd) state(ctx context.Context) (serviceState, error) {
	state := serviceState{path: s.unit()}
	if _, err := os.Stat(s.unit()); errors.Is(err, fs.ErrNotExist) {
		return state, nil
	}
	state.installed = true
	text, err := s.systemctl(ctx, "show", unitName, "--property=ActiveState,SubState,UnitFileState")
	if err != nil {
		state.detail = "the user's service manager does not answer: " + err.Error()
		return state, nil //nolint:nilerr // that it is installed is still true, and the rest is said
	}
	properties := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		properties[name] = value
	}
	state.running = properties["ActiveState"] == "active"
	state.detail = fmt.Sprintf("%s, %s, %s", properties["ActiveState"], properties["SubState"], properties["UnitFileState"])
	return state, nil
}

// systemctl speaks to the user's manager. Over ssh the variable that names its socket may be
// missing although the socket is there.
func (s systemd) systemctl(ctx context.Context, args ...string) (string, error) {
	if os.Getenv("XDG_RUNTIME_DIR") == "" {
		dir := filepath.Join("/run/user", strconv.Itoa(os.Getuid()))
		if _, err := os.Stat(dir); err == nil {
			if err := os.Setenv("XDG_RUNTIME_DIR", dir); err != nil {
				return "", err
			}
		}
	}
	return systemCommand(ctx, "systemctl", append([]string{"--user"}, args...)...)
}

func userName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return strconv.Itoa(os.Getuid())
}

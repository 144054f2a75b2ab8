package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"homeroll/node/api"
)

// serviceSpec is what the system starts at login.
type serviceSpec struct {
	binary string // absolute
	state  string // absolute
	user   string // as the system names it
	home   string // of the user
}

// args are the arguments of the binary.
func (s serviceSpec) args() []string { return []string{"run", "--state", s.state} }

// serviceState is how the user's service stands.
type serviceState struct {
	installed bool
	running   bool
	detail    string // the system's own words, for people
	path      string // of what describes it to the system
}

// serviceManager is a system's way to start programs at login: see service_linux.go,
// service_darwin.go and service_windows.go. Its errors carry a hint.
type serviceManager interface {
	install(context.Context, serviceSpec) error
	uninstall(context.Context) error
	state(context.Context) (serviceState, error)
}

func (a *app) serviceCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "service",
		Short: "Start this device's node at login, see it, or stop doing so",
		Long: "Makes the system start this user's node: a systemd user unit on Linux (also without a login,\n" +
			"through lingering), a launch agent on macOS, a scheduled task on Windows. No administrator\n" +
			"is needed.",
		Example: "  homeroll service install\n  homeroll service status",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.serviceStatus(cmd.Context()) },
	}
	cmd.AddCommand(
		&cobra.Command{
			Use:     "install",
			Short:   "Start the node now and at each login",
			Example: "  homeroll service install",
			Args:    cobra.NoArgs,
			RunE:    func(cmd *cobra.Command, _ []string) error { return a.serviceInstall(cmd.Context()) },
		},
		&cobra.Command{
			Use:     "uninstall",
			Short:   "Stop the node and no longer start it; nothing else is removed",
			Example: "  homeroll service uninstall",
			Args:    cobra.NoArgs,
			RunE:    func(cmd *cobra.Command, _ []string) error { return a.serviceUninstall(cmd.Context()) },
		},
		&cobra.Command{
			Use:     "status",
			Short:   "Show whether the system starts the node, and whether it runs",
			Example: "  homeroll service status --json",
			Args:    cobra.NoArgs,
			RunE:    func(cmd *cobra.Command, _ []string) error { return a.serviceStatus(cmd.Context()) },
		},
	)
	return cmd
}

func (a *app) serviceInstall(ctx context.Context) error {
	spec, err := a.serviceSpec()
	if err != nil {
		return err
	}
	inTerminal := false
	if client, err := api.Dial(spec.state); err == nil {
		_, err := client.Status(ctx)
		inTerminal = err == nil
	}
	manager := newServiceManager(spec.home)
	before, _ := manager.state(ctx)
	if err := manager.install(ctx, spec); err != nil {
		return err
	}
	if inTerminal && !before.running {
		return a.done("Installed. A node runs already: end it, and the service takes over within %v.", restartAfter)
	}
	return a.done("Installed and started. It starts again at each login; to see it: %s", a.command("service", "status"))
}

// restartAfter is how long a service manager waits before it starts a node again that failed.
const restartAfter = 10 * time.Second

// serviceSpec describes this binary and this state directory.
func (a *app) serviceSpec() (serviceSpec, error) {
	binary, err := os.Executable()
	if err == nil {
		binary, err = filepath.EvalSymlinks(binary)
	}
	if err != nil {
		return serviceSpec{}, fmt.Errorf("find this program's file: %w", err)
	}
	if temporary(binary) {
		return serviceSpec{}, &failure{code: api.ExitFailed, message: binary + " will not last: it is in a temporary directory", hint: "put the program where it stays, such as ~/.local/bin, and run it from there"}
	}
	state, err := a.stateDir()
	if err != nil {
		return serviceSpec{}, err
	}
	home, err := homeDir()
	if err != nil {
		return serviceSpec{}, err
	}
	return serviceSpec{binary: binary, state: state, user: userName(), home: home}, nil
}

// temporary reports whether "go run" built the program.
func temporary(binary string) bool { return strings.Contains(filepath.ToSlash(binary), "/go-build") }

func (a *app) serviceUninstall(ctx context.Context) error {
	home, err := homeDir()
	if err != nil {
		return err
	}
	manager := newServiceManager(home)
	if state, err := manager.state(ctx); err == nil && !state.installed {
		return a.done("No service is installed.")
	}
	if err := manager.uninstall(ctx); err != nil {
		return err
	}
	return a.done("Uninstalled. The node is stopped; settings, vault and folders are where they were.")
}

func (a *app) serviceStatus(ctx context.Context) error {
	home, err := homeDir()
	if err != nil {
		return err
	}
	s, err := newServiceManager(home).state(ctx)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(serviceDocument{api.Schema, s.installed, s.running, s.path, s.detail})
	}
	if !s.installed {
		_, err := fmt.Fprintln(a.out, "not installed; to start the node at login: "+a.command("service", "install"))
		return err
	}
	word := "installed, not running"
	if s.running {
		word = "installed, running"
	}
	if s.detail != "" {
		word += " (" + s.detail + ")"
	}
	_, err = fmt.Fprintf(a.out, "%s\n%s\n", plain(word), plain(s.path))
	return err
}

// command runs a program of the system and returns what it printed, trimmed.
func systemCommand(ctx context.Context, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	text := strings.TrimSpace(string(out))
	if err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return text, err
		}
		first, _, _ := strings.Cut(text, "\n")
		return text, fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, first)
	}
	return text, nil
}

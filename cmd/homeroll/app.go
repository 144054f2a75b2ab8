package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"homeroll/node/api"
)

// app is one invocation: its streams and what the flags of every command say.
type app struct {
	in       io.Reader
	out, err io.Writer

	state   string // --state or HOMEROLL_STATE, absolute; "" = the default places
	json    bool
	quiet   bool
	entered bool // a command's own code was reached: what fails now is no longer usage
}

func newApp() *app {
	return &app{in: os.Stdin, out: os.Stdout, err: os.Stderr}
}

// execute runs the command line and returns the exit code, after printing what went wrong.
func (a *app) execute(args []string) int {
	// Errors of parsing itself must know it, too.
	a.json = slices.Contains(args, "--json")
	ctx, stop := interruptible(context.Background(), a.err)
	defer stop()
	root := a.root()
	root.SetArgs(args)
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return 0
	}
	if !a.entered {
		err = usageError(cmd, err)
	}
	if own := (*failure)(nil); errors.Is(context.Cause(ctx), errInterrupted) && !errors.As(err, &own) {
		err = errInterrupted
	}
	return a.reportError(err)
}

// root builds the command tree.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "homeroll",
		Short: "Every photo of the family on each of its computers",
		Long: "homeroll keeps the photos and videos of all your computers on all your computers:\n" +
			"over the local network, verified, as plain files. No cloud, no account.\n\n" +
			exitCodeHelp(),
		Example:           "  homeroll run          # on each computer\n  homeroll pair         # on one: shows a code\n  homeroll pair CODE    # on the other",
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		PersistentPreRunE: a.begin,
		Args:              cobra.NoArgs,
		RunE:              showHelp,
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.state, "state", "", "directory of this device's key, settings and catalogue (env HOMEROLL_STATE)")
	flags.BoolVar(&a.json, "json", a.json, "print JSON, and errors as JSON on stderr")
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "print only what was asked for, and errors")
	root.AddCommand(
		a.runCommand(), a.demoCommand(), a.pairCommand(), a.leaveCommand(), a.statusCommand(),
		a.benchCommand(), a.pauseCommand(), a.resumeCommand(), a.devicesCommand(), a.foldersCommand(), a.vaultCommand(),
		a.openCommand(), a.showCommand(), a.copiesCommand(), a.problemsCommand(), a.trashCommand(), a.verifyCommand(), a.stateCommand(), a.serviceCommand(), a.configCommand(),
		a.versionCommand(), a.completionCommand(),
	)
	return root
}

// begin runs before each command: from here on, errors are not about the command line.
func (a *app) begin(cmd *cobra.Command, _ []string) error {
	if a.state == "" && !cmd.Flags().Changed("state") {
		a.state = os.Getenv("HOMEROLL_STATE")
	} else if a.state == "" {
		return errors.New("--state is empty: it wants a directory")
	}
	if a.state != "" {
		abs, err := filepath.Abs(a.state)
		if err != nil {
			return fmt.Errorf("find the state directory: %w", err)
		}
		a.state = abs
	}
	a.entered = true
	return nil
}

// showHelp is what a command does that only has subcommands.
func showHelp(cmd *cobra.Command, _ []string) error { return cmd.Help() }

// stateDir returns the state directory of the user's own node.
func (a *app) stateDir() (string, error) {
	if a.state != "" {
		return a.state, nil
	}
	dir, err := api.DefaultState()
	if err != nil {
		return "", usage("say where with --state DIR", "there is no default state directory: %v", err)
	}
	return dir, nil
}

// dial finds the running node.
func (a *app) dial() (*api.Client, error) {
	client, err := api.Dial(a.state)
	if errors.Is(err, api.ErrNoNode) {
		return nil, a.noNode()
	}
	return client, err
}

// noNode says that no node runs, and how to start one on this state directory.
func (a *app) noNode() error {
	where := ""
	if a.state != "" {
		where = " on " + a.state
	}
	return &failure{code: api.ExitNoNode, message: "no node is running" + where, hint: "start one: " + a.command("run")}
}

// command writes a command line for people to type that meets the same node.
func (a *app) command(words ...string) string {
	line := "homeroll " + strings.Join(words, " ")
	if a.state != "" {
		line += " --state " + shellQuote(a.state)
	}
	return line
}

// ownCommand finds the commands that a hint tells people to type on this device.
// A pairing is usually typed on another one.
var ownCommand = regexp.MustCompile(`\bhomeroll (bench|config|copies|devices|doctor|folders|leave|pause|problems|resume|run|service|show|state|status|trash|vault|verify)\b`)

// withState makes the commands in a hint meet the node that was spoken to, where
// that is not the usual one.
func (a *app) withState(hint string) string {
	if a.state == "" || strings.Contains(hint, "--state") || strings.Contains(hint, "--help") {
		return hint
	}
	var b strings.Builder
	at := 0
	for _, m := range ownCommand.FindAllStringIndex(hint, -1) {
		name := m[0] + len("homeroll")
		if rest := strings.TrimLeft(hint[m[1]:], ","); strings.HasPrefix(rest, " on ") {
			continue // another device
		}
		b.WriteString(hint[at:name] + " --state " + shellQuote(a.state))
		at = name
	}
	return b.String() + hint[at:]
}

// shellQuote quotes a path for a line that people copy, where it needs it.
func shellQuote(s string) string {
	if !strings.ContainsAny(s, " \t\"'$&()*;<>?[]`|~#\\") || os.PathSeparator == '\\' && !strings.Contains(s, " ") {
		return s
	}
	if os.PathSeparator == '\\' {
		return `"` + s + `"`
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

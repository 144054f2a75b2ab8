package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"homeroll/node/api"
)

func (a *app) statusCommand() *cobra.Command {
	var (
		followed bool
		wait     string
		timeout  time.Duration
	)
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show how safe everything is, and what is going on",
		Long: "Shows the state of this device and what it knows of the others. With --wait complete it\n" +
			"returns as soon as everything has its copies, and fails with the reason if that takes\n" +
			"longer than --timeout.",
		Example: "  homeroll status\n  homeroll status --wait complete --timeout 10m\n  homeroll status --follow --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case cmd.Flags().Changed("wait") && wait != string(api.StateComplete):
				return usage("--wait complete", "--wait %s is not possible", wait)
			case cmd.Flags().Changed("timeout") && wait == "":
				return usage("add --wait complete", "--timeout goes with --wait")
			case cmd.Flags().Changed("timeout") && timeout <= 0:
				return usage("--timeout 10m, for example", "--timeout wants more than nothing")
			case wait != "" && followed:
				return usage("leave one of them out", "--follow and --wait do not go together")
			case wait != "":
				return a.waitComplete(cmd.Context(), timeout)
			case followed:
				return a.followStatus(cmd.Context())
			default:
				return a.showStatus(cmd.Context())
			}
		},
	}
	cmd.Flags().BoolVarP(&followed, "follow", "f", false, "go on showing each change until interrupted")
	cmd.Flags().StringVar(&wait, "wait", "", "wait until the state is this one: complete")
	cmd.Flags().DurationVar(&timeout, "timeout", 0, "how long to wait; then exit with 1 (default: for ever)")
	return cmd
}

func (a *app) showStatus(ctx context.Context) error {
	client, err := a.dial()
	if err != nil {
		return err
	}
	s, err := client.Status(ctx)
	if err != nil {
		return err
	}
	return a.printStatus(s)
}

func (a *app) printStatus(s *api.Status) error {
	if a.json {
		s.Type = ""
		return a.printJSON(s)
	}
	if a.quiet {
		_, err := fmt.Fprintln(a.out, s.State)
		return err
	}
	for i := range s.Problems {
		s.Problems[i].Hint = a.withState(s.Problems[i].Hint)
	}
	renderCard(a.out, s, time.Now(), colours(a.out))
	return nil
}

// followStatus prints each change: JSON lines, or a line when the state or the progress changes.
func (a *app) followStatus(ctx context.Context) error {
	client, err := a.dial()
	if err != nil {
		return err
	}
	last := ""
	var failed error
	err = client.Follow(ctx, func(s *api.Status) bool {
		if a.json {
			s.Type = "status"
			failed = a.printLine(s)
			return failed == nil
		}
		text := stateText(s)
		if progress := progressText(s); progress != "" {
			text += " (" + progress + ")"
		}
		if text != last {
			last = text
			_, failed = fmt.Fprintln(a.out, time.Now().Format(time.TimeOnly)+"  "+plain(text))
		}
		return failed == nil
	})
	if failed != nil {
		return fmt.Errorf("write the status: %w", failed)
	}
	if err == nil && ctx.Err() == nil {
		return &failure{code: api.ExitFailed, message: "the node has stopped", hint: "start it again: " + a.command("run")}
	}
	return errors.Join(err, ctx.Err())
}

// waitComplete returns when the state is complete, or says why it is not after the timeout (0 = for
// ever).
func (a *app) waitComplete(ctx context.Context, timeout time.Duration) error {
	client, err := a.dial()
	if err != nil {
		return err
	}
	waiting, cancel := ctx, context.CancelFunc(func() {})
	if timeout > 0 {
		waiting, cancel = context.WithTimeout(ctx, timeout)
	}
	defer cancel()
	var last *api.Status
	err = client.Follow(waiting, func(s *api.Status) bool {
		last = s
		return s.State != api.StateComplete
	})
	switch {
	case last != nil && last.State == api.StateComplete:
		return a.printStatus(last)
	case ctx.Err() != nil:
		return ctx.Err()
	case waiting.Err() != nil:
		return a.notComplete(last, timeout)
	case err != nil:
		return err
	default:
		return &failure{code: api.ExitFailed, message: "the node stopped before everything was complete"}
	}
}

func (a *app) notComplete(last *api.Status, timeout time.Duration) error {
	message := fmt.Sprintf("not complete after %v", timeout)
	if last != nil {
		message += ": " + stateText(last)
		if last.Copies.Short > 0 {
			message += fmt.Sprintf(" (%s short of copies)", plural(last.Copies.Short, "item", "items"))
		}
	}
	return &failure{code: api.ExitFailed, message: message, hint: a.command("status") + " shows all of it"}
}

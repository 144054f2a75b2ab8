package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"homeroll/node/api"
)

func (a *app) vaultMove() *cobra.Command {
	return &cobra.Command{
		Use:   "move DIR",
		Short: "Move the vault to another directory or disk",
		Long: "Moves the vault to a directory that is empty or not there yet. On the same disk that is a rename. To\n" +
			"another disk every file is copied, compared and written through, and only then the old vault is\n" +
			"removed. Names that the other disk cannot hold are bent; what they were is remembered. Nothing is lost\n" +
			"if it is interrupted: the same command goes on. Fetching waits meanwhile.",
		Example: "  homeroll vault move /mnt/big/Homeroll",
		Args:    exactArgs("the directory", 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := absolute(args[0])
			if err != nil {
				return usage("name a directory", "%v", err)
			}
			return a.moveVault(cmd.Context(), path)
		},
	}
}

func (a *app) moveVault(ctx context.Context, path string) error {
	client, err := a.dial()
	if err != nil {
		return err
	}
	show := &moveView{a: a}
	defer show.close()
	if err := client.MoveVault(ctx, path, show.event); err != nil {
		if ctx.Err() != nil {
			return errInterrupted
		}
		return err
	}
	show.close()
	return a.done("The vault is in %s.", path)
}

// moveView shows how far a move is: one line that is written over on a terminal, a
// line every tenth part elsewhere.
type moveView struct {
	a     *app
	tenth int64
	open  bool // an unfinished line is on the terminal
}

func (v *moveView) event(e api.VaultEvent) {
	if e.Type != api.EventMoving || e.TotalBytes <= 0 || v.a.quiet {
		return
	}
	percent := min(100, 100*e.Bytes/e.TotalBytes)
	text := fmt.Sprintf("Copying: %d %%, %s of %s", percent, bytesText(e.Bytes), bytesText(e.TotalBytes))
	switch {
	case v.a.json:
	case terminal(v.a.out):
		fmt.Fprintf(v.a.out, "\r\x1b[K%s", text)
		v.open = true
	case percent/10 > v.tenth:
		v.tenth = percent / 10
		v.a.say("%s", text)
	}
}

// close ends the line that is written over.
func (v *moveView) close() {
	if v.open {
		fmt.Fprint(v.a.out, "\r\x1b[K")
		v.open = false
	}
}

func (a *app) vaultReplace() *cobra.Command {
	var yes, acceptLoss bool
	cmd := &cobra.Command{
		Use:   "replace DIR",
		Short: "Begin a new vault after the old one's disk was lost",
		Long: "Begins a new vault in a directory that is empty or not there yet; with the vault's own directory, what\n" +
			"is gone from it. What was held there is held no more, and is fetched again from your other devices.\n" +
			"Nothing is deleted. If some items have no other copy, nothing is done without --accept-loss. To take\n" +
			"a vault along whose disk still works: homeroll vault move.",
		Example: "  homeroll vault replace /mnt/new/Homeroll",
		Args:    exactArgs("the directory", 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := absolute(args[0])
			if err != nil {
				return usage("name a directory", "%v", err)
			}
			return a.replaceVault(cmd.Context(), api.ReplaceRequest{Path: path, AcceptLoss: acceptLoss}, yes)
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	cmd.Flags().BoolVar(&acceptLoss, "accept-loss", false, "give up items of which no other device holds a copy")
	return cmd
}

func (a *app) replaceVault(ctx context.Context, r api.ReplaceRequest, yes bool) error {
	client, err := a.dial()
	if err != nil {
		return err
	}
	ask := r
	ask.DryRun = true
	cost, err := client.ReplaceVault(ctx, ask)
	if err != nil {
		return err
	}
	if cost.Lost > 0 && !r.AcceptLoss {
		return &failure{
			code:    api.ExitTooFew,
			message: fmt.Sprintf("no other device holds a copy of %s of the %s in the old vault", countText(cost.Lost), plural(cost.Withdrawn, "item", "items")),
			hint:    "bring the old disk back, or give them up for good with --accept-loss",
		}
	}
	if err := a.confirm(yes, replaceQuestion(cost)); err != nil {
		return err
	}
	info, err := client.ReplaceVault(ctx, r)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(info)
	}
	a.say("The vault is in %s. %s to be fetched again.", info.Path, plural(info.Withdrawn-info.Lost, "item is", "items are"))
	return nil
}

func replaceQuestion(cost *api.ReplaceInfo) string {
	q := fmt.Sprintf("%s no longer held here and fetched again", plural(cost.Withdrawn, "item is", "items are"))
	if cost.Lost > 0 {
		q += fmt.Sprintf("; %s of them LOST, as no other device has a copy", countText(cost.Lost))
	}
	if cost.OldVaultThere {
		q += "; the old vault is still there, and homeroll vault move would take it along"
	}
	return q + ". Begin a new vault in " + cost.Path + "?"
}

package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"homeroll/node/api"
)

const stateHalted = "halted" // of a folder

func (a *app) foldersConfirm() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "confirm DIR",
		Short: "Accept that many files of a halted folder are gone",
		Long: "A folder that is suddenly empty, that is on another disk, or that lost more than a fifth of its\n" +
			"files at once is halted: what is known of it stays as it is. It goes on by itself when the files\n" +
			"are back. If they were deleted on purpose, confirm that: their names are withdrawn, and the copies\n" +
			"on your other devices are kept there.",
		Example: "  homeroll folders confirm ~/Pictures",
		Args:    exactArgs("the directory", 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := absolute(args[0])
			if err != nil {
				return usage("name the directory", "%v", err)
			}
			return a.confirmFolder(cmd.Context(), path, yes)
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

func (a *app) confirmFolder(ctx context.Context, path string, yes bool) error {
	client, err := a.dial()
	if err != nil {
		return err
	}
	s, err := client.Status(ctx)
	if err != nil {
		return err
	}
	var lost int64
	for _, f := range s.Library.Folders {
		if f.Path == path && f.State == stateHalted {
			lost = f.Lost
			question := fmt.Sprintf("%s: %s. Accept that %s gone, and go on?", path, f.Detail, filesAre(lost))
			if err := a.confirm(yes, question); err != nil {
				return err
			}
		}
	}
	// The node explains why others cannot be confirmed.
	withdrawn, err := client.ConfirmFolder(ctx, path, lost)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(api.ConfirmDoc{Schema: api.Schema, Withdrawn: withdrawn})
	}
	a.say("%s goes on without %s. Copies on other devices are kept there.", path, plural(withdrawn, "file", "files"))
	return nil
}

func filesAre(n int64) string {
	if n == 1 {
		return "1 file is"
	}
	return plural(n, "file", "files") + " are"
}

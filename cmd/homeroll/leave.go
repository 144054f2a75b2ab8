package main

import "github.com/spf13/cobra"

func (a *app) leaveCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:     "leave",
		Short:   "Take this device out of its home; nothing is deleted",
		Long:    "Takes this device out of its home. No file is deleted, here or elsewhere, but this device's\ncopies no longer count for the others, and it gets nothing more from them.",
		Example: "  homeroll leave",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := a.dial()
			if err != nil {
				return err
			}
			if err := a.confirm(yes, "Leave the home?"); err != nil {
				return err
			}
			if err := client.Leave(cmd.Context()); err != nil {
				return err
			}
			return a.done("This device has left the home. Its files are where they were.")
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

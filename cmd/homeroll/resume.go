package main

import "github.com/spf13/cobra"

func (a *app) resumeCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "resume",
		Short:   "Go on after pause",
		Example: "  homeroll resume",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := a.dial()
			if err != nil {
				return err
			}
			if err := client.Resume(cmd.Context()); err != nil {
				return err
			}
			return a.done("Resumed.")
		},
	}
}

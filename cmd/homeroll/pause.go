package main

import (
	"time"

	"github.com/spf13/cobra"
)

func (a *app) pauseCommand() *cobra.Command {
	var length time.Duration
	cmd := &cobra.Command{
		Use:     "pause",
		Short:   "Stop fetching and serving media, until resume",
		Example: "  homeroll pause --for 2h",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("for") && length <= 0 {
				return usage("--for 2h, for example", "--for wants more than nothing")
			}
			client, err := a.dial()
			if err != nil {
				return err
			}
			if err := client.Pause(cmd.Context(), length); err != nil {
				return err
			}
			if length > 0 {
				return a.done("Paused until %s.", time.Now().Add(length).Format("2006-01-02 15:04"))
			}
			return a.done("Paused, until: %s", a.command("resume"))
		},
	}
	cmd.Flags().DurationVar(&length, "for", 0, "for how long (default: until resume)")
	return cmd
}

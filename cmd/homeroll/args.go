package main

import (
	"github.com/spf13/cobra"
)

// exactArgs wants n arguments, and says which.
func exactArgs(what string, n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == n {
			return nil
		}
		return usage("usage: "+cmd.UseLine(), "%s wants %s", cmd.CommandPath(), what)
	}
}

package main

import (
	"github.com/spf13/cobra"

	"homeroll/node/api"
)

func (a *app) vaultCommand() *cobra.Command {
	show := func(cmd *cobra.Command, _ []string) error { return a.showVault(cmd) }
	cmd := &cobra.Command{
		Use:     "vault",
		Short:   "Show where the other devices' media is kept here, move it, or replace it",
		Example: "  homeroll vault show\n  homeroll vault move /mnt/big/Homeroll",
		Args:    cobra.NoArgs,
		RunE:    show,
	}
	cmd.AddCommand(&cobra.Command{
		Use:     "show",
		Short:   "Show the vault: where it is, what it holds, how much it may",
		Example: "  homeroll vault show --json",
		Args:    cobra.NoArgs,
		RunE:    show,
	})
	cmd.AddCommand(a.vaultMove(), a.vaultReplace())
	return cmd
}

func (a *app) showVault(cmd *cobra.Command) error {
	client, err := a.dial()
	if err != nil {
		return err
	}
	s, err := client.Status(cmd.Context())
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(vaultDocument{api.Schema, s.Vault})
	}
	where := s.Vault.Path + " (plain files, not encrypted)"
	if s.Vault.Away {
		where = s.Vault.Path + " (not there: is its disk connected?)"
	}
	rows := [][]string{
		{"Path", where},
		{"Holds", plural(s.Vault.Items, "item", "items") + ", " + bytesText(s.Vault.Bytes)},
		{"May hold", limitText(s.Vault.Budget, "as much as the disk takes")},
		{"Free", limitText(s.Vault.Free, "unknown")},
	}
	if s.Vault.Reserve != nil && !s.Vault.Away {
		rows = append(rows, []string{"Left free", bytesText(*s.Vault.Reserve)})
	}
	return a.table(rows)
}

func limitText(n *int64, none string) string {
	if n == nil {
		return none
	}
	return bytesText(*n)
}

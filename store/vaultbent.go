package store

import (
	"context"
	"fmt"
	"slices"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/vault"
	"homeroll/store/media"
)

// followBent gives the rows of files that got another path in a move that path.
// Whoever was interrupted does it again: a row that has followed is passed over.
func (s *Store) followBent(ctx context.Context, v *vault.Vault) error {
	all, err := v.BentFiles()
	if err != nil || len(all) == 0 {
		return err
	}
	for some := range slices.Chunk(all, commitBatch) {
		change := catalogue.VaultChanges{Outlines: map[media.ID]media.Outline{}}
		for _, b := range some {
			row, ok, err := s.cat.VaultFile(ctx, b.From)
			if err != nil {
				return err
			}
			if !ok {
				continue // somebody else's file, or one that has followed
			}
			row.Path = b.To
			change.Put, change.Drop = append(change.Put, row), append(change.Drop, b.From)
		}
		if len(change.Put) == 0 {
			continue
		}
		if err := s.cat.ChangeVault(ctx, change); err != nil {
			return fmt.Errorf("record moved names: %w", err)
		}
	}
	return v.ForgetBent()
}

package catalogue

import "context"

// addDamage adds the column that marks files whose bytes have changed by
// themselves.
func addDamage(ctx context.Context, w *writer) error {
	return execute(`ALTER TABLE item ADD COLUMN damaged INTEGER NOT NULL DEFAULT 0;
		ALTER TABLE file ADD COLUMN damaged INTEGER NOT NULL DEFAULT 0;
		CREATE INDEX file_damaged ON file (id) WHERE damaged = 1;
		ALTER TABLE vault_file ADD COLUMN damaged INTEGER NOT NULL DEFAULT 0;
		CREATE INDEX vault_file_damaged ON vault_file (id) WHERE damaged = 1;`)(ctx, w)
}

// hasDamaged reports whether a file of this device's folders was an original of
// the item until it was damaged: then its user has not let it go.
func (w *work) hasDamaged(it *itemRow) bool {
	_, yes := rowOf(w, scanInt, `SELECT 1 FROM file WHERE item=? AND damaged=1 LIMIT 1`, it.id)
	return yes
}

// DamagedFiles returns up to limit damaged files of this device's folders.
func (c *Catalogue) DamagedFiles(ctx context.Context, limit int) ([]File, error) {
	return list(ctx, c.readers, scanFile, selectFile+` WHERE f.damaged=1 ORDER BY f.id LIMIT ?`, limit)
}

// DamagedVaultFiles returns up to limit damaged files of the vault.
func (c *Catalogue) DamagedVaultFiles(ctx context.Context, limit int) ([]VaultFile, error) {
	return list(ctx, c.readers, scanVaultFile, selectVaultFile+` WHERE v.damaged=1 ORDER BY v.id LIMIT ?`, limit)
}

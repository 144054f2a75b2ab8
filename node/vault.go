package node

import (
	"context"
	"path/filepath"

	"homeroll/node/api"
	"homeroll/store"
)

// MoveVault moves the vault to another directory and saves that. Nothing is
// fetched meanwhile.
func (c *commands) MoveVault(ctx context.Context, path string, emit func(api.VaultEvent)) error {
	if !filepath.IsAbs(path) {
		return usage(path+" is not an absolute path", "")
	}
	told := func(p store.VaultProgress) {
		emit(api.VaultEvent{Type: api.EventMoving, Files: p.Files, Bytes: p.Bytes, TotalFiles: p.TotalFiles, TotalBytes: p.TotalBytes})
	}
	c.pause.interrupt()
	defer c.transfers.changed.bump()
	return c.store.MoveVault(ctx, filepath.Clean(path), told, c.node().saveVault)
}

// ReplaceVault begins a new vault, or only says what that would cost.
func (c *commands) ReplaceVault(ctx context.Context, r api.ReplaceRequest) (*api.ReplaceInfo, error) {
	if !filepath.IsAbs(r.Path) {
		return nil, usage(r.Path+" is not an absolute path", "")
	}
	path := filepath.Clean(r.Path)
	if r.DryRun {
		cost, err := c.store.ReplacementOf(ctx, path)
		return replaceInfo(cost), err
	}
	c.pause.interrupt()
	defer c.transfers.changed.bump()
	done, err := c.store.ReplaceVault(ctx, path, r.AcceptLoss, c.node().saveVault)
	return replaceInfo(done), err
}

func replaceInfo(r store.Replacement) *api.ReplaceInfo {
	return &api.ReplaceInfo{Schema: api.Schema, Path: r.Dir, Withdrawn: r.Items, Lost: r.Lost, OldVaultThere: r.Here}
}

// saveVault makes the vault's place durable in the configuration, if it is not
// what that says.
func (n *Node) saveVault() error {
	n.settings.Lock()
	defer n.settings.Unlock()
	changed := n.settings.Config
	changed.Vault.Dir = n.store.VaultDir()
	if n.cfg.Save != nil {
		if err := n.cfg.Save(changed); err != nil {
			return err
		}
	}
	n.settings.Config = changed
	return nil
}

// vaultDir returns where the vault is, as a person named it.
func (n *Node) vaultDir() string {
	n.settings.Lock()
	defer n.settings.Unlock()
	return n.settings.Vault.Dir
}

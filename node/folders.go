package node

import (
	"context"
	"errors"
	"path/filepath"
	"slices"

	"homeroll/node/config"
	"homeroll/store"
)

// AddFolder starts watching a folder and saves that.
func (c *commands) AddFolder(ctx context.Context, path string, ignore []string) error {
	if !filepath.IsAbs(path) {
		return usage(path+" is not an absolute path", "")
	}
	path = filepath.Clean(path)
	c.settings.Lock()
	defer c.settings.Unlock()
	if err := c.store.AddFolder(ctx, store.FolderConfig{Path: path, Ignore: ignore}); err != nil {
		return err
	}
	folders := append(slices.Clone(c.settings.Folders), config.Folder{Path: path, Ignore: ignore})
	if err := c.saveFoldersLocked(folders); err != nil {
		return errors.Join(err, c.store.RemoveFolder(ctx, path))
	}
	return nil
}

// RemoveFolder stops watching a folder and saves that; the files stay.
func (c *commands) RemoveFolder(ctx context.Context, path string) error {
	path = filepath.Clean(path)
	c.settings.Lock()
	defer c.settings.Unlock()
	if !c.isWatched(path) {
		return c.notWatched(path)
	}
	before := c.settings.Folders
	after := slices.DeleteFunc(slices.Clone(before), func(f config.Folder) bool { return filepath.Clean(f.Path) == path })
	if err := c.saveFoldersLocked(after); err != nil {
		return err
	}
	if err := c.store.RemoveFolder(ctx, path); err != nil {
		return errors.Join(err, c.saveFoldersLocked(before))
	}
	return nil
}

// ConfirmFolder accepts that files of a halted folder are gone.
func (c *commands) ConfirmFolder(ctx context.Context, path string, files int64) (int64, error) {
	path = filepath.Clean(path)
	if !c.isWatched(path) {
		return 0, c.notWatched(path)
	}
	return c.store.ConfirmFolder(ctx, path, files)
}

func (c *commands) isWatched(path string) bool {
	return slices.ContainsFunc(c.store.Folders(), func(f store.Folder) bool { return f.Path == path })
}

func (c *commands) notWatched(path string) error {
	hint := "no folder is watched"
	if watched := c.store.Folders(); len(watched) > 0 {
		hint = "homeroll folders lists the watched ones; the first is " + watched[0].Path
	}
	return usage(path+" is not a watched folder", hint)
}

// saveFoldersLocked makes the folders durable in the configuration.
func (c *commands) saveFoldersLocked(folders []config.Folder) error {
	changed := c.settings.Config
	changed.Folders = folders
	if c.cfg.Save != nil {
		if err := c.cfg.Save(changed); err != nil {
			return err
		}
	}
	c.settings.Config = changed
	return nil
}

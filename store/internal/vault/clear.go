package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"homeroll/store/internal/disk"
	"homeroll/store/internal/walk"
)

// movedFile takes the marker's place in a vault that was moved elsewhere, until
// the last of its files is removed.
const movedFile = ".homeroll-moved"

// Clear removes what is left of the vault with this identity after it was moved
// elsewhere. A directory that is not it, as when another disk is in its place by
// now, is left alone; so is what somebody put there after the move.
func Clear(ctx context.Context, dir, id string, moved time.Time) error {
	if ours, err := retire(dir, id); err != nil || !ours {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("clear old vault: %w", err)
	}
	defer func() { _ = root.Close() }()
	var dirs []string
	removed := map[fileID]bool{} // removing one name of a file changes the status of the others
	err = disk.WalkTree(dir, func(p string, e fs.DirEntry, err error) error {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		if e.IsDir() {
			dirs = append(dirs, p)
			return nil
		}
		if e.Name() == movedFile || !e.Type().IsRegular() && e.Type() != fs.ModeSymlink {
			return nil
		}
		fi, err := e.Info()
		if err != nil {
			return err
		}
		id, linked := linkID(fi)
		if s := disk.StampOf(filepath.Join(dir, p), fi); s.Changed.After(moved) && !removed[id] {
			return nil
		}
		if linked {
			removed[id] = true
		}
		return root.Remove(p)
	})
	if err != nil {
		return fmt.Errorf("clear old vault: %w", err)
	}
	for i := len(dirs) - 1; i > 0; i-- {
		_ = root.Remove(dirs[i]) // if it is empty
	}
	if err := root.Remove(movedFile); err != nil {
		return fmt.Errorf("clear old vault: %w", err)
	}
	_ = os.Remove(dir) // a mount point stays
	return nil
}

// retire takes the marker away, so that nobody takes what is left for a vault.
func retire(dir, id string) (ours bool, err error) {
	for _, name := range []string{movedFile, walk.Marker} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		var m marker
		if err != nil || json.Unmarshal(b, &m) != nil || m.Vault != id {
			continue
		}
		if name == movedFile {
			return true, nil
		}
		if err := os.Rename(filepath.Join(dir, walk.Marker), filepath.Join(dir, movedFile)); err != nil {
			return false, fmt.Errorf("clear old vault: %w", err)
		}
		return true, disk.SyncDirAt(dir)
	}
	return false, nil
}

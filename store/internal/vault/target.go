package vault

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"homeroll/store/internal/disk"
	"homeroll/store/internal/walk"
)

// movingFile marks a directory into which a vault is being copied: it says which
// one, and goes when the marker comes.
const movingFile = ".homeroll-moving"

// ErrNotEmpty reports a directory that cannot become a vault, for it has
// something in it.
var ErrNotEmpty = errors.New("it is not empty")

// CheckTarget reports whether a directory can become a vault: it is not there, or
// empty, or an earlier move of this very vault (id) ended half way in it.
func CheckTarget(dir, id string) (resumed bool, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look into %s: %w", dir, err)
	}
	if len(entries) == 0 || len(entries) == 1 && entries[0].Name() == "lost+found" {
		return false, nil
	}
	if begun, err := readMoving(dir); err == nil && begun == id {
		return true, nil
	}
	return false, fmt.Errorf("%s: %w", dir, ErrNotEmpty)
}

type moving struct {
	Vault string `json:"vault"`
}

func readMoving(dir string) (id string, err error) {
	b, err := os.ReadFile(filepath.Join(dir, movingFile))
	if err != nil {
		return "", err
	}
	var m moving
	return m.Vault, json.Unmarshal(b, &m)
}

func writeMoving(dir, id string) error {
	b, err := json.Marshal(moving{id})
	if err != nil {
		return err
	}
	return disk.Replace(filepath.Join(dir, movingFile), append(b, '\n'), 0o666)
}

// Rename moves the whole vault to a directory of the same filesystem, which may
// be there if it is empty. The vault must be closed. An error other than of
// durability means that nothing has happened.
func Rename(from, to string) error {
	made := os.Remove(to) == nil // only an empty one goes
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	if err := os.Rename(from, to); err != nil {
		if made {
			_ = os.Mkdir(to, 0o777)
		}
		return err
	}
	return errors.Join(disk.SyncDirAt(filepath.Dir(to)), disk.SyncDirAt(filepath.Dir(from)))
}

// Adopt makes a whole copy the vault: from then on it has the marker.
func Adopt(from, to string) error {
	b, err := os.ReadFile(filepath.Join(from, walk.Marker))
	if err != nil {
		return fmt.Errorf("read vault marker: %w", err)
	}
	if err := disk.Replace(filepath.Join(to, walk.Marker), b, 0o666); err != nil {
		return fmt.Errorf("write vault marker: %w", err)
	}
	if err := os.Remove(filepath.Join(to, movingFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("end move of vault: %w", err)
	}
	return disk.SyncDirAt(to)
}

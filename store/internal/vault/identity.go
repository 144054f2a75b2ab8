package vault

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"homeroll/store/internal/disk"
	"homeroll/store/internal/walk"
	"homeroll/store/media"
)

// Identity is what a marker says: which vault it is, and whose.
type Identity struct {
	ID     string // random
	Device media.Device
}

// Identify reads the marker of a directory. It is fs.ErrNotExist if there is no
// vault, ErrUnreadableMarker if nothing can be made of it.
func Identify(dir string) (Identity, error) {
	b, err := os.ReadFile(filepath.Join(dir, walk.Marker))
	if err != nil {
		return Identity{}, fmt.Errorf("read vault marker: %w", err)
	}
	var m marker
	if err := json.Unmarshal(b, &m); err != nil {
		return Identity{}, fmt.Errorf("read %s: %w: %w", filepath.Join(dir, walk.Marker), ErrUnreadableMarker, err)
	}
	return Identity{ID: m.Vault, Device: m.Device}, nil
}

// Absent stands for a vault that is not there: whatever is asked of it fails.
func Absent(dir string) (*Vault, error) {
	root, err := os.OpenRoot(os.TempDir())
	if err != nil {
		root, err = os.OpenRoot(filepath.VolumeName(dir) + string(filepath.Separator))
	}
	if err != nil {
		return nil, fmt.Errorf("stand in for vault: %w", err)
	}
	v := &Vault{dir: disk.Resolve(dir), root: root, names: &namesLog{}, absent: true}
	v.drafts = &drafts{v: v, live: map[string]bool{}}
	v.partials = &workshop{v: v}
	return v, root.Close()
}

// IsAbsent reports whether Absent made it.
func (v *Vault) IsAbsent() bool { return v.absent }

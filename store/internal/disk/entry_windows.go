package disk

import (
	"os"
	"path/filepath"
)

// Entry returns nil if the open directory d has an entry of that name, and
// fs.ErrNotExist if it has none.
func Entry(d *os.File, name string) error {
	_, err := os.Lstat(filepath.Join(d.Name(), name))
	return err
}

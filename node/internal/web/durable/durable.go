// Package durable replaces small files of the page's own state, so that a crash
// leaves the old or the new one whole. Only their owner may read them.
package durable

import (
	"errors"
	"os"
	"path/filepath"
)

// Write replaces a file. It is on disk when Write returns.
func Write(path string, data []byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".new-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

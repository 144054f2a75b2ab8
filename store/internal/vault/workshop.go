package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
)

// workshop is the directory of partial files, kept open: a path from the vault's
// root costs calls for each of its elements, for each of many small files.
type workshop struct {
	v    *Vault
	mu   sync.Mutex
	root *os.Root // nil until it is needed
}

// in calls do with the directory, once more with a new one if somebody has
// tidied it away.
func (w *workshop) in(do func(dir *os.Root) error) error {
	dir, err := w.dir(nil)
	if err != nil {
		return err
	}
	if err = do(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if dir, err = w.dir(dir); err != nil {
		return err
	}
	return do(dir)
}

// dir returns the directory; it is made anew if it is gone and the caller has
// met it as stale.
func (w *workshop) dir(stale *os.Root) (*os.Root, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.root != nil && w.root != stale {
		return w.root, nil
	}
	if err := w.v.root.MkdirAll(partialDir, 0o777); err != nil {
		return nil, noSpace(fmt.Errorf("make directory of partial files: %w", err))
	}
	dir, err := w.v.root.OpenRoot(partialDir)
	if err != nil {
		return nil, fmt.Errorf("open directory of partial files: %w", err)
	}
	// Others may still use the old one; the collector closes it.
	w.root = dir
	return dir, nil
}

func (w *workshop) close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.root == nil {
		return nil
	}
	return w.root.Close()
}

package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// TrashDir is where files lie that somebody trashed, under the paths that they had.
const TrashDir = ".trash"

// Discard removes a file below TrashDir for good, and the directories there that it
// leaves empty. One that is gone already is no error.
func (v *Vault) Discard(p string) error {
	if !strings.HasPrefix(p, TrashDir+"/") {
		return fmt.Errorf("delete %s: it is not in the trash", p)
	}
	if err := v.root.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete from the trash: %w", err)
	}
	v.prune(path.Dir(p))
	return nil
}

// Prune removes the directories below TrashDir that a file which was moved from there
// leaves empty.
func (b *Batch) Prune(p string) {
	dir := path.Dir(p)
	if d := b.open[dir]; d != nil {
		_ = d.Close() // an open directory cannot be removed everywhere
		delete(b.open, dir)
	}
	b.v.prune(dir)
	clear(b.known)
}

// prune removes a directory below TrashDir and those above it as far as they are
// empty. TrashDir itself stays.
func (v *Vault) prune(dir string) {
	for strings.HasPrefix(dir, TrashDir+"/") {
		if v.root.Remove(dir) != nil {
			return
		}
		dir = path.Dir(dir)
	}
}

package store

import (
	"errors"
	"path/filepath"
	"testing"
)

// TestWhatThisNodeMakesIsNotBackedUp has state and previews below a watched folder: previews
// that were backed up would be pictures with previews of their own, without end.
func TestWhatThisNodeMakesIsNotBackedUp(t *testing.T) {
	n := newNode(t)
	previews := filepath.Join(n.folder, "made", "previews")
	n.cfg.State, n.cfg.Previews.Dir = filepath.Join(n.folder, "state"), previews
	n.restart(n.folder)
	n.run()
	for _, dir := range []string{n.cfg.State, previews} {
		write(t, filepath.Join(dir, "x", "copy.jpg"), bytesOf(dir, 2000))
		var overlap *OverlapError
		if err := n.AddFolder(t.Context(), FolderConfig{Path: dir}); !errors.As(err, &overlap) {
			t.Errorf("%s is watched by itself: %v", dir, err)
		}
	}
	write(t, filepath.Join(n.folder, "made", "one.jpg"), bytesOf("one", 2000))
	n.rescanAll()
	wait(t, "the picture", func() bool { return len(n.files()) > 0 })
	if files := n.files(); len(files) != 1 {
		t.Errorf("backed up: %v", files)
	}
}

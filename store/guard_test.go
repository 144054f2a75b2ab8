//go:build unix

package store

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"homeroll/store/internal/disk"
)

// library fills the node's folder with pictures of distinct contents.
func (n *testNode) library(dirs, each int) {
	n.t.Helper()
	for d := range dirs {
		for i := range each {
			p := filepath.Join(n.folder, fmt.Sprint("dir", d), fmt.Sprint(i, ".jpg"))
			write(n.t, p, fmt.Appendf(nil, "%s %d %d", n.t.Name(), d, i))
		}
	}
}

func (n *testNode) inDir(d int) string { return filepath.Join(n.folder, fmt.Sprint("dir", d)) }

func (n *testNode) folderState() FolderState { return n.Folders()[0].State }

func (n *testNode) awaitHalt(lost int64) {
	n.t.Helper()
	wait(n.t, "the halt", func() bool { return n.folderState() == FolderHalted && n.Folders()[0].Lost == lost })
	if f := n.Folders()[0]; f.Detail == "" {
		n.t.Errorf("halted folder is %+v", f)
	}
	p := n.Problems()
	if len(p) != 1 || p[0].Reason != ReasonHalted || p[0].Path != n.folder || !strings.Contains(p[0].Hint, "folders confirm") {
		n.t.Errorf("problems %+v", p)
	}
}

func TestMassDeletionIsHaltedUntilItIsConfirmed(t *testing.T) {
	n := newNode(t)
	n.cfg.Settle = 500 * time.Millisecond // a deletion of many files is not to be judged in parts
	n.Store.cfg.Settle = n.cfg.Settle
	n.library(10, 30)
	n.run().scanned()
	removeAll(t, n.inDir(0)) // a tenth
	wait(t, "an ordinary deletion", func() bool { return len(n.files()) == 270 })
	for d := range 4 {
		removeAll(t, n.inDir(d+1))
	}
	n.awaitHalt(120)
	if got := len(n.files()); got != 270 {
		t.Errorf("%d files are on record, want all 270", got)
	}
	if _, err := n.ConfirmFolder(t.Context(), n.folder, 100); !errors.Is(err, ErrLostMore) {
		t.Errorf("confirming fewer than are gone: %v", err)
	}

	// What is added meanwhile is backed up, what is deleted meanwhile waits, and
	// a restart asks the same question.
	write(t, filepath.Join(n.folder, "new.jpg"), []byte("new"))
	wait(t, "a new file", func() bool { return n.has(filepath.Join(n.folder, "new.jpg")) })
	n.restart(n.folder)
	n.run()
	removeAll(t, n.inDir(5))
	wait(t, "more that is lost", func() bool { return n.Folders()[0].Lost == 150 })
	n.awaitHalt(150)

	got, err := n.ConfirmFolder(t.Context(), n.folder, 150)
	if err != nil || got != 150 {
		t.Fatalf("confirm: %d, %v", got, err)
	}
	wait(t, "the withdrawal", func() bool { return len(n.files()) == 121 && n.folderState() == FolderWatching })
	if p := n.Problems(); len(p) != 0 {
		t.Errorf("problems %+v", p)
	}
	if _, err := n.ConfirmFolder(t.Context(), n.folder, 1); !errors.Is(err, ErrNotHalted) {
		t.Errorf("confirming again: %v", err)
	}
	if _, err := n.ConfirmFolder(t.Context(), n.folder+"x", 1); !errors.Is(err, ErrNotWatched) {
		t.Errorf("confirming another one: %v", err)
	}
}

func TestHaltEndsWhenTheFilesAreBack(t *testing.T) {
	n := newNode(t)
	n.library(4, 30)
	n.run().scanned()
	n.close()
	away := t.TempDir()
	for d := range 3 {
		rename(t, n.inDir(d), filepath.Join(away, fmt.Sprint(d)))
	}
	n.open()
	n.addFolder(n.folder)
	n.run()
	n.awaitHalt(90)
	for d := range 3 {
		rename(t, filepath.Join(away, fmt.Sprint(d)), n.inDir(d))
	}
	n.folders[0].rescan()
	wait(t, "its end", func() bool { return n.folderState() == FolderWatching && len(n.Problems()) == 0 })
	if got := len(n.files()); got != 120 {
		t.Errorf("%d files are on record", got)
	}
}

func TestMovesAreNoLosses(t *testing.T) {
	n := newNode(t)
	n.library(5, 40)
	second := n.folder + " 2"
	mkdir(t, second)
	n.addFolder(second)
	n.run().scanned()

	mkdir(t, filepath.Join(n.folder, "sorted"))
	for d := range 4 {
		rename(t, n.inDir(d), filepath.Join(n.folder, "sorted", fmt.Sprint(d)))
	}
	wait(t, "the new names", func() bool {
		return n.has(filepath.Join(n.folder, "sorted/3/39.jpg")) && !n.has(filepath.Join(n.inDir(3), "39.jpg"))
	})
	rename(t, filepath.Join(n.folder, "sorted"), filepath.Join(second, "sorted"))
	wait(t, "the other folder", func() bool { return len(n.files()) == 200 && n.has(filepath.Join(second, "sorted/0/0.jpg")) })
	wait(t, "rest", func() bool { return n.folderState() == FolderWatching && n.Folders()[0].Files == 40 })
	for _, f := range n.Folders() {
		if f.State == FolderHalted {
			t.Errorf("halted: %+v", f)
		}
	}
	if p := n.Problems(); len(p) != 0 {
		t.Errorf("problems %+v", p)
	}
}

func TestDeletedDuplicatesAreNoLosses(t *testing.T) {
	n := newNode(t)
	for i := range 100 {
		write(t, filepath.Join(n.folder, "a", fmt.Sprint(i, ".jpg")), []byte{byte(i), 1})
		write(t, filepath.Join(n.folder, "b", fmt.Sprint(i, ".jpg")), []byte{byte(i), 1})
	}
	n.run().scanned()
	removeAll(t, filepath.Join(n.folder, "b"))
	wait(t, "the withdrawal", func() bool { return len(n.files()) == 100 })
	if s := n.folderState(); s == FolderHalted {
		t.Error(s)
	}
}

// A file of a disk that was just taken off may be asked for before the loss of
// all is seen.
func TestOneFileOfALostDiskIsNotWithdrawn(t *testing.T) {
	n := newNode(t)
	n.library(1, 5)
	var id atomic.Value
	id.Store("one")
	n.mountOf = func(string) (disk.Mount, error) {
		return disk.Mount{ID: []string{id.Load().(string)}, Inodes: true}, nil
	}
	n.run().scanned()
	away := n.folder + ".away"
	rename(t, n.folder, away)
	mkdir(t, n.folder)
	id.Store("two")
	n.folders[0].look("dir0/3.jpg")
	n.awaitHalt(5)
	before := n.files()
	write(t, filepath.Join(n.inDir(0), "3.jpg"), []byte("of another disk"))
	n.folders[0].look("dir0/3.jpg")
	n.folders[0].rescan()
	wait(t, "another look", func() bool { return n.Folders()[0].Lost == 4 })
	if !maps.Equal(n.files(), before) {
		t.Errorf("on record is %v, was %v", n.files(), before)
	}
}

// The mount point below a disk may hold files of its own.
func TestAnotherDiskInItsPlaceIsHalted(t *testing.T) {
	n := newNode(t)
	n.library(2, 4)
	n.onDisk("one")
	n.run().scanned()
	n.close()

	away := n.folder + ".away"
	rename(t, n.folder, away)
	write(t, filepath.Join(n.folder, "other.jpg"), []byte("of another disk"))
	write(t, filepath.Join(n.inDir(0), "0.jpg"), []byte("the same name"))
	n.open()
	n.onDisk("two")
	n.addFolder(n.folder)
	n.run()
	n.awaitHalt(7)
	if len(n.files()) != 8 || n.has(filepath.Join(n.folder, "other.jpg")) {
		t.Errorf("recorded %v", n.files())
	}
	n.close()

	// The disk has another identity, as some have at each mount, but the files.
	removeAll(t, n.folder)
	rename(t, away, n.folder)
	n.open()
	n.onDisk("three")
	n.addFolder(n.folder)
	n.run()
	wait(t, "its end", func() bool { return n.folderState() == FolderWatching && len(n.Problems()) == 0 })
	if len(n.files()) != 8 {
		t.Errorf("recorded %v", n.files())
	}
}

func TestLostFolderIsMissedWithoutTheCatalogue(t *testing.T) {
	n := newNode(t)
	n.library(1, 3)
	n.run().scanned()
	n.close()
	removeAll(t, filepath.Join(n.cfg.State, "catalogue.db"))
	away := n.folder + ".away"
	rename(t, n.folder, away)
	mkdir(t, n.folder)
	n.open()
	n.addFolder(n.folder)
	n.run()
	n.awaitHalt(3)
	removeAll(t, n.folder)
	rename(t, away, n.folder)
	wait(t, "its end", func() bool { return n.folderState() == FolderWatching && len(n.files()) == 3 })
}

// onDisk says where the folders lie, before run.
func (n *testNode) onDisk(id string) {
	n.mountOf = func(string) (disk.Mount, error) { return disk.Mount{ID: []string{id}, Inodes: true}, nil }
}

func removeAll(t testing.TB, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

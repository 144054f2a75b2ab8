package store

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"homeroll/store/internal/need"
	"homeroll/store/media"
)

// TestFullDiskIsSaidAndLeavesNoGarbage fills a real small filesystem, which
// only root can mount.
func TestFullDiskIsSaidAndLeavesNoGarbage(t *testing.T) {
	dir := t.TempDir()
	cfg := testConfig(t, dir, newSigner(t))
	mkdir(t, cfg.Vault)
	need.Mount(t, syscall.Mount("tmpfs", cfg.Vault, "tmpfs", 0, "size=4m"))
	t.Cleanup(func() { _ = syscall.Unmount(cfg.Vault, syscall.MNT_DETACH) })
	n := &testNode{cfg: cfg, t: t}
	n.open()
	t.Cleanup(n.close)
	n.run()
	first := memoryOf(bytesOf("first", 2*media.GroupSize))
	if err := receive(t.Context(), n.Store, first); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Incoming(t.Context(), memoryOf(bytesOf("huge", 5<<20)).item); !errors.Is(err, ErrNoSpace) {
		t.Errorf("an item larger than the disk was accepted: %v", err)
	}
	// Somebody else takes the room that was promised.
	small := memoryOf(bytesOf("small", 100_000))
	in, err := n.Incoming(t.Context(), small.item)
	if err != nil {
		t.Fatal(err)
	}
	hog := filepath.Join(cfg.Vault, "hog")
	f, err := os.Create(hog)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	f.Close()
	if err := in.Write(0, bytesOf("small", 100_000)); err != nil {
		t.Error(err)
	}
	if err := in.Commit(t.Context()); !errors.Is(err, ErrNoSpace) {
		t.Errorf("commit on a full disk: %v", err)
	}
	in.Close()
	if left := draftsIn(t, cfg.Vault); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
	if err := os.Remove(hog); err != nil {
		t.Fatal(err)
	}
	if err := receive(t.Context(), n.Store, small); err != nil {
		t.Errorf("not received although there is room again: %v", err)
	}
	if _, err := n.cat.HeldItem(t.Context(), first.item.ID); err != nil {
		t.Error(err)
	}
}

// TestDiskTellsFilesystemsApart compares what it says of two mounts.
func TestDiskTellsFilesystemsApart(t *testing.T) {
	dir := t.TempDir()
	a, err := Disk(dir)
	if err != nil {
		t.Fatal(err)
	}
	mkdir(t, filepath.Join(dir, "sub"))
	if b, err := Disk(filepath.Join(dir, "sub")); err != nil || a != b {
		t.Errorf("one filesystem has two identities: %v", err)
	}
	if p, err := Disk("/proc"); err != nil || p == a {
		t.Errorf("two filesystems have one identity: %v", err)
	}
}

// TestBindMountsOverlap finds a folder that is mounted elsewhere, too.
func TestBindMountsOverlap(t *testing.T) {
	n := newNode(t)
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	mkdir(t, elsewhere)
	mkdir(t, filepath.Join(n.folder, "sub"))
	need.Mount(t, syscall.Mount(filepath.Join(n.folder, "sub"), elsewhere, "", syscall.MS_BIND, ""))
	t.Cleanup(func() { _ = syscall.Unmount(elsewhere, syscall.MNT_DETACH) })
	var overlap *OverlapError
	if err := n.AddFolder(t.Context(), FolderConfig{Path: elsewhere}); !errors.As(err, &overlap) || overlap.Other != n.folder {
		t.Errorf("a bind mount of a watched folder: %v", err)
	}
}

// TestUnmountedFolderKeepsItsRecords takes the disk away from under a folder.
func TestUnmountedFolderKeepsItsRecords(t *testing.T) {
	n := newNode(t)
	disk := t.TempDir()
	write(t, filepath.Join(disk, "a.jpg"), []byte("a"))
	write(t, filepath.Join(disk, "b.jpg"), []byte("b"))
	need.Mount(t, syscall.Mount(disk, n.folder, "", syscall.MS_BIND, ""))
	t.Cleanup(func() { _ = syscall.Unmount(n.folder, syscall.MNT_DETACH) })
	n.run().scanned()
	if err := syscall.Unmount(n.folder, syscall.MNT_DETACH); err != nil {
		t.Fatal(err)
	}
	wait(t, "the halt", func() bool { return n.Folders()[0].State == FolderHalted })
	if len(n.files()) != 2 {
		t.Errorf("records %v", n.files())
	}
}

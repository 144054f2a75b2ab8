package node_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"homeroll/node"
	"homeroll/node/api"
	"homeroll/node/nodetest"
	"homeroll/store/media"
)

var taken = time.Date(2024, 10, 16, 11, 34, 5, 758_000_000, time.UTC)

// fill writes n small photos, a larger one, and a sidecar.
func fill(d *nodetest.Device, seed uint64, n int) {
	for i := range n {
		name := fmt.Sprintf("2024/IMG_%04d.jpg", i)
		d.Write(name, nodetest.Photo(name, seed+uint64(i), 24), taken.Add(time.Duration(i)*time.Minute))
	}
	d.Write("big.png", nodetest.Photo("big.png", seed, 500), taken)
	d.Write("2024/IMG_0000.xmp", fmt.Appendf(nil, "<x:xmpmeta>%d</x:xmpmeta>", seed), taken)
}

// sameAs fails unless the device's vault has exactly the other's files, bytes and mtimes.
func sameAs(t *testing.T, d, origin *nodetest.Device) {
	t.Helper()
	want := origin.Files(origin.Pictures)
	got := d.Files(filepath.Join(d.Vault, origin.Name, "Pictures"))
	for path, w := range want {
		g, ok := got[path]
		switch {
		case !ok:
			t.Errorf("%s lacks %s of %s", d.Name, path, origin.Name)
		case g.Content != w.Content:
			t.Errorf("%s has other bytes in %s of %s", d.Name, path, origin.Name)
		case !g.MTime.Equal(w.MTime):
			t.Errorf("%s has %s of %s with mtime %s, not %s", d.Name, path, origin.Name, g.MTime, w.MTime)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s has %d files of %s, which has %d", d.Name, len(got), origin.Name, len(want))
	}
}

// pairOf returns two devices that have everything of each other.
func pairOf(t *testing.T) (*nodetest.Home, *nodetest.Device, *nodetest.Device) {
	t.Helper()
	h := nodetest.New(t)
	a, b := h.Device("anna"), h.Device("ben")
	fill(a, 100, 5)
	fill(b, 200, 3)
	h.Pair(a, b)
	a.AwaitState(api.StateComplete)
	b.AwaitState(api.StateComplete)
	return h, a, b
}

func TestTwoDevicesHaveEverythingOfEachOther(t *testing.T) {
	h := nodetest.New(t)
	a, b := h.Device("anna"), h.Device("ben")
	fill(a, 100, 20)
	fill(b, 200, 10)
	before := a.Files(a.Pictures)
	if s := a.AwaitState(api.StateWaiting); !strings.Contains(s.Reason, "No other device yet") {
		t.Errorf("alone: %s", s.Reason)
	}
	h.Pair(a, b)
	for _, d := range []*nodetest.Device{a, b} {
		// A device does not know what the other has not read yet.
		s := d.Await("complete with all", func(s *api.Status) bool { return s.State == api.StateComplete && sum(s.Copies.ByHolders) == 34 })
		if s.Copies.Short != 0 || len(s.Copies.ByHolders) != 3 || s.Copies.ByHolders[2] != 34 || *s.Incoming.Items != 0 {
			t.Errorf("%s is complete with %+v, incoming %d", d.Name, s.Copies, *s.Incoming.Items)
		}
	}
	sameAs(t, a, b)
	sameAs(t, b, a)
	if !maps.Equal(before, a.Files(a.Pictures)) {
		t.Error("the watched folder has changed")
	}

	// A new picture travels by itself.
	path := a.Write("new.jpg", nodetest.Photo("new.jpg", 7, 40), taken)
	b.Await("holding the new picture", func(s *api.Status) bool { return s.Vault.Items == 23 && s.State == api.StateComplete })
	sameAs(t, b, a)
	a.Await("knowing of its copy", func(s *api.Status) bool { return s.Copies.ByHolders[2] == 35 })
	info, err := a.Client.Copies(t.Context(), path)
	if err != nil || info.Copies != 2 || len(info.Holders) != 2 || info.Kept {
		t.Errorf("copies of it: %+v, %v", info, err)
	}
}

// One large file moves the numbers while it comes, not only once it is there.
func TestLargeFileIsSeenComing(t *testing.T) {
	const size = 48 << 20
	h := nodetest.New(t)
	a, b := h.Device("anna"), h.Device("ben")
	video := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(video)
	copy(video, "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom")
	a.Write("holiday.mp4", video, taken)
	a.Await("knowing its video", func(s *api.Status) bool { return s.Library.Items == 1 })
	h.Pair(a, b)
	seen, before := 0, int64(size)
	for s := b.Status(); s.State != api.StateComplete; s = b.Status() {
		left := *s.Incoming.Bytes
		if *s.Incoming.Items == 0 || left == before {
			continue
		}
		if left < 0 || left > before || *s.Progress.BytesDone+left != size || *s.Progress.BytesTotal != size {
			t.Fatalf("%d bytes are left after %d, progress %d of %d", left, before, *s.Progress.BytesDone, *s.Progress.BytesTotal)
		}
		seen, before = seen+1, left
	}
	if seen < 3 {
		t.Errorf("only %d steps were seen", seen)
	}
}

func TestThirdDeviceGetsAllFromTheSecond(t *testing.T) {
	h, a, b := pairOf(t)
	a.Stop()
	c := h.Device("cleo")
	h.Pair(b, c)
	c.AwaitState(api.StateComplete)
	sameAs(t, c, a)
	sameAs(t, c, b)
	a.Start()
	a.Await("in touch with all copies", func(s *api.Status) bool {
		return s.State == api.StateComplete && len(s.Peers) == 2 && s.Copies.ByHolders[len(s.Copies.ByHolders)-1] == 12
	})
}

// TestRemovedDeviceIsNoDifference: each of the others was offered the records
// of the removed device, and none takes them over any more.
func TestRemovedDeviceIsNoDifference(t *testing.T) {
	h, a, b := pairOf(t)
	c := h.Device("cleo")
	h.Pair(b, c)
	c.AwaitState(api.StateComplete)
	a.Stop() // so that the two, when they meet again, state all that they know to each other
	a.Start()
	for _, d := range []*nodetest.Device{a, b} {
		d.Await("whole", func(s *api.Status) bool {
			met := slices.ContainsFunc(s.Peers, func(p api.Peer) bool { return p.Online && p.Name != "cleo" })
			return met && len(s.Peers) == 2 && s.State == api.StateComplete
		})
	}
	if err := a.Client.Remove(t.Context(), "cleo"); err != nil {
		t.Fatal(err)
	}
	for i, d := range []*nodetest.Device{a, b} {
		d.Await("without the removed device", func(s *api.Status) bool { return len(s.Peers) == 1 })
		// What is new makes every offer be looked at again.
		d.Write("new.jpg", nodetest.Photo("new.jpg", uint64(1000+i), 24), taken)
	}
	for _, d := range []*nodetest.Device{a, b} {
		d.Await("complete with what is new", func(s *api.Status) bool {
			return s.State == api.StateComplete && s.Copies.ByHolders[2] == 14
		})
	}
}

func TestDeletedPictureIsKeptAndNotFetchedBack(t *testing.T) {
	_, a, b := pairOf(t)
	gone := filepath.Join(a.Pictures, "2024", "IMG_0001.jpg")
	content, err := os.ReadFile(gone)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	kept := func(s *api.Status) bool { return s.State == api.StateComplete && s.Copies.Kept == 1 }
	a.Await("complete with one kept", kept)
	b.Await("complete with one kept", kept)
	a.Stop()
	a.Start()
	s := a.Await("complete with one kept after a restart", kept)
	if *s.Incoming.Items != 0 || s.Library.Items != 6 {
		t.Errorf("incoming %d, library %+v", *s.Incoming.Items, s.Library)
	}
	if _, err := os.Stat(gone); !errors.Is(err, os.ErrNotExist) {
		t.Error("the deleted picture came back")
	}
	info, err := a.Client.Copies(t.Context(), gone)
	if err != nil || !info.Kept || info.Copies != 1 || info.Holders[0].Device != "ben" {
		t.Errorf("copies of the deleted file's path: %+v, %v", info, err)
	}
	found := false
	for path, f := range b.Files(b.Vault) {
		if bytes.Equal([]byte(f.Content), content) {
			found = true
			info, err := b.Client.Copies(t.Context(), filepath.Join(b.Vault, filepath.FromSlash(path)))
			if err != nil || !info.Kept || info.Copies != 1 || info.Holders[0].Device != "ben" {
				t.Errorf("copies: %+v, %v", info, err)
			}
		}
	}
	if !found {
		t.Error("nobody holds the deleted picture any more")
	}
}

func TestRenameCostsNoTransfer(t *testing.T) {
	_, a, b := pairOf(t)
	inVault := func(path string) string { return filepath.Join(b.Vault, "anna", "Pictures", filepath.FromSlash(path)) }
	before, err := os.Stat(inVault("big.png"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(a.Pictures, "big.png"), filepath.Join(a.Pictures, "2024", "renamed.png")); err != nil {
		t.Fatal(err)
	}
	b.Await("following the rename", func(s *api.Status) bool {
		_, err := os.Stat(inVault("2024/renamed.png"))
		return err == nil && s.State == api.StateComplete && s.Copies.Kept == 0
	})
	if after, err := os.Stat(inVault("2024/renamed.png")); err != nil || !os.SameFile(before, after) {
		t.Errorf("the vault's file is not the one it was: %v", err)
	}
	a.AwaitState(api.StateComplete)
	sameAs(t, b, a)
}

func TestPauseHoldsMediaAndNotRecords(t *testing.T) {
	_, a, b := pairOf(t)
	ctx := t.Context()
	if err := b.Client.Pause(ctx, 0); err != nil {
		t.Fatal(err)
	}
	b.Stop()
	b.Start()
	a.Write("late.jpg", nodetest.Photo("late.jpg", 9, 30), taken)
	s := b.Await("paused and told of the picture", func(s *api.Status) bool { return *s.Incoming.Items == 1 })
	if s.State != api.StatePaused || s.Vault.Items != 7 {
		t.Errorf("%s with %d items in the vault", s.State, s.Vault.Items)
	}
	if err := b.Client.Resume(ctx); err != nil {
		t.Fatal(err)
	}
	b.AwaitState(api.StateComplete)
	sameAs(t, b, a)

	// The one who is asked may pause, too.
	if err := a.Client.Pause(ctx, time.Hour); err != nil {
		t.Fatal(err)
	}
	a.Write("later.jpg", nodetest.Photo("later.jpg", 10, 30), taken)
	b.Await("told of the picture", func(s *api.Status) bool { return *s.Incoming.Items == 1 })
	if err := a.Client.Resume(ctx); err != nil {
		t.Fatal(err)
	}
	b.Await("holding it", func(s *api.Status) bool { return s.State == api.StateComplete && s.Vault.Items == 9 })
}

func TestBudgetIsKeptAndSaid(t *testing.T) {
	h := nodetest.New(t)
	a := h.Device("anna")
	b := h.Device("ben", func(d *nodetest.Device) { d.Settings.Vault.Budget = 100_000 })
	fill(a, 100, 5) // big.png alone is larger
	h.Pair(a, b)
	s := b.Await("full", func(s *api.Status) bool { return s.State == api.StateWaiting && strings.Contains(s.Reason, "budget") })
	if *s.Vault.Budget != 100_000 || s.Vault.Bytes > 100_000 || s.Vault.Items != 6 || s.Copies.Short != 1 {
		t.Errorf("vault %+v, %d short", s.Vault, s.Copies.Short)
	}
	a.Await("waiting for the other", func(s *api.Status) bool { return s.State == api.StateWaiting && s.Copies.Short == 1 })
	b.Stop()
	b.Settings.Vault.Budget = 0
	b.Start()
	b.AwaitState(api.StateComplete)
	a.AwaitState(api.StateComplete)
	sameAs(t, b, a)
}

func TestOneDiskIsNeverComplete(t *testing.T) {
	h := nodetest.New(t)
	shared := func(d *nodetest.Device) { d.Disk = media.Disk{1, 2, 3} }
	a, b := h.Device("anna", shared), h.Device("ben", shared)
	fill(a, 100, 2)
	h.Pair(a, b)
	for _, d := range []*nodetest.Device{a, b} {
		s := d.Await("holding everything", func(s *api.Status) bool {
			return s.Library.Items+s.Vault.Items == 4 && s.State == api.StateWaiting && s.Peers[0].Held == 4
		})
		if s.Copies.ByHolders[1] != 4 || s.Copies.Short != 4 || !strings.Contains(s.Reason, "share one disk") {
			t.Errorf("%s: %+v %s", d.Name, s.Copies, s.Reason)
		}
	}
}

func TestKeepNothingServesAndFetchesNothing(t *testing.T) {
	h := nodetest.New(t)
	a := h.Device("anna")
	b := h.Device("ben", func(d *nodetest.Device) { d.Settings.Device.Keep = "nothing" })
	fill(a, 100, 2)
	fill(b, 200, 2)
	h.Pair(a, b)
	a.Await("holding what ben has", func(s *api.Status) bool { return s.Vault.Items == 4 && s.State == api.StateWaiting })
	sameAs(t, a, b)
	s := b.Await("idle", func(s *api.Status) bool { return s.Peers[0].Held == 8 })
	if s.Vault.Items != 0 || *s.Incoming.Items != 0 || s.Device.Role != "nothing" {
		t.Errorf("%+v", s)
	}
}

func TestFoldersAndDevicesByCommand(t *testing.T) {
	_, a, b := pairOf(t)
	ctx := t.Context()
	more := t.TempDir()
	if err := os.WriteFile(filepath.Join(more, "x.jpg"), nodetest.Photo("x.jpg", 77, 20), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := a.Client.AddFolder(ctx, more, nil); err != nil {
		t.Fatal(err)
	}
	if len(a.Settings.Folders) != 2 {
		t.Errorf("saved folders: %+v", a.Settings.Folders)
	}
	b.Await("holding the new folder", func(s *api.Status) bool { return s.Vault.Items == 8 })
	var e *api.Error
	if err := a.Client.AddFolder(ctx, filepath.Join(a.Pictures, "2024"), nil); !errors.As(err, &e) || !strings.Contains(e.Message, a.Pictures) {
		t.Errorf("an overlapping folder: %v", err)
	}
	if err := a.Client.RemoveFolder(ctx, more); err != nil || len(a.Settings.Folders) != 1 {
		t.Errorf("removed: %v, %+v", err, a.Settings.Folders)
	}
	a.Await("without the folder", func(s *api.Status) bool { return len(s.Library.Folders) == 1 && s.Copies.Kept == 1 })

	if err := a.Client.SetSetting(ctx, "copies.wanted", "3"); err != nil {
		t.Fatal(err)
	}
	b.Await("short of a third copy", func(s *api.Status) bool {
		return s.Copies.Wanted == 3 && s.Copies.Short > 0 && s.State == api.StateWaiting
	})
	if err := a.Client.SetSetting(ctx, "copies.wanted", "none"); !errors.As(err, &e) || e.Code != api.ExitUsage {
		t.Errorf("a bad setting: %v", err)
	}
	if err := a.Client.Rename(ctx, "BEN", "ben's box"); err != nil {
		t.Fatal(err)
	}
	b.Await("renamed", func(s *api.Status) bool { return s.Device.Name == "ben's box" })
	if err := a.Client.Remove(ctx, "ben's box"); err != nil {
		t.Fatal(err)
	}
	s := a.Await("alone", func(s *api.Status) bool { return len(s.Peers) == 0 })
	if s.State == api.StateComplete {
		t.Error("a device alone says complete")
	}
	b.Await("told that it was removed", func(s *api.Status) bool { return strings.Contains(s.Reason, "removed this one") })
}

func TestFolderDroppedFromTheSettingsCountsNoLonger(t *testing.T) {
	_, a, b := pairOf(t)
	a.Stop()
	a.Settings.Folders = nil
	a.Start()
	s := a.Await("without the folder", func(s *api.Status) bool { return s.Library.Items == 0 && s.State == api.StateComplete })
	if s.Copies.Kept != 7 || *s.Incoming.Items != 0 {
		t.Errorf("%+v, incoming %d", s.Copies, *s.Incoming.Items)
	}
	b.Await("keeping what it holds", func(s *api.Status) bool { return s.Copies.Kept == 7 && s.Vault.Items == 7 })
}

func TestStateDirectoryIsHeldByOne(t *testing.T) {
	h := nodetest.New(t)
	a := h.Device("anna")
	_, err := node.Open(context.Background(), node.Config{State: a.State, Settings: a.Settings})
	var locked *node.LockedError
	if !errors.As(err, &locked) || locked.PID != os.Getpid() {
		t.Errorf("a second node: %v", err)
	}
}

func TestFullDiskIsSaid(t *testing.T) {
	h := nodetest.New(t)
	a := h.Device("anna")
	b := h.Device("ben", func(d *nodetest.Device) { d.Settings.Vault.Reserve = 1 << 60 })
	fill(a, 100, 1)
	h.Pair(a, b)
	s := b.Await("out of space", func(s *api.Status) bool {
		return s.State == api.StateWaiting && strings.Contains(s.Reason, "kept free")
	})
	if s.Vault.Items != 0 || *s.Incoming.Items != 3 {
		t.Errorf("vault %+v, incoming %d", s.Vault, *s.Incoming.Items)
	}
}

// rot changes a byte of a file as a failing disk does: nothing else tells.
func rot(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, err = f.WriteAt([]byte("rotten"), 300_000)
	if err := errors.Join(err, os.Chtimes(path, taken, taken)); err != nil {
		t.Fatal(err)
	}
}

// A holder whose disk has rotted is named, and gives nobody bad bytes. It rots
// in the vault: a file of a folder whose content changes is an edit.
func TestDamagedCopyIsNamedAndAnotherHolderAsked(t *testing.T) {
	h := nodetest.New(t)
	a, b := h.Device("anna"), h.Device("ben")
	a.Write("rots.png", nodetest.Photo("rots.png", 3, 500), taken)
	h.Pair(a, b)
	b.Await("holding its copy", func(s *api.Status) bool { return s.Vault.Items == 1 })
	a.Stop()
	rot(t, filepath.Join(b.Vault, "anna", "Pictures", "rots.png"))
	c := h.Device("cleo")
	h.Pair(b, c)
	s := c.Await("attentive", func(s *api.Status) bool { return s.State == api.StateAttention })
	if p := s.Problems[0]; p.Reason != "corrupt" || !strings.Contains(p.Detail, "ben") || p.Hash == nil || s.Vault.Items != 0 {
		t.Errorf("%+v with %d items in the vault", p, s.Vault.Items)
	}
	// With the good copy elsewhere the picture comes; that ben's is damaged stays said until a person has taken note.
	a.Start()
	a.Await("told of the third device", func(s *api.Status) bool { return len(s.Peers) == 2 })
	if err := a.Client.Connect(t.Context(), "cleo", c.Address()); err != nil {
		t.Fatal(err)
	}
	s = c.Await("holding the picture", func(s *api.Status) bool { return s.Vault.Items == 1 })
	if s.ProblemCount != 1 || !strings.Contains(s.Problems[0].Detail, "ben") {
		t.Errorf("with the picture here: %+v", s.Problems)
	}
	if err := c.Client.Retry(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	c.Await("free of problems", func(s *api.Status) bool { return s.ProblemCount == 0 && s.Vault.Items == 1 })
}

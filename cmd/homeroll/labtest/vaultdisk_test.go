//go:build lab && linux

package labtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestVaultDisk takes the disk of a vault away while its node runs and before it
// starts, moves the vault to another disk, and lets that die.
func TestVaultDisk(t *testing.T) {
	_, hosts := network(t, 2)
	a, b := hosts[0], hosts[1]
	disk := newVolume(t, b, "btrfs", "Disk")
	pictures := a.path("Pictures")
	a.pictures(pictures, 60, 1)
	a.start(pictures)
	b.start("--vault", filepath.Join(disk.point, "Homeroll"))
	pair(t, a, b)
	awaitComplete(60*time.Second, a, b)
	missing := func(s *status) bool {
		return s.State == "attention" && s.ProblemCount == 1 && s.Problems[0].Reason == "vault"
	}
	bare := func(dir string) {
		t.Helper()
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("in the mount point: %v, %v", left, err)
		}
	}

	disk.must("umount", "-l", disk.point)
	t.Logf("a vault that is unmounted was named after %v", b.await("attention", 30*time.Second, missing).Round(time.Millisecond))
	a.put(filepath.Join(pictures, "second.jpg"), jpeg(6000, 2000), corpusTime(2000))
	a.await("another picture", 30*time.Second, func(s *status) bool { return s.Library.Items == 61 })
	bare(disk.point)
	if s := b.status(); s.Vault.Items != 60 {
		t.Errorf("holds %d items", s.Vault.Items)
	}
	disk.mount("UTC")
	t.Logf("it was complete %v after its return", awaitComplete(30*time.Second, b, a).Round(time.Millisecond))

	b.stop()
	disk.unmount()
	a.put(filepath.Join(pictures, "third.jpg"), jpeg(6000, 3000), corpusTime(3000))
	b.start()
	b.await("attention at the start", 30*time.Second, missing)
	bare(disk.point)
	disk.mount("UTC")
	b.await("complete with its vault", 30*time.Second, complete)
	sameCopies(t, pictures, filepath.Join(disk.point, "Homeroll", a.name, "Pictures"))

	big := b.mkdir(b.path("Big"))
	disk.must("mount", "-t", "tmpfs", "-o", "size=50m,mode=777", "tmpfs", big)
	t.Cleanup(func() { _ = exec.Command("umount", "-l", big).Run() })
	b.must("vault", "move", filepath.Join(big, "Homeroll"))
	if n := sameCopies(t, pictures, filepath.Join(big, "Homeroll", a.name, "Pictures")); n != 62 {
		t.Errorf("%d pictures are in the moved vault", n)
	}
	if _, err := os.Lstat(filepath.Join(disk.point, "Homeroll")); !os.IsNotExist(err) {
		t.Errorf("the old vault is left: %v", err)
	}
	b.await("complete after the move", 30*time.Second, complete)

	disk.must("umount", "-l", big) // and all that was on it is lost
	b.await("attention for a dead disk", 30*time.Second, missing)
	anew := filepath.Join(disk.point, "Anew")
	if _, errs, code := b.try("vault", "replace", anew); code != 2 {
		t.Errorf("replacing without a word: exit %d, %s", code, errs)
	}
	b.must("vault", "replace", anew, "--yes")
	awaitComplete(60*time.Second, b, a)
	sameCopies(t, pictures, filepath.Join(anew, a.name, "Pictures"))
	b.stop()
	b.start()
	b.await("complete in its new place", 30*time.Second, complete)
}

//go:build lab && linux

package labtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestRenameAndDelete: names are cheap, and a deletion never travels.
func TestRenameAndDelete(t *testing.T) {
	net, hosts := network(t, 2)
	a, b := hosts[0], hosts[1]
	phone, camera := a.copyCorpus("phone-a"), a.copyCorpus("camera-sd")
	a.start(phone, camera)
	b.start()
	pair(t, a, b)
	awaitComplete(60*time.Second, a, b)
	copied := filepath.Join(b.vault(), a.name, "camera-sd")
	inodes := byContent(snapshot(t, copied))

	renamed := func(what string, change func() int) {
		in, out := net.wire(t, "h1")
		start := time.Now()
		n := change()
		want := snapshot(t, camera).media()
		took, ok := eventually(60*time.Second, 200*time.Millisecond, func() bool {
			have := map[string]bool{}
			walk(t, copied, func(rel string, _ os.FileInfo) { have[rel] = true })
			for p := range want {
				if !have[p] {
					return false
				}
			}
			return len(have) == len(want)
		})
		if !ok {
			t.Fatalf("%s: names on h2 are not those of h1 after %v", what, took)
		}
		in2, out2 := net.wire(t, "h1")
		perFile := (in2 - in + out2 - out) / int64(n)
		t.Logf("%s: %d files, %d bytes a file on the wire, both ways, in %v", what, n, perFile, time.Since(start).Round(time.Millisecond))
		if perFile > 4096 {
			t.Errorf("%s: %d bytes a file on the wire", what, perFile)
		}
		sameCopies(t, camera, copied)
	}
	renamed("files renamed", func() int { return renameAll(t, filepath.Join(camera, "DCIM", "105_FUJI")) })
	renamed("folder moved", func() int {
		n := len(snapshot(t, filepath.Join(camera, "DCIM")))
		a.mkdir(filepath.Join(camera, "Archive"))
		if err := os.Rename(filepath.Join(camera, "DCIM"), filepath.Join(camera, "Archive", "2005")); err != nil {
			t.Fatal(err)
		}
		return n
	})
	moved := 0
	for content, inode := range byContent(snapshot(t, copied)) {
		if inodes[content] != inode {
			moved++
		}
	}
	t.Logf("%d of %d contents have another inode in the vault than before", moved, len(inodes))

	deleteOne(t, a, b, filepath.Join(camera, "Archive", "2005", "100CANON", "IMG_0085.JPG"))
}

// byContent maps contents that have one name only to their inode.
func byContent(tr tree) map[[32]byte]uint64 {
	out := map[[32]byte]uint64{}
	names := map[[32]byte]int{}
	for _, f := range tr {
		names[f.sum]++
	}
	for _, f := range tr {
		if names[f.sum] == 1 {
			out[f.sum] = f.inode
		}
	}
	return out
}

// renameAll renames every file below a directory in its place.
func renameAll(t *testing.T, dir string) (n int) {
	t.Helper()
	for _, p := range snapshot(t, dir).sortedPaths() {
		old := filepath.Join(dir, p)
		if err := os.Rename(old, filepath.Join(filepath.Dir(old), "Norway "+filepath.Base(old))); err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

// deleteOne deletes a picture on a, whose content has no other name.
func deleteOne(t *testing.T, a, b *host, picture string) {
	t.Helper()
	c := a.copies(picture)
	if c == nil || c.Copies != 2 {
		t.Fatalf("before: copies %s = %+v", picture, c)
	}
	content := sum(t, picture)
	before := a.status()
	in, _ := a.lab.wire(t, "h1")
	if err := os.Remove(picture); err != nil {
		t.Fatal(err)
	}
	kept := func(s *status) bool { return s.State == "complete" && s.Copies.Kept == 1 }
	t.Logf("h1 complete with one kept after %v", a.await("complete with one kept", 60*time.Second, kept).Round(time.Millisecond))
	b.await("complete with one kept", 30*time.Second, kept)
	a.stop()
	a.start()
	a.await("complete with one kept after a restart", 60*time.Second, kept)
	after, _ := a.lab.wire(t, "h1")

	if after-in > c.Size {
		t.Errorf("h1 received %d bytes after the deletion of a picture of %d", after-in, c.Size)
	}
	if got := a.status().Library.Items; got != before.Library.Items-1 {
		t.Errorf("h1's library has %d items, before %d", got, before.Library.Items)
	}
	for _, f := range snapshot(t, a.home) {
		if f.sum == content {
			t.Errorf("h1 has fetched back what its user deleted")
		}
	}
	for _, h := range []*host{a, b} {
		c := h.copies(c.Hash)
		if c == nil || c.Copies != 1 || !c.Kept || len(c.Holders) != 1 || c.Holders[0].Device != b.name || !c.Holders[0].Counted {
			t.Errorf("%s: copies of the deleted picture: %+v", h.name, c)
		}
	}
	found := 0
	walk(t, b.vault(), func(rel string, _ os.FileInfo) {
		if strings.HasSuffix(rel, filepath.Base(picture)) && sum(t, filepath.Join(b.vault(), rel)) == content {
			found++
		}
	})
	if found != 1 {
		t.Errorf("the deleted picture has %d plain files on h2", found)
	}
}

//go:build lab && linux

package labtest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTwoDevices: two computers with a family's media, one code, and each has
// the other's.
func TestTwoDevices(t *testing.T) {
	_, hosts := network(t, 2)
	a, b := hosts[0], hosts[1]
	folders := map[*host][]string{
		a: {a.copyCorpus("phone-a"), a.copyCorpus("camera-sd"), a.copyCorpus("takeout")},
		b: {b.copyCorpus("phone-b"), b.copyCorpus("laptop")},
	}
	secret := filepath.Join(folders[a][0], "unreadable.jpg")
	a.put(secret, jpeg(5000, 1), corpusTime(1000))
	before := map[string]tree{}
	for _, dirs := range folders {
		for _, dir := range dirs {
			before[dir] = snapshot(t, dir)
		}
	}
	if err := os.Chmod(secret, 0); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	for h, dirs := range folders {
		h.start(dirs...)
	}
	t.Logf("both nodes run after %v", time.Since(start).Round(time.Millisecond))
	aloneWaits(t, b)

	pair(t, a, b)
	start = time.Now()
	for h := range folders {
		h.await("without an item short of copies", 30*time.Second, func(s *status) bool {
			return s.Copies.Short == 0 && s.items() > 0 && s.Library.Items > 0 && s.online() == 1 && len(s.Peers) == 1 && s.Peers[0].Missing == 0
		})
	}
	t.Logf("nothing is short of copies %v after pairing", time.Since(start).Round(time.Millisecond))
	b.await("complete", 30*time.Second, complete)

	unreadableIsNamed(t, a, secret)
	// The file was readable when it was looked at, and its mode is part of that.
	for _, dirs := range folders {
		for _, dir := range dirs {
			delete(before[dir], "unreadable.jpg")
		}
	}
	if err := os.Remove(secret); err != nil {
		t.Fatal(err)
	}
	a.await("complete", 60*time.Second, complete)

	all := 0
	for h, dirs := range folders {
		other := b
		if h == b {
			other = a
		}
		for _, dir := range dirs {
			all += sameCopies(t, dir, filepath.Join(other.vault(), h.name, filepath.Base(dir)))
		}
	}
	t.Logf("%d files compared", all)
	emptyAreNamed(t, a, folders[a])
	emptyAreNamed(t, b, folders[b])
	distinctContents(t, folders, a, b)
	hashesAgree(t, a, b)
	for dir, tr := range before {
		untouched(t, dir, tr)
	}
	for h := range folders {
		h.stop()
	}
}

// aloneWaits checks what a device without a home says of itself.
func aloneWaits(t *testing.T, h *host) {
	t.Helper()
	h.await("waiting", 60*time.Second, func(s *status) bool { return s.State == "waiting" })
	if s := h.status(); !strings.Contains(s.Reason, "homeroll pair") || s.Copies.Short != s.items() {
		t.Errorf("alone: reason %q, %d of %d short of copies", s.Reason, s.Copies.Short, s.items())
	}
}

func unreadableIsNamed(t *testing.T, h *host, path string) {
	t.Helper()
	h.await("attention", 60*time.Second, func(s *status) bool { return s.State == "attention" })
	for _, p := range h.status().Problems {
		if p.Path != nil && *p.Path == path && p.Reason == "unreadable" && p.Hint != "" {
			t.Logf("%s: problem %q: %s (%s)", path, p.Reason, p.Detail, p.Hint)
			return
		}
	}
	t.Errorf("%s is not named as unreadable in %+v", path, h.status().Problems)
}

// emptyAreNamed checks that the status names each empty file of the folders.
func emptyAreNamed(t *testing.T, h *host, dirs []string) {
	t.Helper()
	var empty []string
	for _, dir := range dirs {
		for p, f := range snapshot(t, dir) {
			if f.size == 0 {
				empty = append(empty, filepath.Join(dir, p))
			}
		}
	}
	named := map[string]bool{}
	s := h.status()
	for _, k := range s.Skipped {
		for _, p := range k.Paths {
			named[p] = true
		}
	}
	for _, p := range empty {
		if !named[p] {
			t.Errorf("%s: empty %s is not named in %+v", h.name, p, s.Skipped)
		}
	}
	if s.skipped("empty") != int64(len(empty)) {
		t.Errorf("%s: %d empty files counted, there are %d", h.name, s.skipped("empty"), len(empty))
	}
	t.Logf("%s: %d empty files, all named; skipped: %+v", h.name, len(empty), s.Skipped)
}

// distinctContents checks the counts of the status against the files. What
// both have has its plain file in both vaults, too.
func distinctContents(t *testing.T, folders map[*host][]string, a, b *host) {
	t.Helper()
	all, own := tree{}, map[*host]tree{a: {}, b: {}}
	for h, dirs := range folders {
		for _, dir := range dirs {
			for p, f := range snapshot(t, dir).media() {
				own[h][dir+p], all[dir+p] = f, f
			}
		}
	}
	for h, other := range map[*host]*host{a: b, b: a} {
		s := h.status()
		if s.Library.Items != own[h].contents() {
			t.Errorf("%s: library of %d items, its folders hold %d", h.name, s.Library.Items, own[h].contents())
		}
		if s.items() != all.contents() || len(s.Copies.ByHolders) < 3 || s.Copies.ByHolders[2] != all.contents() {
			t.Errorf("%s: items by holders %v, the folders hold %d contents", h.name, s.Copies.ByHolders, all.contents())
		}
		if want := own[other].contents(); s.Vault.Items != want {
			t.Errorf("%s: vault of %d items, the other device has %d", h.name, s.Vault.Items, want)
		}
		t.Logf("%s: %d items, library %d, vault %d, by holders %v", h.name, s.items(), s.Library.Items, s.Vault.Items, s.Copies.ByHolders)
	}
}

// hashesAgree compares hashes that homeroll gives with those that were taken
// when the corpus was made, on the device that has the file and the other.
func hashesAgree(t *testing.T, owner, other *host) {
	t.Helper()
	checked := 0
	for i, f := range corpusFiles(t) {
		device, rel, _ := strings.Cut(f.Path, "/")
		if i%8 != 0 || f.Size == 0 || device != "camera-sd" && device != "phone-a" {
			continue
		}
		for _, p := range []string{owner.path(device, rel), filepath.Join(other.vault(), owner.name, device, rel)} {
			h := owner
			if strings.HasPrefix(p, other.home) {
				h = other
			}
			c := h.copies(p)
			if c == nil || c.Hash != f.BLAKE3 || c.Copies != 2 {
				t.Errorf("%s: copies %s = %+v, want 2 of %s", h.name, p, c, f.BLAKE3)
			}
			checked++
		}
	}
	t.Logf("%d files: BLAKE3 as the corpus states it, 2 copies", checked)
}

type corpusFile struct {
	Path   string
	Size   int64
	BLAKE3 string
}

// corpusFiles returns what the corpus says of its files.
func corpusFiles(t *testing.T) []corpusFile {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(world.corpus, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct{ Files []corpusFile }
	if err := json.Unmarshal(raw, &doc); err != nil || len(doc.Files) == 0 {
		t.Fatalf("read expected.json: %v, %d files", err, len(doc.Files))
	}
	return doc.Files
}

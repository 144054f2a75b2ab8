//go:build lab && linux

package labtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// nasty are names that one filesystem or another cannot hold or takes for each
// other.
func nasty() []string {
	deep := strings.Repeat(strings.Repeat("d", 60)+"/", 45) + "deep.jpg"
	return []string{
		"plain.jpg", "Case/IMG.jpg", "Case/img.JPG", "Form/caf\u00e9.jpg", "Form/cafe\u0301.jpg", "stra\u00dfe.jpg", "STRASSE.JPG",
		"colon: question?.jpg", "star*\"<>|.jpg", `back\slash.jpg`, "new\nline.jpg", "dir ends. /in it.jpg", "ends.jpg. ",
		"CON.jpg", "aux.jpg", "NUL", "com1.jpg", "\U0001f600.jpg", "\u65e5\u672c\u8a9e.jpg", "bad\xff.jpg", "b\xe9d/\xff\xfe.jpg",
		strings.Repeat("n", 251) + ".jpg", strings.Repeat("\u00fc", 125) + ".jpg", deep,
		"1955.jpg", "1979.jpg", "2039.jpg", "2150.jpg", "odd.jpg", "twice/first.jpg", "twice/second.jpg", "rename me.jpg",
	}
}

func nastyTime(n int, name string) time.Time {
	switch base := filepath.Base(name); base {
	case "1955.jpg", "1979.jpg", "2039.jpg", "2150.jpg":
		year, _ := strconv.Atoi(base[:4])
		return time.Date(year, 12, 31, 23, 59, 59, 987654321, time.UTC)
	}
	return corpusTime(n)
}

// putNasty writes a folder of such files.
func (h *host) putNasty(dir string) {
	h.t.Helper()
	h.mkdir(dir)
	for i, name := range nasty() {
		at := dir
		for _, d := range strings.Split(filepath.Dir(name), "/") {
			at = h.mkdir(filepath.Join(at, d))
		}
		seed := uint64(i)
		if strings.HasPrefix(name, "twice/") {
			seed = 4711
		}
		h.put(filepath.Join(dir, name), jpeg(100_000, seed), nastyTime(i, name))
	}
}

// TestFilesystems: vaults on FAT, exFAT, NTFS with the names of Windows, and btrfs,
// and a folder on FAT. Whatever a filesystem cannot hold, bytes, names and times
// are given back exactly, nothing is stored twice, and what it cannot tell is
// never a change.
func TestFilesystems(t *testing.T) {
	_, hosts := network(t, 6)
	a, card := hosts[0], hosts[5]
	vaults := map[*host]*volume{}
	for i, kind := range []string{"fat", "exfat", "ntfs", "btrfs"} {
		vaults[hosts[i+1]] = newVolume(t, hosts[i+1], kind, "disk")
	}
	sd := newVolume(t, card, "fat", "card")
	folder, dcim := a.path("Pictures"), filepath.Join(sd.point, "DCIM")
	a.putNasty(folder)
	cardFiles(t, dcim)
	before := snapshot(t, folder)

	start := func(h *host) {
		t.Helper()
		switch {
		case h == a:
			h.start(folder)
		case h == card:
			h.start(dcim)
		default:
			h.start("--vault", filepath.Join(vaults[h].point, "Homeroll"))
		}
	}
	lap := laps(t)
	for _, h := range hosts {
		start(h)
	}
	lap("all run")
	for _, h := range hosts[1:] {
		pair(t, a, h)
	}
	awaitComplete(60*time.Second, hosts...)
	lap("paired and complete")

	check := func() {
		t.Helper()
		for _, h := range hosts[1:5] {
			vault := filepath.Join(vaults[h].point, "Homeroll")
			sameByHand(t, vaults[h].kind, byHand(t, vault, "Pictures"), before)
			storedOnce(t, vaults[h].kind, vault, h)
		}
	}
	check()
	lap("checked")

	// Only the case changes: a rename everywhere, and no copy.
	caseRename(t, a, folder, hosts[1:5], before)
	check()
	lap("renamed")

	// Other zones, and nothing is read again.
	held := map[*host]tree{}
	for _, h := range hosts[1:5] {
		held[h] = snapshot(t, filepath.Join(vaults[h].point, "Homeroll"))
		_ = h.run.Process.Signal(syscall.SIGTERM) // all at once; stop waits
	}
	for _, h := range hosts[1:5] {
		h.stop()
		if kind := vaults[h].kind; kind == "fat" || kind == "exfat" {
			vaults[h].unmount()
			vaults[h].mount("Europe/Berlin")
		}
	}
	lap("mounted in another zone")
	for _, h := range hosts[1:5] {
		h.must("config", "set", "log.level", "info") // which says why a file is read
		start(h)
	}
	awaitComplete(60*time.Second, hosts[1:5]...)
	for _, h := range hosts[1:5] {
		readNothingAgain(t, h)
		sameFiles(t, vaults[h].kind, held[h], snapshot(t, filepath.Join(vaults[h].point, "Homeroll")))
	}
	check()
	namesAreExact(t, a, hosts[1:5], folder, before)
	lap("checked again")
	sdCard(t, a, card, sd, dcim, start)
	lap("card read in another zone")
	untouched(t, folder, before)
}

// laps returns a function that logs how long each part of a test took.
func laps(t *testing.T) func(what string) {
	last := time.Now()
	return func(what string) {
		t.Logf("%s after %v", what, time.Since(last).Round(time.Millisecond))
		last = time.Now()
	}
}

// cardFiles writes what a camera left on its card.
func cardFiles(t *testing.T, dcim string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(dcim, "100CANON"), 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		p := filepath.Join(dcim, "100CANON", fmt.Sprintf("IMG_%04d.JPG", i))
		if err := os.WriteFile(p, jpeg(200_000, uint64(9000+i)), 0o644); err != nil {
			t.Fatal(err)
		}
		at := corpusTime(i).Truncate(2 * time.Second)
		if err := os.Chtimes(p, at, at); err != nil {
			t.Fatal(err)
		}
	}
}

func sameByHand(t *testing.T, kind string, got, want tree) {
	t.Helper()
	for p, f := range want {
		g, ok := got[p]
		switch {
		case !ok:
			t.Errorf("%s: %q cannot be given back", kind, p)
		case g.sum != f.sum:
			t.Errorf("%s: %q: other bytes", kind, p)
		case !g.mtime.Equal(f.mtime):
			t.Errorf("%s: %q: modified %v, said to be %v", kind, p, f.mtime, g.mtime)
		}
	}
	t.Logf("%s: %d files given back by hand from the names log: bytes, names and times equal", kind, len(want))
}

// namesAreExact asks several hosts for every photo.
func namesAreExact(t *testing.T, a *host, hosts []*host, folder string, want tree) {
	t.Helper()
	asked := 0
	for p := range want {
		known := a.copies(filepath.Join(folder, p))
		if known == nil || !isPrintable(p) {
			continue // not to be written in JSON
		}
		for _, h := range hosts {
			c := h.copies(known.Hash)
			named := false
			for i := 0; c != nil && i < len(c.Names); i++ {
				named = named || c.Names[i].Path == p
			}
			if !named || !c.heldHere() {
				t.Errorf("%s: copies of %q are %+v", h.name, p, c)
			}
			asked++
		}
	}
	if asked < len(hosts)*(len(want)-2) {
		t.Errorf("only %d names were asked for", asked)
	}
	t.Logf("%d names exact in copies", asked)
}

func isPrintable(p string) bool { return strings.ToValidUTF8(p, "") == p }

// copiesOf asks by hash.
func (h *host) copiesOf(a *host, path string) *copies {
	c := a.copies(path)
	if c == nil {
		return nil
	}
	return h.copies(c.Hash)
}

// storedOnce looks at the two names of one content.
func storedOnce(t *testing.T, kind, vault string, h *host) {
	t.Helper()
	at := func(name string) string { return filepath.Join(vault, "h1", "Pictures", "twice", name) }
	one, err := os.Stat(at("first.jpg"))
	two, err2 := os.Stat(at("second.jpg"))
	switch kind {
	case "btrfs":
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		if e, e2 := extents(t, at("first.jpg")), extents(t, at("second.jpg")); e != e2 || one.ModTime().Equal(two.ModTime()) {
			t.Errorf("btrfs: extents %q and %q, times %v and %v", e, e2, one.ModTime(), two.ModTime())
		}
	case "ntfs":
		if err != nil || err2 != nil || !os.SameFile(one, two) || one.Sys().(*syscall.Stat_t).Nlink != 2 {
			t.Errorf("ntfs: no hard link: %v %v %v %v", one, two, err, err2)
		}
	default:
		if (err == nil) == (err2 == nil) {
			t.Errorf("%s: two files of one content, or none: %v %v", kind, err, err2)
		}
	}
	if s := h.status(); s.Vault.Bytes > 10_000_000 {
		t.Errorf("%s: the vault counts %d bytes", kind, s.Vault.Bytes)
	}
}

var physical = regexp.MustCompile(`(?m)^\s*0:\s+0\.\.\s+\d+:\s+(\d+)\.\.`)

// extents returns where the first extent of a file lies on the disk.
func extents(t *testing.T, p string) string {
	t.Helper()
	out, err := exec.Command("filefrag", "-v", p).Output()
	m := physical.FindSubmatch(out)
	if err != nil || m == nil {
		t.Fatalf("filefrag %s: %v\n%s", p, err, out)
	}
	return string(m[1])
}

// caseRename renames a file in its case only, and waits until every vault knows.
func caseRename(t *testing.T, a *host, folder string, others []*host, want tree) {
	t.Helper()
	const from, to = "rename me.jpg", "Rename ME.JPG"
	if err := os.Rename(filepath.Join(folder, from), filepath.Join(folder, to)); err != nil {
		t.Fatal(err)
	}
	want[to] = snapshot(t, folder)[to]
	delete(want, from)
	for _, h := range append([]*host{a}, others...) {
		_, ok := eventually(20*time.Second, 100*time.Millisecond, func() bool {
			c := h.copiesOf(a, filepath.Join(folder, to))
			return c != nil && len(c.Names) == 1 && c.Names[0].Path == to && c.heldHere()
		})
		if !ok {
			t.Fatalf("%s: after the rename: %+v", h.name, h.copiesOf(a, filepath.Join(folder, to)))
		}
	}
	awaitComplete(30*time.Second, append(others, a)...)
}

// readNothingAgain checks in a node's log that no file of the vault looked changed.
func readNothingAgain(t *testing.T, h *host) {
	t.Helper()
	raw, err := os.ReadFile(h.home + ".log")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if strings.Contains(line, "looks changed") {
			t.Errorf("%s: %s", h.name, line)
		}
	}
}

// sameFiles compares names and bytes of a vault before and after.
func sameFiles(t *testing.T, kind string, before, after tree) {
	t.Helper()
	for p, f := range before {
		if after[p].sum != f.sum {
			t.Errorf("%s: %q has changed", kind, p)
		}
	}
	if len(before) != len(after) {
		t.Errorf("%s: %d files, were %d", kind, len(after), len(before))
	}
}

// sdCard takes a camera's card out of a computer and puts it into one of
// another zone, where FAT shows every time shifted.
func sdCard(t *testing.T, a, card *host, sd *volume, dcim string, start func(*host)) {
	t.Helper()
	kept := filepath.Join(a.vault(), card.name, "DCIM")
	before, seen := snapshot(t, kept), snapshot(t, dcim)
	card.stop()
	sd.unmount()
	sd.mount("America/St_Johns")
	now := snapshot(t, dcim)
	for p, f := range seen {
		if now[p].mtime.Equal(f.mtime) {
			t.Fatalf("%s is not shifted", p)
		}
	}
	start(card)
	card.await("complete", 30*time.Second, complete)
	untouchedCopies(t, kept, before)

	from, to := filepath.Join(dcim, "100CANON", "IMG_0007.JPG"), filepath.Join(dcim, "100CANON", "img_0007.jpg")
	hash := card.copies(from).Hash
	// At once, this driver would free the file's own bytes.
	if err := errors.Join(os.Rename(from, to+".tmp"), os.Rename(to+".tmp", to)); err != nil {
		t.Fatal(err)
	}
	for _, h := range []*host{card, a} {
		_, ok := eventually(20*time.Second, 100*time.Millisecond, func() bool {
			c := h.copies(hash)
			return c != nil && len(c.Names) == 1 && strings.HasSuffix(c.Names[0].Path, "img_0007.jpg")
		})
		if !ok {
			t.Errorf("%s: after the rename on the card: %+v", h.name, h.copies(hash))
		}
	}
	card.await("complete", 30*time.Second, complete)
}

// untouchedCopies checks that no name, time or inode of copies has changed: so
// neither has the record of one.
func untouchedCopies(t *testing.T, dir string, before tree) {
	t.Helper()
	after := snapshot(t, dir)
	for p, f := range before {
		if g := after[p]; g.inode != f.inode || !g.mtime.Equal(f.mtime) || g.sum != f.sum {
			t.Errorf("%s: %q was %+v, is %+v", dir, p, f, g)
		}
	}
	if len(before) != len(after) || len(before) == 0 {
		t.Errorf("%s: %d files, were %d", dir, len(after), len(before))
	}
}

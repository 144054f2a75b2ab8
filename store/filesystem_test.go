package store

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/disk"
	"homeroll/store/internal/need"
	"homeroll/store/internal/volume"
	"homeroll/store/internal/walk"
	"homeroll/store/media"
)

// restartOn restarts a node whose vault then believes to be on another
// filesystem: it remembers what it found by a probe, and that is edited.
func (r *relay) restartOn(n *testNode, change func(*volume.Traits)) {
	r.t.Helper()
	name := filepath.Join(n.cfg.Vault, ".homeroll", "filesystem")
	raw, err := os.ReadFile(name)
	if err != nil {
		need.Missing(r.t, "this filesystem is probed at each start: ", err)
	}
	var doc map[string]any
	if err := json.Unmarshal(raw, &doc); err != nil {
		r.t.Fatal(err)
	}
	var t volume.Traits
	change(&t)
	doc["traits"] = t
	if raw, err = json.Marshal(doc); err == nil {
		err = os.WriteFile(name, raw, 0o666)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	r.restart(n)
	if got := n.vault().Traits(); got.Links != t.Links {
		need.Missing(r.t, "this filesystem is probed at each start")
	}
}

func (r *relay) restart(n *testNode) {
	r.t.Helper()
	n.restart(n.folder)
	var members []media.Device
	names := map[media.Device]string{}
	for i, m := range r.nodes {
		members = append(members, m.device())
		names[m.device()] = fmt.Sprintf("host %c", 'A'+i)
	}
	n.SetDeviceNames(names)
	if err := n.SetMembers(r.t.Context(), members); err != nil {
		r.t.Fatal(err)
	}
	n.run()
}

// settle relays until a node has every name of the home in place.
func (r *relay) settle(n *testNode, holds ...media.Item) {
	r.t.Helper()
	wait(r.t, "every name in place", func() bool {
		if err := r.round(r.t.Context()); err != nil {
			r.t.Fatal(err)
		}
		tally, err := n.Tally(r.t.Context())
		for _, it := range holds {
			if len(n.vaultFiles(it)) == 0 {
				return false
			}
		}
		return err == nil && tally.Unplaced == 0
	})
}

func (n *testNode) vaultFiles(it media.Item) []catalogue.VaultFile {
	n.t.Helper()
	files, err := n.cat.VaultFilesOf(n.t.Context(), it)
	if err != nil {
		n.t.Fatal(err)
	}
	return files
}

// noted returns the names that have no file, and listed the files of the vault.
func (n *testNode) noted() (names []string) {
	n.t.Helper()
	rows, err := n.cat.Noted(n.t.Context(), 0, 100)
	if err != nil {
		n.t.Fatal(err)
	}
	for _, row := range rows {
		names = append(names, row.Name)
	}
	slices.Sort(names)
	return names
}

func (n *testNode) listed() (paths []string) {
	_ = fs.WalkDir(os.DirFS(n.cfg.Vault), "host A", func(p string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			paths = append(paths, strings.TrimPrefix(p, "host A/Pictures/"))
		}
		return nil
	})
	return paths
}

// A vault on a filesystem without links has one file of a content, and gives
// every name back; on one with links each name has its file again.
func TestContentIsStoredOnceWithoutLinks(t *testing.T) {
	r := newHome(t, 2)
	a, b := r.nodes[0], r.nodes[1]
	fat := func(v *volume.Traits) { v.Windows, v.Step, v.Zoned = true, 2*time.Second, true }
	r.restartOn(b, fat)
	at := func(p string) string { return filepath.Join(a.folder, p) }
	write(t, at("one.jpg"), []byte("same"))
	write(t, at("copies/two.jpg"), []byte("same"))
	write(t, at("three.jpg"), []byte("same"))
	write(t, at("what: now?.jpg"), []byte("odd"))
	if err := os.Chtimes(at("copies/two.jpg"), old, old.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	a.scanned()
	same, odd := itemOf(t, []byte("same")), itemOf(t, []byte("odd"))
	r.settle(b, same, odd)
	if got := b.listed(); len(got) != 2 || len(b.noted()) != 2 {
		t.Fatalf("files %q, noted %q", got, b.noted())
	}
	if p := b.vaultFiles(odd)[0]; !strings.Contains(p.Path, "/what_ now_~") || p.Name != "what: now?.jpg" {
		t.Errorf("an odd name lies at %q as %q", p.Path, p.Name)
	}
	if sp, err := b.Space(); err != nil || sp.Used != same.Size+odd.Size {
		t.Errorf("the vault counts %d bytes: %v", sp.Used, err)
	}

	noted, third := b.noted()[0], b.noted()[1]
	rename(t, at(noted), at("renamed.jpg"))
	a.scanned()
	wait(t, "the other name", func() bool {
		r.settle(b)
		return slices.Equal(b.noted(), []string{"renamed.jpg", third})
	})

	b.close()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		_ = os.Remove(filepath.Join(b.cfg.State, catalogueName+suffix))
	}
	r.restart(b)
	wait(t, "the rebuilt catalogue", func() bool { return !b.Rebuilding() })
	if got := b.noted(); !slices.Contains(got, "renamed.jpg") || !slices.Contains(got, third) {
		t.Errorf("after the catalogue was lost, noted are %q", got)
	}
	r.sent = 0
	r.settle(b, same, odd)
	if got := b.noted(); !slices.Equal(got, []string{"renamed.jpg", third}) {
		t.Errorf("after its owner has told what it names, noted are %q", got)
	}
	if r.sent > 0 || len(b.listed()) != 2 {
		t.Errorf("%d bytes were sent again; files are %q", r.sent, b.listed())
	}

	r.restartOn(b, func(v *volume.Traits) { v.Links = true })
	r.settle(b, same, odd)
	if len(b.noted()) != 0 || len(b.listed()) != 4 {
		t.Errorf("with links: noted %q, files %q", b.noted(), b.listed())
	}
}

// An edit in place of one of two names of an inode changes both. Neither
// counts any more, and the content comes again.
func TestEditOfALinkedFileIsHealed(t *testing.T) {
	r := newHome(t, 2)
	a, b := r.nodes[0], r.nodes[1]
	r.restartOn(b, func(v *volume.Traits) { v.Links = true })
	write(t, filepath.Join(a.folder, "one.jpg"), []byte("same"))
	write(t, filepath.Join(a.folder, "two.jpg"), []byte("same"))
	if err := os.Chtimes(filepath.Join(a.folder, "two.jpg"), old, old.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	a.scanned()
	it := itemOf(t, []byte("same"))
	r.settle(b, it)
	files := b.vaultFiles(it)
	fi, err := os.Stat(b.vault().Abs(files[0].Path))
	if err != nil || len(files) != 2 || disk.Links(fi) != 2 || !fi.ModTime().Equal(old.Add(-time.Hour)) {
		t.Fatalf("%d files, %v %v", len(files), fi, err)
	}
	if err := b.comparePass(t.Context()); err != nil || len(b.vaultFiles(it)) != 2 {
		t.Fatalf("a look at linked files leaves %d of them: %v", len(b.vaultFiles(it)), err)
	}
	if err := os.WriteFile(b.vault().Abs(files[0].Path), []byte("edited"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := b.comparePass(t.Context()); err != nil || len(b.vaultFiles(it)) != 0 {
		t.Fatalf("%d names of an edited file count: %v", len(b.vaultFiles(it)), err)
	}
	r.settle(b, it)
	for _, f := range b.vaultFiles(it) {
		if got, err := os.ReadFile(b.vault().Abs(f.Path)); err != nil || string(got) != "same" {
			t.Errorf("%s is %q: %v", f.Path, got, err)
		}
	}
	if n := len(b.vaultFiles(it)); n != 2 {
		t.Errorf("%d names are back", n)
	}
}

// Times of a card that all shift alike are believed; one alone is not.
func TestShiftedTimesOfACard(t *testing.T) {
	n := newNode(t)
	f := n.watched()[0]
	was := time.Date(2024, 7, 1, 12, 0, 4, 0, time.UTC)
	look := func(c *census, size int64, by time.Duration) bool {
		old := catalogue.File{Item: media.Item{Size: 100}, MTime: was}
		return c.shifted(old, walk.File{Path: "x.jpg", Stamp: disk.Stamp{Size: size, MTime: was.Add(by)}})
	}
	fat := func() *census {
		c := f.newCensus()
		c.traits = volume.Traits{Zoned: true, Step: 2 * time.Second}
		return c
	}
	for _, tc := range []struct {
		what     string
		exact    int
		by       []time.Duration
		suspects int
	}{
		{"all of a small card", 0, []time.Duration{time.Hour, time.Hour}, 0},
		{"one of many", 10, []time.Duration{time.Hour}, 1},
		{"three of many", 10, []time.Duration{-time.Hour, -time.Hour, -time.Hour, -time.Hour}, 0},
		{"three that disagree", 10, []time.Duration{time.Hour, 2 * time.Hour, 45 * time.Minute}, 3},
	} {
		c := fat()
		c.exact = tc.exact
		for _, by := range tc.by {
			if !look(c, 100, by) {
				t.Errorf("%s: a shift by %v is not recognised", tc.what, by)
			}
		}
		if got := c.end(); len(got) != tc.suspects {
			t.Errorf("%s: %d are to be read, want %d", tc.what, len(got), tc.suspects)
		}
		file := catalogue.File{Folder: f.id, Item: media.Item{Size: 100}, MTime: was}
		if now := (disk.Stamp{Size: 100, MTime: was.Add(tc.by[0])}); n.isUnchanged(file, now) != (tc.suspects == 0) {
			t.Errorf("%s: believed afterwards is %v", tc.what, tc.suspects > 0)
		}
	}
	for what, seen := range map[string]bool{
		"an edit minutes later": look(fat(), 100, 7*time.Minute), "an edit that grew": look(fat(), 101, time.Hour),
		"two days":  look(fat(), 100, 48*time.Hour),
		"on a disk": look(f.newCensus(), 100, time.Hour),
	} {
		if seen {
			t.Errorf("%s counts as a shift", what)
		}
	}
}

// sharesTime reports a vault file that differs only in its time, as it is one
// of several names of one inode: their oldest time is on the disk, and each one's
// own is on record.
func (n *testNode) sharesTime(i int, name, got, want string) bool {
	abs := filepath.Join(n.cfg.Vault, fmt.Sprintf("host %c", 'A'+i), "Pictures", name)
	fi, err := os.Stat(abs)
	if err != nil || disk.Links(fi) < 2 {
		return false
	}
	item, err := itemAt(abs)
	if err != nil {
		return false
	}
	files, _ := n.cat.VaultFilesOf(context.Background(), item)
	var recorded, oldest time.Time
	for _, f := range files {
		at, err := os.Stat(filepath.Join(n.cfg.Vault, f.Path))
		if err != nil || !os.SameFile(at, fi) {
			continue
		}
		if oldest.IsZero() || f.MTime.Before(oldest) {
			oldest = f.MTime
		}
		if f.Path == strings.TrimPrefix(abs, n.cfg.Vault+"/") {
			recorded = f.MTime
		}
	}
	stamp := func(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) }
	return fi.ModTime().Equal(oldest) && strings.Replace(got, stamp(oldest), stamp(recorded), 1) == want
}

func itemAt(abs string) (media.Item, error) {
	f, err := os.Open(abs)
	if err != nil {
		return media.Item{}, err
	}
	defer f.Close()
	it, _, err := media.Hash(context.Background(), f)
	return it, err
}

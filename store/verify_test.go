package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/disk"
	"homeroll/store/media"
)

// verify returns what a verification found.
func (n *testNode) verify(t *testing.T) []Damage {
	t.Helper()
	var all []Damage
	_, err := n.Verify(t.Context(), func(VerifyProgress) {}, func(d Damage) { all = append(all, d) })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// rot changes a byte of a file as a disk would: neither its size nor its time.
func rot(t *testing.T, path string) {
	t.Helper()
	fi, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 0x10
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(b, 0); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, fi.ModTime(), fi.ModTime()); err != nil {
		t.Fatal(err)
	}
}

// forgive makes the record of a file in a folder say the status change that the
// file has now: no test can rot the disk below a filesystem.
func (n *testNode) forgive(t *testing.T, rel string) {
	t.Helper()
	key := catalogue.FileKey{Folder: n.watched()[0].id, Path: rel}
	file, ok, err := n.cat.File(t.Context(), key)
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	now, err := disk.Stat(filepath.Join(n.folder, rel))
	if err != nil {
		t.Fatal(err)
	}
	file.CTime = now.Changed
	if err := n.cat.ChangeFiles(t.Context(), catalogue.Changes{Put: []catalogue.File{file}}); err != nil {
		t.Fatal(err)
	}
}

func TestRottenCopiesComeBack(t *testing.T) {
	r := newHome(t, 2)
	a, b := r.nodes[0], r.nodes[1]
	small, large := bytesOf("small", 1000), bytesOf("large", 3*media.GroupSize+5)
	write(t, filepath.Join(a.folder, "x/small.jpg"), small)
	write(t, filepath.Join(a.folder, "x/large.jpg"), large)
	write(t, filepath.Join(b.folder, "own.jpg"), bytesOf("own", 5000))
	a.scanned()
	b.scanned()
	r.converge()
	before := tree(b.vault().Dir())
	if found := append(a.verify(t), b.verify(t)...); len(found) > 0 {
		t.Fatalf("damage in whole files: %v", found)
	}

	files, err := b.cat.VaultFilesOf(t.Context(), itemOf(t, large))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	inVault := b.vault().Abs(files[0].Path)
	rot(t, inVault)
	if found := b.verify(t); len(found) != 1 || found[0].Path != inVault || found[0].Reason != ReasonDamaged || found[0].Own {
		t.Fatalf("found %v", found)
	}
	if _, err := b.Read(t.Context(), itemOf(t, large).ID); err == nil {
		t.Error("a damaged file is served")
	}
	b.restart(b.folder) // what is damaged is remembered
	if err := b.SetMembers(t.Context(), []media.Device{a.device(), b.device()}); err != nil {
		t.Fatal(err)
	}
	b.run()
	if p := b.Problems(); len(p) != 1 || p[0].Reason != ReasonDamaged {
		t.Fatalf("problems are %v", p)
	}
	r.converge()
	if after := tree(b.vault().Dir()); !sameTree(before, after) {
		t.Errorf("the vault is not as before:\n%v\n%v", before, after)
	}
	if found := b.verify(t); len(found) > 0 || len(b.Problems()) > 0 {
		t.Errorf("still damaged: %v, %v", found, b.Problems())
	}

	if err := os.Truncate(inVault, 700); err != nil { // by somebody
		t.Fatal(err)
	}
	if found := b.verify(t); len(found) != 1 || found[0].Path != inVault || found[0].Reason != ReasonChanged {
		t.Errorf("of a file cut short, found %v", found)
	}
	names := filepath.Join(b.vault().Dir(), ".homeroll", "names")
	if err := os.Truncate(names, 10); err != nil {
		t.Fatal(err)
	}
	wait(t, "the names log", func() bool { fi, err := os.Stat(names); return err == nil && fi.Size() > 300 })
}

func TestRemovedCatalogueEndsRun(t *testing.T) {
	n := newNode(t)
	ended := make(chan error, 1)
	go func() { ended <- n.Run(t.Context()) }()
	wait(t, "the start", func() bool { return !n.scanning() })
	if err := os.Remove(filepath.Join(n.cfg.State, catalogueName)); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, ErrCorrupt) {
		t.Errorf("ended with %v", err)
	}
	if _, err := os.Lstat(filepath.Join(n.cfg.State, rebuildAsked)); err != nil {
		t.Error(err)
	}
}

// The only copy of an item is damaged: no look at it makes that forgotten.
func TestDamageWithoutAnotherCopyIsNotForgotten(t *testing.T) {
	r := newHome(t, 2)
	a, b := r.nodes[0], r.nodes[1]
	content := bytesOf("only", 4000)
	write(t, filepath.Join(a.folder, "only.jpg"), content)
	write(t, filepath.Join(a.folder, "other.jpg"), bytesOf("other", 100))
	a.scanned()
	r.converge()
	if err := os.Remove(filepath.Join(a.folder, "only.jpg")); err != nil {
		t.Fatal(err)
	}
	wait(t, "the deletion", func() bool { return len(a.files()) == 1 })
	r.converge()
	files, err := b.cat.VaultFilesOf(t.Context(), itemOf(t, content))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	rot(t, b.vault().Abs(files[0].Path))
	for range 2 {
		if err := b.recheckFile(t.Context(), files[0].Path); err != nil {
			t.Fatal(err)
		}
		if p, found := b.Problems(), b.verify(t); len(p) != 1 || p[0].Reason != ReasonDamaged || len(found) != 1 {
			t.Errorf("problems %+v, verified %v", p, found)
		}
	}
}

func TestRottenOriginalIsLeftAndKeptWholeInTheVault(t *testing.T) {
	r := newHome(t, 2)
	a, b := r.nodes[0], r.nodes[1]
	content := bytesOf("original", 70000)
	original := filepath.Join(a.folder, "x/one.jpg")
	write(t, original, content)
	a.scanned()
	r.converge()

	rot(t, original)
	a.forgive(t, "x/one.jpg")
	rotten, err := os.ReadFile(original)
	if err != nil || bytes.Equal(rotten, content) {
		t.Fatal("not rotten", err)
	}
	if found := a.verify(t); len(found) != 1 || !found[0].Own {
		t.Fatalf("found %v", found)
	}
	wait(t, "a whole copy", func() bool {
		if err := r.round(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err := a.Read(t.Context(), itemOf(t, content).ID)
		return err == nil
	})
	if now, err := os.ReadFile(original); err != nil || !bytes.Equal(now, rotten) {
		t.Error("the original was written to", err)
	}
	info, err := a.Lookup(t.Context(), itemOf(t, content).ID.String())
	if err != nil || info.Gone || len(info.Holders) != 2 {
		t.Fatalf("%+v, %v", info, err)
	}
	whole := slices.IndexFunc(info.Holders, func(h HolderInfo) bool { return h.Device == a.device() })
	if paths := info.Holders[whole].Paths; len(paths) != 1 || !holds(paths[0], content) {
		t.Errorf("whole copies are %v", paths)
	}
	if found := b.verify(t); len(found) > 0 {
		t.Errorf("damage spread: %v", found)
	}

	a.rescanAll() // no look at what nobody wrote to makes the damage forgotten
	a.restart(a.folder)
	if p := a.Problems(); len(p) != 1 || p[0].Path != original || p[0].Reason != ReasonDamaged {
		t.Fatalf("after a restart, problems are %+v", p)
	}
	a.run()
	a.rescanAll()
	if p := a.Problems(); len(p) != 1 || p[0].Path != original {
		t.Fatalf("after a look, problems are %+v", p)
	}

	write(t, original, content) // its user puts it right
	wait(t, "the original's return", func() bool { return len(a.Problems()) == 0 })
	if found := a.verify(t); len(found) > 0 {
		t.Errorf("still damaged: %v", found)
	}
}

func holds(path string, content []byte) bool {
	b, err := os.ReadFile(path)
	return err == nil && bytes.Equal(b, content)
}

// sameTree compares two vaults, the names log aside.
func sameTree(a, b map[string]string) bool {
	for p, what := range a {
		if p == ".homeroll/names" {
			continue
		}
		if b[p] != what {
			return false
		}
	}
	return len(a) == len(b)
}

// TestRebuiltCatalogueIsTheSame asks for a new catalogue, and finds the same
// files, names and what was let go, nothing fetched; what had rotted is noticed.
func TestRebuiltCatalogueIsTheSame(t *testing.T) {
	ctx := context.Background()
	r := newHome(t, 2)
	a, b := r.nodes[0], r.nodes[1]
	written := []string{"x/one.jpg", "x/two.jpg", "y/three.mp4"}
	if runtime.GOOS == "linux" { // elsewhere, all names are UTF-8
		written = append(written, "Gr\xfc\xdfe/K\xf6ln.jpg")
	}
	for _, name := range written {
		write(t, filepath.Join(a.folder, name), bytesOf(name, 300000))
	}
	let := bytesOf("let go", 1000)
	write(t, filepath.Join(b.folder, "own.jpg"), bytesOf("own", 2000))
	write(t, filepath.Join(b.folder, "let.jpg"), let)
	a.scanned()
	b.scanned()
	r.converge()
	if err := os.Remove(filepath.Join(b.folder, "let.jpg")); err != nil {
		t.Fatal(err)
	}
	wait(t, "the deletion", func() bool { return len(b.files()) == 1 })
	r.converge()
	if err := os.RemoveAll(filepath.Join(b.vault().Dir(), ".homeroll")); err != nil {
		t.Fatal(err)
	}
	wait(t, "another names log", func() bool { return b.vault().NamesHere() })
	names := func() (all []catalogue.VaultFile) {
		all, err := b.cat.VaultFiles(ctx, "", 1000)
		if err != nil {
			t.Fatal(err)
		}
		for i := range all {
			all[i].Verified, all[i].Damaged = all[i].MTime, false
		}
		return all
	}
	before := names()
	rotten := b.vault().Abs(before[1].Path)
	rot(t, rotten)
	if err := b.AskRebuild(ctx); err != nil {
		t.Fatal(err)
	}
	b.restart(b.folder)
	if !b.Rebuilding() {
		t.Fatal("no rebuild")
	}
	if err := b.SetMembers(ctx, []media.Device{a.device(), b.device()}); err != nil {
		t.Fatal(err)
	}
	b.run()
	wait(t, "the rebuild", func() bool { return !b.Rebuilding() })
	if after := names(); !slices.Equal(before, after) {
		t.Errorf("vault files were %v, are %v", before, after)
	}
	damages, err := b.Damages(ctx)
	if err != nil || len(damages) != 1 || damages[0].Path != rotten {
		t.Errorf("damages are %v, %v", damages, err)
	}
	if info, err := b.cat.Lookup(ctx, itemOf(t, let).ID); err != nil || !info.Gone {
		t.Errorf("what was let go is %+v, %v", info, err)
	}
	r.sent = 0
	r.converge()
	if want := before[1].Item.Size; r.sent != want {
		t.Errorf("%d bytes were fetched, want the %d of the damaged file", r.sent, want)
	}
	for _, left := range []string{rebuildAsked, rebuildRuns, replacedName} {
		if _, err := os.Lstat(filepath.Join(b.cfg.State, left)); err == nil {
			t.Errorf("%s is still there", left)
		}
	}
}

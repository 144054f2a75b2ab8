package catalogue

import (
	"context"
	"errors"
	"testing"

	"homeroll/store/media"
)

// backup puts into b's vault what is unplaced there.
func backup(t *testing.T, b *place, want int) {
	t.Helper()
	ctx := context.Background()
	var ch VaultChanges
	for _, u := range must(b.Unplaced(ctx, 0, 1000))(t) {
		ch.Put = append(ch.Put, vaultFileOf(u))
	}
	if len(ch.Put) != want {
		t.Errorf("%d names are unplaced, want %d", len(ch.Put), want)
	}
	if err := b.ChangeVault(ctx, ch); err != nil {
		t.Fatal(err)
	}
	recount(t, b)
}

func vaultFileOf(u Unplaced) VaultFile {
	return VaultFile{Path: u.Device.Short() + "/" + u.Label + "/" + u.Path, Item: u.Item, MTime: u.MTime,
		Origin: u.Device, Folder: u.Folder, Label: u.Label, Name: u.Path}
}

// fetch gives b the content of a's files under their first names.
func fetch(t *testing.T, a, b *place) {
	t.Helper()
	ctx := context.Background()
	var ch VaultChanges
	for _, w := range must(b.Wanted(ctx, []media.Device{a.key.Device()}, 10_000))(t) {
		n := must(b.NamesOf(ctx, w.Item))(t)[0]
		ch.Put = append(ch.Put, vaultFileOf(Unplaced{Device: n.Device, Label: n.Label, Name: n.Name}))
	}
	if err := b.ChangeVault(ctx, ch); err != nil {
		t.Fatal(err)
	}
	recount(t, b)
}

func file(path string, item int) File {
	return File{Folder: testFolder(0).ID, Path: path, Item: testItem(item), MTime: testTime(item)}
}

func change(t *testing.T, a, b *place, ch Changes) {
	t.Helper()
	if err := a.ChangeFiles(context.Background(), ch); err != nil {
		t.Fatal(err)
	}
	pull(t, b, a, a.key.Device(), true)
	recount(t, a)
	recount(t, b)
}

func TestVaultFollowsItsOriginsNames(t *testing.T) {
	ctx := context.Background()
	a, b := pair(t)
	fetch(t, a, b)
	change(t, a, b, Changes{Put: []File{file("x", 1), file("copy of x", 1)}})
	fetch(t, a, b)
	backup(t, b, 1)

	// A rename offers the file under the old name.
	change(t, a, b, Changes{Put: []File{file("y", 1)}, Drop: []FileKey{{testFolder(0).ID, "x"}}})
	u := must(b.Unplaced(ctx, 0, 10))(t)
	if len(u) != 1 || u[0].Path != "y" || u[0].Label != testFolder(0).Label || len(u[0].Stale) != 1 || u[0].Stale[0].Name != "x" {
		t.Fatalf("after a rename: %+v", u)
	}
	if err := b.ChangeVault(ctx, VaultChanges{Put: []VaultFile{vaultFileOf(u[0])}, Drop: []string{u[0].Stale[0].Path}}); err != nil {
		t.Fatal(err)
	}
	backup(t, b, 0)

	// An edit displaces the older version, which is kept under its name.
	change(t, a, b, Changes{Put: []File{file("y", 2), file("copy of x", 3)}})
	d := must(b.Displaced(ctx, 0, 10))(t)
	if len(d) != 2 {
		t.Fatalf("after an edit %d files are displaced", len(d))
	}
	var aside VaultChanges
	for _, v := range d {
		aside.Drop = append(aside.Drop, v.Path)
		v.VaultFile.Path, v.Version = ".versions/"+v.Path, true
		aside.Put = append(aside.Put, v.VaultFile)
	}
	if err := b.ChangeVault(ctx, aside); err != nil {
		t.Fatal(err)
	}
	recount(t, b)
	fetch(t, a, b)
	backup(t, b, 0)
	pull(t, a, b, b.key.Device(), true)
	info := must(a.Lookup(ctx, testItem(1).ID))(t)
	if !info.Gone || info.Held || len(info.Names) != 2 || !info.Names[0].Kept || info.Names[0].Device != a.key.Device() || info.Names[0].By != b.key.Device() {
		t.Errorf("what is known of the older version: %+v", info)
	}
	if w := must(a.Wanted(ctx, []media.Device{b.key.Device()}, 10))(t); len(w) != 0 {
		t.Errorf("what its user replaced is wanted back: %+v", w)
	}

	// The name comes back: nothing is kept any more.
	change(t, a, b, Changes{Put: []File{file("again", 1)}})
	if info := must(b.Lookup(ctx, testItem(1).ID))(t); len(info.Names) != 1 || info.Names[0].Kept {
		t.Errorf("named again: %+v", info.Names)
	}
}

func TestWhatAUserLetGoComesBackOnlyAsAnothersBackup(t *testing.T) {
	ctx := context.Background()
	a, b := pair(t)
	fetch(t, a, b)
	it := benchItem(5)
	gone := FileKey{testFolder(0).ID, benchFiles(5, 1).Put[0].Path}
	change(t, a, b, Changes{Drop: []FileKey{gone}})
	pull(t, a, b, b.key.Device(), true)
	online := []media.Device{b.key.Device()}
	if w := must(a.Wanted(ctx, online, 10))(t); len(w) != 0 {
		t.Errorf("deleted here, and wanted: %+v", w)
	}
	fillFiles(t, b, 5, 1)
	pull(t, a, b, b.key.Device(), true)
	recount(t, a)
	if w := must(a.Wanted(ctx, online, 10))(t); len(w) != 1 || w[0].Item != it || !w[0].Named {
		t.Errorf("another device's original is not wanted: %+v", w)
	}
}

func TestHomeIsLeftWithTheVault(t *testing.T) {
	ctx := context.Background()
	a, b := pair(t)
	fetch(t, a, b)
	fillFiles(t, b, 290, 20) // ten of them a's
	want := read(t, b)
	next := media.Home{2}
	if err := b.SetHome(ctx, next); err != nil {
		t.Fatal(err)
	}
	recount(t, b)
	got := read(t, b)
	if len(got.vault) != len(want.vault) || len(got.files) != len(want.files) || len(got.s.authors) != 1 {
		t.Error("leaving a home changed what is here")
	}
	kept := 0
	for _, x := range got.records {
		if x.record.Kind() == media.KindKept {
			kept++
		}
	}
	if kept != 290 {
		t.Errorf("%d names are kept, want 290", kept)
	}
	r, _ := b.root(t, b.key.Device())
	before := want.s.authors[self].root
	if r.Check(next) != nil || !r.Newer(before) {
		t.Error("root is not signed anew")
	}
	if err := b.Apply(ctx, media.Delta{To: before}); !errors.Is(err, ErrMember) {
		t.Errorf("own root applied: %v", err)
	}
	// A member that is yet to be heard may name all that, so nothing is said of it.
	if err := b.SetMembers(ctx, []media.Device{a.key.Device()}); err != nil {
		t.Fatal(err)
	}
	recount(t, b)
}

func TestVaultDirectoriesAreChosenOnceAndAreUnique(t *testing.T) {
	ctx := context.Background()
	p := newPlace(t, t.TempDir(), 1)
	defer p.Close()
	a, b := newKey(2).Device(), newKey(3).Device()
	none, f, g := media.FolderID{}, media.FolderID{1}, media.FolderID{2}
	for _, c := range []struct {
		d    media.Device
		f    media.FolderID
		dir  string
		want error
	}{
		{a, none, "Anna", nil}, {a, none, "Anna", nil}, {b, none, "ANNA", ErrTaken}, {b, none, "Anna (2)", nil},
		{a, f, "Été", nil}, {a, g, "été", ErrTaken}, {b, g, "ÉTÉ", nil}, {a, g, "Anna", nil},
	} {
		if err := p.SetLabel(ctx, c.d, c.f, c.dir); !errors.Is(err, c.want) {
			t.Errorf("%q: %v, want %v", c.dir, err, c.want)
		}
	}
	if err := p.SetLabel(ctx, a, none, "Berta"); err == nil || errors.Is(err, ErrTaken) {
		t.Errorf("chosen twice: %v", err)
	}
	if dir, ok, err := p.Label(ctx, a, none); dir != "Anna" || !ok || err != nil {
		t.Error(dir, ok, err)
	}
}

func TestVaultFileThatCouldNotBeNamedIsRefused(t *testing.T) {
	p := newPlace(t, t.TempDir(), 1)
	defer p.Close()
	good := VaultFile{Path: "x", Item: testItem(1), Origin: p.key.Device(), Name: "x"}
	for name, spoil := range map[string]func(*VaultFile){
		"origin": func(v *VaultFile) { v.Origin = "nobody" }, "name": func(v *VaultFile) { v.Name = "../x" },
		"label": func(v *VaultFile) { v.Label = "\xff" },
	} {
		bad := good
		spoil(&bad)
		if err := p.ChangeVault(context.Background(), VaultChanges{Put: []VaultFile{good, bad}}); err == nil {
			t.Errorf("bad %s is taken", name)
		}
	}
	if n := must(p.VaultCount(context.Background()))(t); n != (VaultCount{}) {
		t.Errorf("a refused change left %+v", n)
	}
}

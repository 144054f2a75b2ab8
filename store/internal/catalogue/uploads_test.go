package catalogue

import (
	"context"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"homeroll/store/media"
)

func uploadOf(p *place, path, name string, item int) VaultFile {
	return VaultFile{Path: path, Item: testItem(item), MTime: testTime(item), Origin: p.key.Device(), Folder: media.Uploads, Label: "Uploads", Name: name}
}

// TestUploadsAreNamedLikeFiles changes a vault of uploads and of others' files at
// random, and finds this device's manifest to say just that.
func TestUploadsAreNamedLikeFiles(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a, b := pair(t)
		ctx := context.Background()
		name := rapid.SampledFrom([]string{"x", "y"})
		path := rapid.SampledFrom([]string{"me/x", "me/y", ".trash/me/x", "me/x~1"})
		item := rapid.IntRange(1, 3)
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			var ch VaultChanges
			for range rapid.IntRange(0, 2).Draw(rt, "dropped") {
				ch.Drop = append(ch.Drop, path.Draw(rt, "drop"))
			}
			for range rapid.IntRange(0, 2).Draw(rt, "put") {
				f := uploadOf(a, path.Draw(rt, "path"), name.Draw(rt, "name"), item.Draw(rt, "item"))
				f.Damaged = rapid.IntRange(0, 4).Draw(rt, "damaged") == 0
				if rapid.IntRange(0, 4).Draw(rt, "whose") == 0 {
					f.Origin, f.Folder = b.key.Device(), testFolder(0).ID
				}
				ch.Put = append(ch.Put, f)
			}
			if err := a.ChangeVault(ctx, ch); err != nil {
				rt.Fatal(err)
			}
			if rapid.Bool().Draw(rt, "also a file") {
				if err := a.ChangeFiles(ctx, Changes{Put: []File{file("x", item.Draw(rt, "content"))}}); err != nil {
					rt.Fatal(err)
				}
			}
			recount(rt, a)
		}
		pull(t, b, a, a.key.Device(), true)
		recount(t, b)
	})
}

func TestUploadIsWantedByOthers(t *testing.T) {
	a, b := pair(t)
	f := uploadOf(a, "me/x", "x", 5000)
	if err := a.ChangeVault(t.Context(), VaultChanges{Put: []VaultFile{f}}); err != nil {
		t.Fatal(err)
	}
	pull(t, b, a, a.key.Device(), true)
	wanted := must(b.Wanted(t.Context(), []media.Device{a.key.Device()}, 1000))(t)
	if !slices.ContainsFunc(wanted, func(w Wanted) bool { return w.Named && w.Item == f.Item }) {
		t.Fatalf("wanted %+v", wanted)
	}
	names := must(b.NamesOf(t.Context(), f.Item))(t)
	if len(names) != 1 || names[0].Label != "Uploads" || names[0].Path != "x" || names[0].Kept {
		t.Fatalf("names %+v", names)
	}
	own := must(a.NamesOf(t.Context(), f.Item))(t)
	if len(own) != 1 || own[0].Device != a.key.Device() || own[0].Label != "Uploads" {
		t.Fatalf("own names %+v", own)
	}
}

package catalogue

import (
	"context"
	"errors"
	"os"
	"testing"
)

// TestDamageMetWhileOpenRingsOnce lets the disk damage pages under an open
// catalogue; whichever method meets them, the alarm rings.
func TestDamageMetWhileOpenRingsOnce(t *testing.T) {
	p := newPlace(t, t.TempDir(), 1)
	fillFiles(t, p, 0, 3000)
	p.reopen(t) // everything is in the file, and nothing in memory
	defer p.Close()
	select {
	case <-p.Corrupt():
		t.Fatal("the alarm rings for a whole catalogue")
	default:
	}
	f, err := os.OpenFile(p.path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	fi, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	noise := make([]byte, 4096)
	for i := range noise {
		noise[i] = byte(i * 7)
	}
	for at := int64(16 * 4096); at+4096 <= fi.Size(); at += 4096 {
		if _, err := f.WriteAt(noise, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Files(context.Background(), testFolder(0).ID, "", 1<<20); !errors.Is(err, ErrCorrupt) {
		t.Errorf("files of a damaged catalogue: %v", err)
	}
	select {
	case <-p.Corrupt():
	default:
		t.Error("nobody was told")
	}
}

// TestWhatWasLetGoIsCarriedOver gives a new catalogue what the old one alone knew.
func TestWhatWasLetGoIsCarriedOver(t *testing.T) {
	ctx := context.Background()
	old, fresh := newPlace(t, t.TempDir(), 1), newPlace(t, t.TempDir(), 1)
	defer old.Close()
	defer fresh.Close()
	fillFiles(t, old, 0, 10)
	files := must(old.Files(ctx, testFolder(0).ID, "", 100))(t)
	for _, f := range files[:4] {
		if err := old.ChangeFiles(ctx, Changes{Drop: []FileKey{{f.Folder, f.Path}}}); err != nil {
			t.Fatal(err)
		}
	}
	gone := must(old.LetGoItems(ctx))(t)
	if len(gone) != 4 {
		t.Fatalf("%d items were let go", len(gone))
	}
	if err := fresh.PutFolder(ctx, testFolder(0), "/pictures"); err != nil {
		t.Fatal(err)
	}
	if err := fresh.ChangeFiles(ctx, Changes{Put: files[3:]}); err != nil { // the fourth is back
		t.Fatal(err)
	}
	if err := fresh.SetLetGo(ctx, gone); err != nil {
		t.Fatal(err)
	}
	fresh.reopen(t)
	for i, f := range files {
		info, err := fresh.Lookup(ctx, f.Item.ID)
		if err != nil || info.Gone != (i < 3) {
			t.Errorf("file %d: gone is %v (%v)", i, info.Gone, err)
		}
	}
	recount(t, fresh)
}

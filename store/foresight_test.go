package store

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"homeroll/store/media"
)

// What was foreseen is where the item goes, unless its name was withdrawn before
// it was here.
func TestForeseenNameThatIsWithdrawnIsNotUsed(t *testing.T) {
	ctx := context.Background()
	r := newHome(t, 2)
	a, b := r.nodes[0], r.nodes[1]
	at := func(p string) string { return filepath.Join(a.folder, p) }
	write(t, at("early.jpg"), []byte("early"))
	write(t, at("late.jpg"), []byte("late"))
	a.scanned()
	early, late := itemOf(t, []byte("early")), itemOf(t, []byte("late"))
	tell := func() {
		if err := r.manifest(ctx, a, b); err != nil {
			t.Fatal(err)
		}
	}
	tell()
	foresee := func() {
		if err := b.Foresee(ctx, []media.Item{early, late}); err != nil {
			t.Fatal(err)
		}
	}
	foresee()
	got, ok := b.foresight.take(b.cat, early)
	want, err := b.targetOf(ctx, early)
	got.Verified = want.Verified
	if !ok || err != nil || got != want || filepath.Base(got.want) != "early.jpg" {
		t.Errorf("foreseen %+v, %v, want %+v: %v", got, ok, want, err)
	}
	if _, again := b.foresight.take(b.cat, early); again {
		t.Error("it is remembered after its use")
	}

	foresee()
	if err := os.Rename(at("late.jpg"), at("renamed.jpg")); err != nil {
		t.Fatal(err)
	}
	wait(t, "the rename", func() bool { return a.has(at("renamed.jpg")) && !a.has(at("late.jpg")) })
	tell()
	if now, err := b.targetOf(ctx, late); err != nil || filepath.Base(now.want) != "renamed.jpg" {
		t.Errorf("it goes to %q: %v", now.want, err)
	}
}

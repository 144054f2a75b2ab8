package store

import (
	"bytes"
	"io"
	"path/filepath"
	"testing"

	"homeroll/store/media"
)

func TestWhatAnItemIsAnEditOfIsOpenedAsItWasRecorded(t *testing.T) {
	r := newHome(t, 2)
	a, b := r.nodes[0], r.nodes[1]
	photo := filepath.Join(a.folder, "photo.jpg")
	before := bytesOf("before", 300_000)
	write(t, photo, before)
	a.scanned()
	r.converge()

	edited := bytesOf("edited", 300_100)
	write(t, photo, edited)
	it, _, err := media.Hash(t.Context(), bytes.NewReader(edited))
	if err != nil {
		t.Fatal(err)
	}
	wait(t, "records of the edited photo", func() bool {
		if err := r.manifest(t.Context(), a, b); err != nil {
			t.Fatal(err)
		}
		names, err := b.cat.NamesOf(t.Context(), it)
		return err == nil && len(names) > 0
	})
	others, err := b.EditOf(t.Context(), it)
	if err != nil || len(others) != 1 {
		t.Fatalf("it may be an edit of %d items, %v", len(others), err)
	}
	defer others[0].Close()
	got, err := io.ReadAll(io.NewSectionReader(others[0], 0, others[0].Item().Size))
	if err != nil || !bytes.Equal(got, before) {
		t.Errorf("it is an edit of something else, %v", err)
	}

	was := others[0].Item()
	wait(t, "the older version to be set aside", func() bool { return b.vaultFiles(was)[0].Version })
	write(t, filepath.Join(b.cfg.Vault, b.vaultFiles(was)[0].Path), bytesOf("somebody's", 300_001))
	if others, err := b.EditOf(t.Context(), it); err != nil || len(others) > 0 {
		t.Errorf("a changed file of the vault is taken for what it was: %v", err)
	}
}

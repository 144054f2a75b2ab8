package store

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestOnlyTheNewestDamagedCataloguesStay(t *testing.T) {
	state := t.TempDir()
	for _, name := range []string{
		"catalogue.db.corrupt-20260101T000000Z", "catalogue.db.corrupt-20260101T000000Z-wal", "catalogue.db.corrupt-20260102T000000Z",
		"catalogue.db.corrupt-20260103T000000Z", "catalogue.db.corrupt-20260103T000000Z-wal", "catalogue.db", "catalogue.db.corrupt-by hand",
	} {
		write(t, filepath.Join(state, name), []byte("x"))
	}
	if err := dropCorrupt(state); err != nil {
		t.Fatal(err)
	}
	var left []string
	entries, err := os.ReadDir(state)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		left = append(left, e.Name())
	}
	want := []string{
		"catalogue.db", "catalogue.db.corrupt-20260102T000000Z", "catalogue.db.corrupt-20260103T000000Z",
		"catalogue.db.corrupt-20260103T000000Z-wal", "catalogue.db.corrupt-by hand",
	}
	if !slices.Equal(left, want) {
		t.Errorf("left are %q, want %q", left, want)
	}
}

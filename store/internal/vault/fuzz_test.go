package vault

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"homeroll/store/media"
	"homeroll/store/media/formattest"
)

// What reading the names log may allocate, in bytes: one line at a time, and 64
// bytes for each byte of it.
const namesMemory = 1 << 20

// FuzzNames reads a log of which something has changed or cut off a part.
func FuzzNames(f *testing.F) {
	v := openVault(f)
	if err := v.Log(
		Line{Dir: "nas", Device: "12D3KooWtest"},
		Line{Device: "12D3KooWtest", Folder: media.FolderID{7}, Label: "Bilder", Path: "nas/a\xff.jpg", Name: "a\xff.jpg", Item: media.Item{ID: media.ID{1}, Size: 5}, MTime: time.Unix(1e9, 7).UTC()},
		Line{Device: "12D3KooWtest", Path: "nas/b", Name: "base64:b", Item: media.Item{ID: media.ID{1}}, Noted: true, Version: true},
	); err != nil {
		f.Fatal(err)
	}
	path := filepath.Join(v.dir, filepath.FromSlash(namesFile))
	good, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte("{\"folder\":\"00\"}\n{\"path\":\"base64:!\"}\n\n{\"hash\":\"\"}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		var lines []Line
		formattest.Bounded(t, namesMemory+64*uint64(len(b)), func() {
			if err := v.Names(func(l Line) error { lines = append(lines, l); return nil }); err != nil {
				t.Error(err)
			}
		})
		formattest.Bounded(t, 2*namesMemory+64*uint64(len(b)), func() {
			if _, err := v.LatestNames(100); err != nil {
				t.Error(err)
			}
		})
		for _, l := range lines {
			again, err := json.Marshal(l)
			if err != nil {
				continue // a time that JSON cannot write
			}
			var got Line
			if err := json.Unmarshal(again, &got); err != nil || got.Path != l.Path || got.Name != l.Name || !reflect.DeepEqual(got.Folder, l.Folder) {
				t.Errorf("%+v became %+v (%v)", l, got, err)
			}
		}
	})
}

// FuzzMarker opens a directory whose marker is anything.
func FuzzMarker(f *testing.F) {
	dir := f.TempDir()
	v, err := Open(filepath.Join(dir, "v"), "12D3KooWtest")
	if err != nil {
		f.Fatal(err)
	}
	path := filepath.Join(v.dir, ".homeroll-vault")
	good, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	if err := v.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		formattest.Bounded(t, 64<<10+64*uint64(len(b)), func() {
			_, _ = Identify(v.dir)
			_, _ = Identify(filepath.Join(v.dir, "nothing"))
		})
	})
}

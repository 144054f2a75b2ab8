package vault

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"homeroll/store/media"
)

// A small item lies beside its name, under the name of a draft and with its time,
// until it has its own; what finds none leaves nothing.
func TestDraftsLieBesideTheirNames(t *testing.T) {
	v := openVault(t)
	content, mtime := []byte("a small picture"), time.Unix(1_000_000_000, 7)
	it, _, err := media.Hash(t.Context(), bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	paths := make([]string, 20)
	for i := range paths {
		all.Go(func() {
			p, err := v.Small(it)
			if err != nil {
				t.Error(err)
				return
			}
			defer p.Close() // removes those that are not placed
			if err := p.Write(0, []byte("other bytes here")); err == nil {
				t.Error("took bytes that are not the item's")
			}
			if err := p.Write(0, content); err != nil {
				t.Error(err)
			}
			sync, err := p.Finish("device/folder/new/"+string(rune('a'+i))+".jpg", mtime)
			if err != nil {
				t.Error(err)
				return
			}
			if paths[i], err = sync(); err != nil {
				t.Error(err)
			}
			fi, err := v.Lstat(paths[i])
			if err != nil || !fi.ModTime().Equal(mtime) || !IsDraft(fi.Name()) || filepath.Dir(paths[i]) != "device/folder/new" {
				t.Errorf("%s: %v, %v", paths[i], fi, err)
			}
			v.SweepDraft(paths[i])
			if _, err := v.Lstat(paths[i]); err != nil {
				t.Error("swept while it was in use:", err)
			}
			if i == 0 {
				p.Placed()
			}
		})
	}
	all.Wait()
	entries, err := os.ReadDir(v.Abs("device/folder/new"))
	if err != nil || len(entries) != 1 || entries[0].Name() != filepath.Base(paths[0]) {
		t.Errorf("left over: %v, %v", entries, err)
	}
	v.SweepDraft(paths[0]) // as if a crash had left it
	if _, err := v.Lstat(paths[0]); err == nil {
		t.Error("not swept")
	}
	for _, name := range []string{"device/folder/new/.homeroll-0123456789abcdef.partly", "device/folder/new/.homeroll-0123456789ABCDEF.part", "device/folder/new/.homeroll-12.part"} {
		if err := os.WriteFile(v.Abs(name), content, 0o666); err != nil {
			t.Fatal(err)
		}
		v.SweepDraft(name)
		if _, err := v.Lstat(name); err != nil {
			t.Errorf("swept %s, which is somebody else's", name)
		}
	}
}

// A directory that somebody removed after the last draft is made again.
func TestDraftInADirectoryThatWasRemoved(t *testing.T) {
	v := openVault(t)
	for range 2 {
		d, err := v.Draft("device/folder/a.jpg", []byte("x"), time.Unix(1, 0))
		if err != nil {
			t.Fatal(err)
		}
		p, err := d.Sync()
		if err != nil {
			t.Fatal(err)
		}
		v.EndDraft(p, false)
		if err := os.RemoveAll(v.Abs("device")); err != nil {
			t.Fatal(err)
		}
	}
}

// The directories of a burst do not stay open after it, nor beyond their time during
// one that goes on.
func TestDirectoriesOfDraftsAreClosedAfterABurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := openVault(t)
		draft := func(i int) {
			t.Helper()
			d, err := v.Draft(fmt.Sprintf("device/folder/%d/a.jpg", i), []byte("x"), time.Unix(1, 0))
			if err != nil {
				t.Fatal(err)
			}
			p, err := d.Sync()
			if err != nil {
				t.Fatal(err)
			}
			v.EndDraft(p, false)
		}
		for burst := range 2 {
			for i := range 5 {
				draft(i)
			}
			open := slices.Collect(maps.Values(v.drafts.dirs.open))
			if len(open) != 5 {
				t.Fatalf("burst %d: %d directories are open", burst, len(open))
			}
			time.Sleep(keepDrafts - time.Nanosecond)
			draft(5)
			time.Sleep(time.Nanosecond)
			synctest.Wait()
			for _, dir := range open {
				if _, err := dir.Stat(); !errors.Is(err, os.ErrClosed) {
					t.Errorf("burst %d: %s is still open: %v", burst, dir.Name(), err)
				}
			}
			if v.drafts.dirs != nil {
				t.Errorf("burst %d: directories are open", burst)
			}
		}
		draft(0) // and what is open when the vault is closed goes with it
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	})
}

// What a disk did not take is missing: neither its file nor its bytes are trusted.
func TestSmallIsMissingAgainAfterAFailedSync(t *testing.T) {
	v := openVault(t)
	v.tide.one = func(*os.File) error { return os.ErrInvalid }
	content := []byte("a small picture")
	it, _, err := media.Hash(t.Context(), bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	p, err := v.Small(it)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for range 2 {
		if err := p.Write(0, content); err != nil {
			t.Fatal(err)
		}
		if _, n := p.NextMissing(0); n != 0 {
			t.Fatal("missing when it is here")
		}
		sync, err := p.Finish("device/folder/a.jpg", time.Unix(1, 0))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sync(); err == nil {
			t.Error("a failed sync was taken for a good one")
		}
		if _, n := p.NextMissing(0); n != 1 {
			t.Error("not missing after its file was lost")
		}
		if entries, err := os.ReadDir(v.Abs("device/folder")); err != nil || len(entries) > 0 {
			t.Errorf("left over: %v, %v", entries, err)
		}
	}
}

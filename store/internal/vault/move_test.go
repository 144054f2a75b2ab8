//go:build unix

package vault

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"homeroll/store/internal/volume"
)

// Whatever the names of a vault are, each of its files gets a path of its own,
// whose names the new filesystem holds, and one that could stay has stayed.
func TestMovedFilesHaveTheirOwnHeldPaths(t *testing.T) {
	name := rapid.OneOf(
		rapid.SampledFrom([]string{"a", "A", "\u00e9", "e\u0301", "AUX", "a:b", "dot.", "\u03bc", "\xff", "a_b", ".homeroll", ".HOMEROLL"}),
		rapid.StringMatching(`[aA][:_][bB](\.jpg)?`),
	)
	rapid.Check(t, func(t *rapid.T) {
		traits := volume.Traits{Windows: rapid.Bool().Draw(t, "windows"), Unicode: true, Refuses: "\u03bc"}
		traits.FoldsCase = rapid.Bool().Draw(t, "folds")
		src, err := os.OpenRoot(tempDir(t))
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		for range rapid.IntRange(1, 20).Draw(t, "files") {
			dir := "."
			for range rapid.IntRange(0, 2).Draw(t, "depth") {
				dir = filepath.Join(dir, name.Draw(t, "directory"))
			}
			if src.MkdirAll(dir, 0o777) == nil {
				_ = src.WriteFile(filepath.Join(dir, name.Draw(t, "name")), nil, 0o666) // may be a directory
			}
		}
		m := Mover{From: src.Name(), src: src}
		asker := volume.NewAsker(src, "none") // makes nothing, so refuses nothing
		p := newMovePlan(src, traits, asker)
		each := func(visit func(string, fs.FileInfo) error) error { return m.walk(t.Context(), visit) }
		if err := p.make(t.Context(), each, func(func(Line) error) error { return nil }); err != nil {
			t.Fatal(err)
		}
		files, stayed := map[string]string{}, map[string]bool{}
		var contended []string
		err = each(func(rel string, fi fs.FileInfo) error {
			to := p.target(rel)
			for _, e := range strings.Split(to, "/") {
				if !traits.Holds(e) {
					t.Fatalf("%q gets %q", rel, to)
				}
			}
			if fi.IsDir() {
				return nil
			}
			if other, ok := files[p.key(to)]; ok {
				t.Fatalf("%q and %q both get %q", rel, other, to)
			}
			files[p.key(to)] = rel
			if to == rel {
				stayed[p.key(rel)] = true
			} else if traits.Holds(filepath.Base(rel)) && p.target(filepath.Dir(rel)) == filepath.Dir(rel) {
				contended = append(contended, rel)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for key := range files {
			if _, dir := p.begun[key]; dir {
				t.Fatalf("%q is to be a file and a directory", key)
			}
		}
		for _, rel := range contended {
			if _, dir := p.begun[p.key(rel)]; !dir && !stayed[p.key(rel)] {
				t.Fatalf("%q is bent to %q for nobody", rel, p.target(rel))
			}
		}
	})
}

func tempDir(t *rapid.T) string {
	dir, err := os.MkdirTemp("", "move")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// A permission that is missing is not taken for a name that cannot be.
func TestMissingPermissionIsNoBadName(t *testing.T) {
	v := openVault(t)
	denied := &fs.PathError{Op: "open", Path: "x", Err: syscall.EPERM}
	for _, name := range []string{"x.jpg", "\u03bc.jpg"} { // this filesystem holds both
		if unholdable(v.root, "dir/"+name, denied) {
			t.Errorf("%q is blamed", name)
		}
	}
	if !unholdable(v.root, "\u03bc", &fs.PathError{Op: "open", Path: "x", Err: syscall.EILSEQ}) {
		t.Error("a name that the filesystem says it cannot hold is not blamed")
	}
}

// A move that is refused leaves nothing behind, and a vault with a link in it is
// refused only where there are none.
func TestRefusedMoveLeavesNothing(t *testing.T) {
	from := openVault(t)
	to := filepath.Join(t.TempDir(), "new")
	m := &Mover{ID: "x", From: from.dir, To: to}
	if err := os.Symlink("x", filepath.Join(from.dir, "link")); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Measure(t.Context()); err != nil {
		t.Fatal(err)
	}
	m.Abandon()
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("left: %v", err)
	}
}

// What stops a copy half way says what it leaves, beside its own hint.
func TestFailedCopySaysWhatIsLeft(t *testing.T) {
	m := Mover{To: "/new/place"}
	var hinted interface{ Hint() string }
	err := m.left(&RefusedError{hint: "choose another disk"})
	if !errors.As(err, &hinted) || !strings.HasPrefix(hinted.Hint(), "choose another disk; ") || !strings.Contains(hinted.Hint(), m.To) {
		t.Errorf("%v", err)
	}
}

package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"homeroll/store/media"
)

func openVault(t testing.TB) *Vault {
	t.Helper()
	v, err := Open(filepath.Join(t.TempDir(), "v"), "12D3KooWtest")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	return v
}

// put gives bytes a name as a commit does.
func put(t testing.TB, v *Vault, b *Batch, want string, content []byte) string {
	t.Helper()
	it, _, err := media.Hash(t.Context(), bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	p, err := v.Partial(t.Context(), it)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Write(0, content); err != nil {
		t.Fatal(err)
	}
	sync, err := p.Finish(want, time.Unix(1e9, 7))
	if err != nil {
		t.Fatal(err)
	}
	tmp, err := sync()
	if err != nil {
		t.Fatal(err)
	}
	at, err := b.Reserve(want, it.ID, func(string) bool { return false })
	if err != nil {
		t.Fatalf("%q: %v", want, err)
	}
	if err := b.Move(tmp, at); err != nil {
		t.Fatalf("%q: %v", want, err)
	}
	return at
}

func TestEveryNameFindsAPlace(t *testing.T) {
	v := openVault(t)
	b := v.Batch()
	defer b.Close()
	long := strings.Repeat("é", 200) + ".jpg"
	wants := []string{
		"d/f/a.jpg", "d/f/a.jpg", "d/f/a.jpg", "d/f/A.JPG", "d/f/x", "d/f/x/inside.jpg", "d/f/x/also.jpg",
		"d/f/" + long, "d/f/" + strings.Repeat("n", 300) + "/p.jpg", "d/f/CON.jpg", "d/f/tail. ", "d/f/\xff\xfe.jpg", "d/f/a:b?.jpg",
	}
	seen := map[string]bool{}
	for i, want := range wants {
		content := []byte(fmt.Sprint("content ", i))
		at := put(t, v, b, want, content)
		if seen[at] {
			t.Errorf("%q was given away twice", at)
		}
		seen[at] = true
		got, err := os.ReadFile(v.Abs(at))
		fi, _ := os.Stat(v.Abs(at))
		if err != nil || !bytes.Equal(got, content) || !fi.ModTime().Equal(time.Unix(1e9, 7)) {
			t.Errorf("%q: %q %v", at, got, err)
		}
	}
	if err := b.Sync(); err != nil {
		t.Fatal(err)
	}
	for _, exact := range []string{"d/f/a.jpg", "d/f/A.JPG", "d/f/\xff\xfe.jpg", "d/f/a:b?.jpg", "d/f/tail. "} {
		if !seen[exact] {
			t.Errorf("%q was bent without need", exact)
		}
	}
}

func TestMoveNeverOverwritesNorLeaves(t *testing.T) {
	v := openVault(t)
	b := v.Batch()
	defer b.Close()
	at := put(t, v, b, "d/f/a.jpg", []byte("first"))
	other := put(t, v, b, "d/f/b.jpg", []byte("second"))
	if err := b.Move(other, at); !errors.Is(err, fs.ErrExist) {
		t.Errorf("overwrote: %v", err)
	}
	if got, _ := os.ReadFile(v.Abs(at)); string(got) != "first" {
		t.Errorf("now it is %q", got)
	}
	outside := filepath.Join(filepath.Dir(v.Dir()), "outside")
	if err := os.Mkdir(outside, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, v.Abs("d/leak")); err != nil {
		t.Fatal(err)
	}
	if at, err := b.Reserve("d/leak/a.jpg", media.ID{1}, func(string) bool { return false }); err == nil && strings.HasPrefix(at, "d/leak/") {
		t.Errorf("a link led to %s", at)
	}
	if left, _ := os.ReadDir(outside); len(left) > 0 {
		t.Error("something was made outside")
	}
}

func TestLabelsAreSafeDirectories(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Label(rapid.String().Draw(t, "label"), "fallback", rapid.IntRange(1, 20).Draw(t, "n"))
		switch {
		case s == "" || len(s) > 100 || !utf8.ValidString(s):
			t.Errorf("bad length or bytes: %q", s)
		case strings.ContainsAny(s, `/\:*?"<>|`) || s[0] == '.' || strings.HasSuffix(s, ".") || strings.HasSuffix(s, " "):
			t.Errorf("not safe: %q", s)
		}
	})
	for label, want := range map[string]string{
		"Anna's Pictures": "Anna's Pictures", "../../etc": "_.._etc", ".homeroll": "homeroll", "con": "_con", "": "fallback", "…": "…", "写真": "写真",
	} {
		if got := Label(label, "fallback", 1); got != want {
			t.Errorf("%q became %q", label, got)
		}
	}
}

func TestNamesLogKeepsEveryByte(t *testing.T) {
	v := openVault(t)
	lines := []Line{
		{Dir: "anna", Device: "12D3KooWa", Label: "Anna"},
		{Dir: "Pictures", Device: "12D3KooWa", Folder: media.FolderID{1, 2}, Label: "Pictures"},
		{
			Device: "12D3KooWa", Folder: media.FolderID{1, 2}, Label: "Pictures", Path: "anna/Pictures/\xff\n.jpg", Name: "\xff\n.jpg",
			Item: media.Item{ID: media.ID{9}, Size: 77}, MTime: time.Unix(5, 123456789).UTC(),
		},
		{Device: "x", Path: "base64:odd", Name: "é", Item: media.Item{ID: media.ID{8}}, MTime: time.Unix(0, 0).UTC(), Version: true},
	}
	if err := v.Log(lines...); err != nil {
		t.Fatal(err)
	}
	// A line that a crash cut short spoils no other.
	if _, err := v.names.f.WriteString(`{"device":"tor`); err != nil {
		t.Fatal(err)
	}
	dir := v.Dir()
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	v, err := Open(dir, "12D3KooWtest")
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if err := v.Log(lines[0]); err != nil {
		t.Fatal(err)
	}
	var got []Line
	if err := v.Names(func(l Line) error { got = append(got, l); return nil }); err != nil {
		t.Fatal(err)
	}
	if want := append(lines, lines[0]); !reflect.DeepEqual(got, want) {
		t.Errorf("read\n%+v, wrote\n%+v", got, want)
	}
	latest, err := v.LatestNames(2)
	if err != nil || !reflect.DeepEqual(latest, []Line{lines[3], lines[0]}) {
		t.Errorf("latest %+v %v", latest, err)
	}
}

func TestCopyIsVerified(t *testing.T) {
	v := openVault(t)
	name := filepath.Join(t.TempDir(), "src")
	content := bytes.Repeat([]byte("x"), media.GroupSize+1)
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	it, _, _ := media.Hash(t.Context(), bytes.NewReader(content))
	src, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if _, err := v.Copy(t.Context(), src, it, time.Unix(1, 2)); err != nil {
		t.Error(err)
	}
	it.ID[0]++
	if _, err := v.Copy(t.Context(), src, it, time.Unix(1, 2)); !errors.Is(err, media.ErrCorrupt) {
		t.Errorf("a wrong copy was made: %v", err)
	}
}

func TestBitmapFindsWhatIsMissing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := int64(rapid.IntRange(1, 300).Draw(t, "n"))
		b, model := newBitmap(n), map[int64]bool{}
		for _, i := range rapid.SliceOf(rapid.Int64Range(0, n-1)).Draw(t, "set") {
			b.set(i)
			model[i] = true
		}
		if b.count != int64(len(model)) {
			t.Fatalf("count %d of %d", b.count, len(model))
		}
		seen := map[int64]bool{}
		for first, run := b.nextClear(0); run > 0; first, run = b.nextClear(first + run) {
			for i := first; i < first+run; i++ {
				seen[i] = true
			}
		}
		for i := range n {
			if seen[i] == model[i] {
				t.Fatalf("%d: missing %v, set %v", i, seen[i], model[i])
			}
		}
	})
}

package volume

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var anyTraits = rapid.Custom(func(t *rapid.T) Traits {
	flag := rapid.Bool()
	return Traits{
		Windows: flag.Draw(t, "windows"), ASCII: flag.Draw(t, "ascii"), Unicode: flag.Draw(t, "unicode"), Units: flag.Draw(t, "units"),
		Refuses: rapid.SampledFrom([]string{"", "'", "%#"}).Draw(t, "refuses"),
		Step:    rapid.SampledFrom([]time.Duration{0, 100, 10 * time.Millisecond, time.Second, 2 * time.Second}).Draw(t, "step"),
		Zoned:   flag.Draw(t, "zoned"),
	}
})

// Whatever a name is, there is one like it that the filesystem holds.
func TestBentNamesAreHeld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := anyTraits.Draw(t, "filesystem")
		name := rapid.OneOf(rapid.String(), rapid.StringMatching(`(con|AUX|a)[.: *?"<>|'%#\xff\x01é😀]*(jpg)?`)).Draw(t, "name")
		bent := v.Bend(name) + "~01234567.jpg"
		if len(bent) <= maxName && !v.Holds(bent) {
			t.Fatalf("%q is bent to %q, which is refused by %+v", name, bent, v)
		}
		if plain := Plain(name) + "~0"; len(plain) <= maxName && !(Traits{Windows: true, ASCII: true, Unicode: true}).Holds(plain) {
			t.Fatalf("%q is not plain as %q", name, plain)
		}
	})
}

// What a filesystem makes of a time is no change; another time is one.
func TestTimesAsTheFilesystemKeepsThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := anyTraits.Draw(t, "filesystem")
		if v.Zoned {
			v.Step = max(v.Step, fatStep)
			v.First, v.Last = date(1980, 1, 2), date(2107, 12, 30)
		}
		want := time.Unix(rapid.Int64Range(-3e9, 6e9).Draw(t, "seconds"), rapid.Int64Range(0, 999999999).Draw(t, "nanoseconds"))
		kept := v.Settable(want)
		if v.Step > 0 {
			kept = time.Unix(0, kept.UnixNano()-(kept.UnixNano()%int64(v.Step)+int64(v.Step))%int64(v.Step))
		}
		if !v.SameTime(want, kept) {
			t.Fatalf("%v is kept as %v and called a change by %+v", want, kept, v)
		}
		zone := time.Duration(rapid.IntRange(-56, 56).Draw(t, "quarters")) * zoneStep
		if got := v.SameTime(want, kept.Add(zone)); zone != 0 && got != v.Zoned {
			t.Fatalf("a shift by %v is the same: %v, in %+v", zone, got, v)
		}
		if off := kept.Add(7 * time.Minute); v.SameTime(want, off) {
			t.Fatalf("%v and %v are the same to %+v", want, off, v)
		}
	})
}

// The probe leaves nothing, and a file of each name that is said to be held can
// be made and is listed so.
func TestProbeIsTrueHere(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	v, err := Probe(root, ".", "")
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Fatalf("left are %v: %v", left, err)
	}
	for _, name := range append(questions(), strings.Repeat("n", 255)) {
		err := os.WriteFile(filepath.Join(dir, name), nil, 0o600)
		if _, there := os.Lstat(filepath.Join(dir, name)); v.Holds(name) && (err != nil || there != nil) {
			t.Errorf("%q is said to be held: %v %v", name, err, there)
		}
	}
	at := time.Date(2001, 2, 3, 4, 5, 7, 987654321, time.UTC)
	name := filepath.Join(dir, "time")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := SetTime(root, "time", v.Settable(at)); err != nil {
		t.Fatal(err)
	}
	if fi, err := os.Stat(name); err != nil || !v.SameTime(at, fi.ModTime()) {
		t.Errorf("set to %v, got %v: %v", at, fi.ModTime(), err)
	}
}

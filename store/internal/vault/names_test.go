package vault

import (
	"os"
	"slices"
	"testing"
	"time"

	"homeroll/store/media"
)

// On a full disk the log may get a part of its lines. Those that come when there is
// room again can be read.
func TestLinesAfterATornOneAreRead(t *testing.T) {
	v := openVault(t)
	line := func(p string) Line {
		return Line{Device: "d", Path: p, Name: p, Item: media.Item{ID: media.ID{1}, Size: 2}, MTime: time.Unix(1e9, 0).UTC()}
	}
	if err := v.Log(line("before")); err != nil {
		t.Fatal(err)
	}
	log := v.names.f
	readOnly, err := os.Open(v.Abs(namesFile))
	if err != nil {
		t.Fatal(err)
	}
	v.names.f = readOnly
	if err := v.Log(line("lost")); err == nil {
		t.Fatal("a line was written to a file that is open for reading")
	}
	v.names.f = log
	if err := readOnly.Close(); err != nil {
		t.Error(err)
	}
	if _, err := log.WriteString(`{"device":"d","path":"lo`); err != nil { // as much as there was room for
		t.Fatal(err)
	}
	if err := v.Log(line("after"), line("at last")); err != nil {
		t.Fatal(err)
	}
	if err := v.Log(line("later")); err != nil {
		t.Fatal(err)
	}
	var paths []string
	if err := v.Names(func(l Line) error { paths = append(paths, l.Path); return nil }); err != nil {
		t.Fatal(err)
	}
	if want := []string{"before", "after", "at last", "later"}; !slices.Equal(paths, want) {
		t.Errorf("read %q, not %q", paths, want)
	}
}

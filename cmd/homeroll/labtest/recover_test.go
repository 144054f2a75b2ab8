//go:build lab && linux

package labtest

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// nameLine is what docs/ondisk.md says of a line of the names log.
type nameLine struct {
	Path, Name, Hash, Device, Folder, Label string
	Size                                    int64
	MTime                                   time.Time
	Version, Noted                          bool
}

// raw undoes the coding of names that are no UTF-8.
func raw(t *testing.T, s string) string {
	t.Helper()
	coded, ok := strings.CutPrefix(s, "base64:")
	if !ok {
		return s
	}
	b, err := base64.StdEncoding.DecodeString(coded)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// byHand reads a vault as a person without homeroll would: from the names log and
// the files alone. It returns the files of the folder with that label, under
// their original names.
func byHand(t *testing.T, vault, label string) tree {
	t.Helper()
	f, err := os.Open(filepath.Join(vault, ".homeroll", "names"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	latest, places := map[string]nameLine{}, map[string][]string{}
	lines := bufio.NewScanner(f)
	for lines.Buffer(nil, 1<<20); lines.Scan(); {
		var l nameLine
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatalf("%v in %s", err, lines.Bytes())
		}
		l.Path, l.Name = raw(t, l.Path), raw(t, l.Name)
		if l.Hash == "" || l.Label != label {
			continue
		}
		places[l.Hash] = append(places[l.Hash], l.Path)
		if !l.Version {
			latest[l.Name] = l
		}
	}
	out := tree{}
	for name, l := range latest {
		for _, p := range append([]string{l.Path}, places[l.Hash]...) {
			abs := filepath.Join(vault, p)
			if fi, err := os.Lstat(abs); err == nil && fi.Mode().IsRegular() && fi.Size() == l.Size {
				out[name] = file{size: fi.Size(), mtime: l.MTime, sum: sum(t, abs)}
				break
			}
		}
	}
	return out
}

package filetype

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homeroll/store/internal/need"
)

func TestSniffKnowsContainersFromDocuments(t *testing.T) {
	ts := make([]byte, SniffLen)
	ts[0], ts[188], ts[376] = 0x47, 0x47, 0x47
	rows := []struct {
		what string
		head string
		want bool
	}{
		{"a JPEG", "\xff\xd8\xff\xe1....", true},
		{"a WebP", "RIFF\x00\x00\x00\x00WEBPVP8 ", true},
		{"a WAV", "RIFF\x00\x00\x00\x00WAVEfmt ", false},
		{"an M4A", "\x00\x00\x00\x20ftypM4A \x00\x00", false},
		{"a HEIC", "\x00\x00\x00\x20ftypheic\x00\x00", true},
		{"a transport stream", string(ts), true},
		{"a bitmap", "BM\x00\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00", true},
		{"a text that begins with BM", "BMW: a car, and nothing else", false},
		{"a PDF", "%PDF-1.7", false},
		{"a program", "\x7fELF\x02\x01\x01", false},
		{"nothing", "", false},
	}
	for _, r := range rows {
		if got := Sniff([]byte(r.head)); got != r.want {
			t.Errorf("%s is media: %v", r.what, got)
		}
	}
}

// TestSniffKnowsRealFiles looks at the first bytes of files of many makers.
func TestSniffKnowsRealFiles(t *testing.T) {
	corpus := need.Corpus(t)
	b, err := os.ReadFile(filepath.Join(corpus, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var expected struct {
		Files []struct{ Path, Kind string }
	}
	if err := json.Unmarshal(b, &expected); err != nil {
		t.Fatal(err)
	}
	for _, f := range expected.Files {
		head, err := os.ReadFile(filepath.Join(corpus, f.Path))
		if err != nil {
			t.Fatal(err)
		}
		if len(head) == 0 || strings.Contains(f.Path, "/Recovered/") {
			continue // damaged, and known by their extensions
		}
		want := f.Kind != "sidecar" && f.Kind != "other"
		if got := Sniff(head[:min(len(head), SniffLen)]); got != want {
			t.Errorf("%s (%s) is media: %v, begins %q", f.Path, f.Kind, got, head[:min(len(head), 16)])
		}
	}
}

package store

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"homeroll/store/internal/need"
)

// TestCorpusIsRecordedWhole scans real files of many makers and compares the
// hashes with those that others computed.
func TestCorpusIsRecordedWhole(t *testing.T) {
	corpus := need.Corpus(t)
	b, err := os.ReadFile(filepath.Join(corpus, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var expected struct {
		Files []struct {
			Path   string
			Size   int64
			Blake3 string
			Kind   string
		}
	}
	if err := json.Unmarshal(b, &expected); err != nil {
		t.Fatal(err)
	}
	n := newNode(t)
	for i, f := range expected.Files {
		name := f.Path
		content, err := os.ReadFile(filepath.Join(corpus, name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(n.folder, name), content)
		when := old.Add(time.Duration(i) * time.Hour)
		if err := os.Chtimes(filepath.Join(n.folder, name), when, when); err != nil {
			t.Fatal(err)
		}
	}
	n.run().scanned()
	files := n.files()
	empty := 0
	for _, want := range expected.Files {
		name := want.Path
		got, ok := files[filepath.Join(n.folder, name)]
		switch {
		case want.Size == 0:
			if empty++; ok {
				t.Errorf("%s is empty and recorded", name)
			}
		case !ok:
			t.Errorf("%s (%s) is not recorded", name, want.Kind)
		case got.ID.String() != want.Blake3 || got.Size != want.Size:
			t.Errorf("%s recorded as %v", name, got)
		}
	}
	if len(files) != len(expected.Files)-empty {
		t.Errorf("%d files recorded of %d", len(files), len(expected.Files))
	}
	for _, s := range n.Skipped() {
		if s.Type != "empty" || s.Files != int64(empty) || len(s.Paths) != empty {
			t.Errorf("skipped %+v", s)
		}
	}
	if p := n.Problems(); len(p) > 0 {
		t.Errorf("problems %+v", p)
	}
}

// BenchmarkRescan is a scan that finds everything as it was.
func BenchmarkRescan(b *testing.B) {
	const files = 5000
	n := newNode(b)
	fill(b, n.folder, files)
	n.run()
	wait(b, "records", func() bool { return n.Folders()[0].Files == files })
	n.scanned()
	f := n.watched()[0]
	for b.Loop() {
		if err := f.scanAll(b.Context(), func(string) {}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(files*b.N)/b.Elapsed().Seconds(), "files/s")
}

func fill(b *testing.B, dir string, files int) {
	for i := range files {
		write(b, filepath.Join(dir, fmt.Sprint(i/100), fmt.Sprintf("%d.jpg", i)), bytesOf(fmt.Sprint(i), 20_000))
	}
}

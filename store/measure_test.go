package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A measurement leaves a directory as it was, however far it came.
func TestMeasuringADiskLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, ".homeroll"), 0o700); err != nil {
		t.Fatal(err)
	}
	photo := filepath.Join(dir, "photo.jpg")
	if err := os.WriteFile(photo, []byte("a photo"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, end := range []string{"", "writing", "reading", "committing small files"} {
		ctx, cancel := context.WithCancel(t.Context())
		s, err := MeasureDisk(ctx, dir, func(step string) {
			if step == end {
				cancel()
			}
		})
		cancel()
		switch {
		case end == "" && (err != nil || s.Write <= 0 || s.Read <= 0 || s.Files <= 0):
			t.Errorf("%+v, %v", s, err)
		case end != "" && !errors.Is(err, context.Canceled):
			t.Errorf("called off when %s: %v", end, err)
		}
		for _, in := range []string{dir, filepath.Join(dir, ".homeroll")} {
			if left, _ := filepath.Glob(filepath.Join(in, ".bench*")); len(left) > 0 {
				t.Errorf("after %q: %v", end, left)
			}
		}
	}
	if content, err := os.ReadFile(photo); err != nil || string(content) != "a photo" {
		t.Errorf("%q, %v", content, err)
	}
}

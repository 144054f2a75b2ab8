package preview

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homeroll/store/internal/need"
	"homeroll/store/media"
)

// corpusFile is what other programs say of a file of the corpus.
type corpusFile struct {
	Path        string `json:"path"`
	MIME        string `json:"mime"`
	Kind        string `json:"kind"`
	Orientation int    `json:"orientation"`
	Decodable   *bool  `json:"decodable"`
	Previews    any    `json:"embedded_previews"`
	Width       int    `json:"width"`
}

// corpus returns the directory and the files of the corpus, or skips.
func corpus(t *testing.T) (string, []corpusFile) {
	t.Helper()
	root := need.Corpus(t)
	data, err := os.ReadFile(filepath.Join(root, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Files []corpusFile `json:"files"`
	}
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	return root, all.Files
}

// makeable reports whether a preview must come out.
func (f corpusFile) makeable(ffmpeg bool) bool {
	switch kindOf(f.MIME) {
	case video:
		return ffmpeg && f.Decodable != nil && *f.Decodable
	case raw:
		return f.Previews != nil
	}
	return strings.HasPrefix(f.MIME, "image/") && f.Decodable != nil && *f.Decodable
}

// quickSize bounds what the ordinary test decodes; the lab test takes all.
const quickSize = 60 << 10

func TestCorpus(t *testing.T) {
	root, files := corpus(t)
	c := open(t, Config{})
	made, tiles := 0, 0
	for _, f := range files {
		src, ok := f.source(t, root)
		if !ok || src.Size > quickSize || kindOf(f.MIME) == video {
			continue
		}
		if f.makes(t, c, src) {
			made++
		} else {
			tiles++
		}
	}
	t.Logf("%d previews, %d tiles", made, tiles)
}

// source reads a file; not what a decoder needs very long for.
func (f corpusFile) source(t *testing.T, root string) (Source, bool) {
	t.Helper()
	path := filepath.Join(root, filepath.FromSlash(f.Path))
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	src := sourceOf(data, media.Picture{Type: f.MIME, Orientation: f.Orientation})
	src.Path = path
	return src, f.MIME != "image/avif" || len(data) < 50<<10
}

// makes reports whether a preview comes out, and complains if one should have.
func (f corpusFile) makes(t *testing.T, c *Cache, src Source) bool {
	t.Helper()
	_, err := c.Make(t.Context(), src)
	switch {
	case err == nil || errors.Is(err, ErrCut):
		return true
	case !errors.Is(err, ErrNone) && !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrDamaged):
		t.Errorf("%s: %v", f.Path, err)
	case f.makeable(c.ffmpeg != ""):
		t.Errorf("%s (%s): %v", f.Path, f.MIME, err)
	}
	return false
}

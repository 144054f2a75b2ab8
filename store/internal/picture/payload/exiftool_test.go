package payload

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"homeroll/store/internal/need"
	"homeroll/store/media"
)

// TestExiftoolLeavesThePayloadAlone has real files of the corpus rewritten by a
// real program.
func TestExiftoolLeavesThePayloadAlone(t *testing.T) {
	tool := need.Tool(t, "exiftool")
	files := corpusFiles(t, need.Corpus(t), 24)
	copies := rewrite(t, tool, files)
	rewritten := 0
	for i, path := range files {
		mime := "image/jpeg"
		if ext := strings.ToLower(filepath.Ext(path)); ext == ".mov" || ext == ".mp4" {
			mime = "video/quicktime"
		}
		before, after := read(t, path), read(t, copies[i])
		was := sum(t, before, mime)
		if was == (media.ID{}) || bytes.Equal(before, after) {
			continue // it is damaged, and exiftool refuses it
		}
		rewritten++
		if sum(t, after, mime) != was {
			t.Errorf("%s: tags change the payload", path)
		}
	}
	t.Logf("%d of %d files were rewritten", rewritten, len(files))
	if rewritten < 10 {
		t.Errorf("only %d of %d files could be rewritten", rewritten, len(files))
	}
}

// rewrite returns copies of files, with other tags.
func rewrite(t *testing.T, tool string, files []string) []string {
	t.Helper()
	dir := t.TempDir()
	args := []string{
		"-q", "-q", "-m", "-overwrite_original",
		"-XMP-dc:Title=Another title", "-XMP-exif:DateTimeOriginal=2001:02:03 04:05:06",
		"-EXIF:Artist=Somebody else", "-Keys:Comment=Longer than before",
	}
	var copies []string
	for i, path := range files {
		copied := filepath.Join(dir, strconv.Itoa(i)+filepath.Ext(path))
		if err := os.WriteFile(copied, read(t, path), 0o600); err != nil {
			t.Fatal(err)
		}
		copies = append(copies, copied)
	}
	// It fails where one of the files is damaged, and goes on with the others.
	_ = exec.CommandContext(t.Context(), tool, append(args, copies...)...).Run()
	return copies
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// corpusFiles returns some JPEGs and videos of the corpus, spread over it.
func corpusFiles(t *testing.T, root string, most int) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"*/*/*/*.[jJ][pP][gG]", "*/*/*/*.[mM][oO][vV]", "*/*/*/*.[mM][pP]4", "laptop/Videos/*.m*"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(found); i += max(1, 4*len(found)/most) {
			all = append(all, found[i])
		}
	}
	return all
}

// Package need is for tests: it says what they need of the machine that runs
// them. What is missing skips a test, unless HOMEROLL_TESTS_WHOLE=1 says that
// all must be here, as in CI: then it fails, so that no gap goes unseen.
//
// It is about what can be installed, checked out, mounted or chosen: programs, the
// corpus, filesystems and what they can do. A test that has no meaning on a
// system (Windows), or for root, skips by itself.
package need

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const variable = "HOMEROLL_TESTS_WHOLE"

// Whole reports whether nothing may be missing.
func Whole() bool { return os.Getenv(variable) == "1" }

// Missing ends a test that lacks something: it fails if nothing may be missing.
func Missing(t testing.TB, why ...any) {
	t.Helper()
	text := fmt.Sprint(why...)
	if Whole() {
		t.Fatal(variable + "=1, but " + text)
	}
	t.Skip(text)
}

// Tool returns the path of a program.
func Tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, name+" is not here")
	}
	return path
}

// Corpus returns the directory of the media files with expected.json, which lie
// beside the repository.
func Corpus(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for !exists(filepath.Join(dir, "go.mod")) && dir != filepath.Dir(dir) {
		dir = filepath.Dir(dir)
	}
	corpus := filepath.Join(filepath.Dir(dir), "shared", "corpus", "public")
	if !exists(filepath.Join(corpus, "expected.json")) {
		Missing(t, "the corpus is not here")
	}
	return corpus
}

// Mount ends a test whose mount ended with err, if it did. Who is not root
// cannot mount anywhere.
func Mount(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case os.Geteuid() != 0:
		t.Skip("only root mounts:", err)
	default:
		Missing(t, "cannot mount: ", err)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

//go:build lab && linux

package labtest

import (
	"crypto/sha256"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func itoa(n uint64) string { return strconv.FormatUint(n, 10) }

// file is all that must not change of a file in a watched folder, and what a
// copy of it must repeat.
type file struct {
	size  int64
	mtime time.Time
	ctime syscall.Timespec // changes with links, owner, mode and names
	inode uint64
	mode  fs.FileMode
	links uint64 // names of the inode
	sum   [32]byte
}

// tree maps slash-separated paths below a directory to what is there.
type tree map[string]file

// snapshot reads a whole directory, hidden directories excepted.
func snapshot(t *testing.T, dir string) tree {
	t.Helper()
	out := tree{}
	walk(t, dir, func(rel string, info fs.FileInfo) {
		st := info.Sys().(*syscall.Stat_t)
		f := file{size: info.Size(), mtime: info.ModTime(), ctime: st.Ctim, inode: st.Ino, mode: info.Mode(), links: uint64(st.Nlink)} //nolint:unconvert // 32 bits on other processors
		f.sum = sum(t, filepath.Join(dir, rel))
		out[rel] = f
	})
	return out
}

// walk visits the files below dir; files that vanish meanwhile are passed over.
func walk(t *testing.T, dir string, visit func(rel string, info fs.FileInfo)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		switch {
		case os.IsNotExist(err):
			return nil
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.IsDir() || d.Name() == ".homeroll-vault":
			return nil
		}
		info, err := d.Info()
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, p)
		if err != nil {
			return err
		}
		visit(rel, info)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func sum(t *testing.T, path string) (s [32]byte) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		t.Fatal(err)
	}
	hash.Sum(s[:0])
	return s
}

// backedUp reports whether a file of the tests' folders is one that homeroll
// keeps.
func backedUp(path string, f file) bool {
	ext := filepath.Ext(path)
	return f.size > 0 && ext != ".pdf"
}

// media returns the files of a folder that must be on every other device.
func (tr tree) media() tree {
	out := tree{}
	for p, f := range tr {
		if backedUp(p, f) {
			out[p] = f
		}
	}
	return out
}

func (tr tree) bytes() (n int64) {
	for _, f := range tr {
		n += f.size
	}
	return n
}

// contents counts the distinct contents.
func (tr tree) contents() int64 {
	seen := map[[32]byte]bool{}
	for _, f := range tr {
		seen[f.sum] = true
	}
	return int64(len(seen))
}

// sameCopies compares a folder's media with its copy in a vault: bytes, names,
// and times to the second; names that share an inode have the oldest of their
// times. It returns how many were compared.
func sameCopies(t *testing.T, folder, copied string) int {
	t.Helper()
	want, have := snapshot(t, folder).media(), snapshot(t, copied)
	exact, linked := 0, 0
	for p, f := range want {
		g, ok := have[p]
		switch {
		case !ok:
			t.Errorf("%s: not in %s", p, copied)
		case g.sum != f.sum:
			t.Errorf("%s: other bytes in %s", p, copied)
		case g.links > 1 && g.mtime.Before(f.mtime):
			linked++
		case g.mtime.Unix() != f.mtime.Unix():
			t.Errorf("%s: modified %v, the copy %v", p, f.mtime, g.mtime)
		case g.mtime.Equal(f.mtime):
			exact++
		}
	}
	for p := range have {
		if _, ok := want[p]; !ok {
			t.Errorf("%s: in %s and not in %s", p, copied, folder)
		}
	}
	t.Logf("%s: %d files, %d bytes, equal in bytes and name and time (%d of them to the nanosecond; %d share the time of an older name)",
		copied, len(want), want.bytes(), exact, linked)
	return len(want)
}

// untouched compares two snapshots of a watched folder.
func untouched(t *testing.T, folder string, before tree) {
	t.Helper()
	after := snapshot(t, folder)
	for p, f := range before {
		if after[p] != f {
			t.Errorf("%s: was touched: %+v, now %+v", filepath.Join(folder, p), f, after[p])
		}
	}
	if len(after) != len(before) {
		t.Errorf("%s: %d files, before %d", folder, len(after), len(before))
	}
	t.Logf("%s: all %d files have their bytes, names, times, modes and inodes", folder, len(before))
}

// sortedPaths returns the paths in order.
func (tr tree) sortedPaths() []string {
	paths := make([]string, 0, len(tr))
	for p := range tr {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	return paths
}

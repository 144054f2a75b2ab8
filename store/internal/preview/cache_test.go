package preview

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"homeroll/store/media"
)

func numbered(n uint64) (id media.ID) {
	binary.BigEndian.PutUint64(id[:], n*0x9e3779b97f4a7c15)
	return id
}

// fill writes n previews of a size, used one minute after the other up to now.
func fill(t *testing.T, f *files, n, size int) {
	t.Helper()
	for k := range n {
		id := numbered(uint64(k))
		if err := f.write(id, Small.kind(), entry{body: make([]byte, size-trailerSize)}); err != nil {
			t.Fatal(err)
		}
		used := f.now().Add(-time.Duration(n-1-k) * time.Minute)
		if err := os.Chtimes(f.path(id, Small.kind()), used, used); err != nil {
			t.Fatal(err)
		}
	}
}

func onDisk(t *testing.T, f *files) (n int, size int64) {
	t.Helper()
	if err := f.walk(t.Context(), func(_ string, info fs.FileInfo) { n++; size += footprint(info.Size()) }); err != nil {
		t.Fatal(err)
	}
	return n, size
}

func TestSweepRemovesTheLeastRecentlyUsed(t *testing.T) {
	f, err := openFiles(t.TempDir(), 100*4096)
	if err != nil {
		t.Fatal(err)
	}
	const n = 150
	fill(t, f, n, 4000)
	// The very oldest is looked at, which saves it.
	if _, err := f.read(numbered(0), Small); err != nil {
		t.Fatal(err)
	}
	if err := f.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	left, size := onDisk(t, f)
	if left > 90 || left < 80 || size != f.used.Load() {
		t.Errorf("%d files are left, %d bytes, counted as %d", left, size, f.used.Load())
	}
	for _, k := range []uint64{0, n - 1, n - 40, n - 70} {
		if !f.has(numbered(k), Small) {
			t.Errorf("%d is gone", k)
		}
	}
	for _, k := range []uint64{1, 2, 20, 50} {
		if f.has(numbered(k), Small) {
			t.Errorf("%d is still there", k)
		}
	}
}

// Writing into a full cache walks the files once in many writes.
func TestWritesDoNotWalk(t *testing.T) {
	f, err := openFiles(t.TempDir(), 200*4096)
	if err != nil {
		t.Fatal(err)
	}
	sweeps := 0
	for k := range 1000 {
		if err := f.write(numbered(uint64(k)), Small.kind(), entry{body: make([]byte, 1000)}); err != nil {
			t.Fatal(err)
		}
		if f.full() {
			sweeps++
			if err := f.sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if f.full() {
				t.Fatal("a sweep leaves the cache full")
			}
		}
	}
	if sweeps > 45 { // each makes room for 20 files
		t.Errorf("%d sweeps for 1000 writes", sweeps)
	}
}

func TestAgeClassesAreOrdered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := time.Duration(rapid.Int64().Draw(t, "a"))
		b := time.Duration(rapid.Int64().Draw(t, "b"))
		if a > b {
			a, b = b, a
		}
		if ageClass(a) > ageClass(b) {
			t.Fatalf("%v is in class %d, %v in %d", a, ageClass(a), b, ageClass(b))
		}
		if b > 0 && a > 1000 && float64(b) > 1.07*float64(a) && ageClass(a) == ageClass(b) {
			t.Fatalf("%v and %v are in one class", a, b)
		}
	})
}

func TestGarbledPreviewsAreMadeAnew(t *testing.T) {
	c := open(t, Config{})
	data := asJPEG(t, scene(400, 300, 1), 85)
	src := sourceOf(data, media.Picture{Type: "image/jpeg"})
	look, err := c.Make(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	small := c.files.path(src.ID, Small.kind())
	good, err := os.ReadFile(small)
	if err != nil {
		t.Fatal(err)
	}
	flipped := append([]byte(nil), good...)
	flipped[len(flipped)/2] ^= 4
	other := sourceOf(asJPEG(t, scene(400, 300, 2), 85), media.Picture{Type: "image/jpeg"})
	if _, err := c.Make(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	foreign, err := os.ReadFile(c.files.path(other.ID, Small.kind()))
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{
		"a flipped bit": flipped, "a cut off file": good[:len(good)-5], "an empty file": {},
		"zeros, as after a power cut": make([]byte, len(good)), "another picture's preview": foreign,
	} {
		if err := os.WriteFile(small, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Get(src.ID, Small); !errors.Is(err, ErrNotMade) {
			t.Errorf("%s is served: %v", name, err)
		}
		if again, err := c.Make(t.Context(), src); err != nil || again != look {
			t.Errorf("%s: look %x, %v", name, again, err)
		}
		if now, err := os.ReadFile(small); err != nil || string(now) != string(good) {
			t.Errorf("%s is not made anew: %v", name, err)
		}
	}
}

func TestCacheThatIsRemovedIsMadeAnew(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	c := open(t, Config{Dir: dir})
	src := sourceOf(asJPEG(t, scene(400, 300, 1), 85), media.Picture{Type: "image/jpeg"})
	for range 2 {
		if _, err := c.Make(t.Context(), src); err != nil {
			t.Fatal(err)
		}
		preview(t, c, src.ID, Large)
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if c.Has(src.ID) {
			t.Error("what is removed is there")
		}
	}
}

// A restart keeps what is made, counts it, and removes what a crash and what
// older recipes left, but nothing that is not of this cache.
func TestOpenTidies(t *testing.T) {
	dir := t.TempDir()
	first := open(t, Config{Dir: dir})
	src := sourceOf(asJPEG(t, scene(400, 300, 1), 85), media.Picture{Type: "image/jpeg"})
	look, err := first.Make(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	shard := filepath.Dir(first.files.path(src.ID, "x"))
	older := filepath.Join(dir, "v0", "ab", strings.Repeat("c", 62)+".256")
	gone := []string{filepath.Join(shard, "new-123.tmp"), older}
	kept := []string{filepath.Join(shard, "holiday.jpg"), filepath.Join(dir, "v0", "notes.txt"), filepath.Join(dir, "videos", "a.mp4")}
	long := time.Now().Add(-48 * time.Hour)
	for _, path := range append(append([]string(nil), gone...), kept...) {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, long, long); err != nil {
			t.Fatal(err)
		}
	}
	second := open(t, Config{Dir: dir})
	second.counted.Wait()
	for _, path := range gone {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there", path)
		}
	}
	for _, path := range kept {
		if _, err := os.Lstat(path); err != nil {
			t.Errorf("%s is gone", path)
		}
	}
	if _, size := onDisk(t, second.files); size != second.files.used.Load() || size == 0 {
		t.Errorf("%d bytes are counted as %d", size, second.files.used.Load())
	}
	if again, err := second.Make(t.Context(), Source{ID: src.ID}); err != nil || again != look {
		t.Errorf("after a restart: %x, %v", again, err)
	}
}

// What nobody waits for does not fill the cache with large previews.
func TestAheadLeavesRoom(t *testing.T) {
	c := open(t, Config{Limit: 40 * 4096})
	c.counted.Wait()
	c.files.used.Store(35 * 4096)
	src := sourceOf(asJPEG(t, scene(700, 500, 1), 85), media.Picture{Type: "image/jpeg"})
	src.Ahead = true
	look, err := c.Make(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Get(src.ID, Large); !errors.Is(err, ErrNotMade) {
		t.Errorf("the large one: %v", err)
	}
	preview(t, c, src.ID, Small)
	src.Ahead = false
	if again, err := c.Make(t.Context(), src); err != nil || again != look {
		t.Errorf("when it is wanted: %x instead of %x, %v", again, look, err)
	}
	preview(t, c, src.ID, Large)
}

func TestCacheIsPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	c := open(t, Config{Dir: dir})
	if _, err := c.Make(t.Context(), sourceOf(asJPEG(t, scene(40, 30, 1), 85), media.Picture{})); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

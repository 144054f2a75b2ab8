//go:build lab && linux

package labtest

import (
	"bytes"
	"encoding/binary"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// most is what an edit of a photo's tags may cost, in bytes on the wire with
// everything around them.
const most = 64 << 10

// TestEditsCostKilobytes: exiftool rewrites the tags of photos that another
// device holds already, alone and all together, with and without a backup.
func TestEditsCostKilobytes(t *testing.T) {
	tool, err := exec.LookPath("exiftool")
	if err != nil && os.Getenv("HOMEROLL_LAB_REQUIRED") == "1" {
		t.Fatalf("the test of edits is required here: %v", err)
	}
	if err != nil {
		t.Skip("skipped: exiftool is not here")
	}
	net, hosts := network(t, 2)
	a, b := hosts[0], hosts[1]
	n := 16
	if full {
		n = 200
	}
	folder := a.mkdir(a.path("Pictures"))
	photos := a.realPhotos(tool, folder, n)
	video := filepath.Join(folder, "video.mp4")
	a.put(video, read(t, filepath.Join(world.corpus, "phone-b/DCIM/Camera/VID_meta.mp4")), corpusTime(n))
	a.start(folder)
	b.start()
	pair(t, a, b)
	awaitComplete(5*time.Minute, a, b)

	e := &editor{t: t, tool: tool, net: net, from: a, to: b, folder: folder}
	var each []int64
	for i, photo := range photos {
		cost := e.cost(photo, "-overwrite_original", "-XMP-dc:Title=One title", "-EXIF:Artist=Somebody", "-EXIF:ImageDescription=What picture "+itoa(uint64(i))+" shows")
		if cost > most {
			t.Errorf("the edit of %s cost %d bytes", photo, cost)
		}
		each = append(each, cost)
	}
	slices.Sort(each)
	t.Logf("%d photos edited one by one: bytes both ways, median %d, max %d", n, each[n/2], each[n-1])
	all := e.cost(strings.Join(photos, "\n"), "-overwrite_original", "-XMP-dc:Title=Another title", "-EXIF:UserComment=Together")
	t.Logf("%d photos edited together: %d bytes both ways, %d each", n, all, all/int64(n))
	if all > most*int64(n) {
		t.Errorf("%d edits cost %d bytes", n, all)
	}
	if sameCopies(t, folder, e.vault()) < n {
		t.Errorf("not every photo was compared")
	}
	for what, args := range map[string][]string{
		"with a backup of the file": {"-EXIF:Artist=Nobody"},
		"and renamed":               {"-EXIF:Artist=Everybody", "-FileName=%f-renamed.%e", "-overwrite_original"},
	} {
		cost := e.cost(photos[0], args...)
		t.Logf("a photo edited %s: %d bytes both ways", what, cost)
		if cost > most {
			t.Errorf("a photo edited %s cost %d bytes", what, cost)
		}
		photos = photos[1:]
	}
	t.Logf("a video of %d bytes edited: %d bytes both ways", len(read(t, video)), e.cost(video, "-overwrite_original", "-Keys:Comment=Somewhere", "-XMP:Title=A title"))
}

// editor edits files of one host and sees what that costs.
type editor struct {
	t        *testing.T
	tool     string
	net      *lab
	from, to *host
	folder   string
}

// cost edits files, one a line, and returns the bytes on the wire until the other
// host has them as they are now.
func (e *editor) cost(files string, args ...string) int64 {
	e.t.Helper()
	in, out := e.net.wire(e.t, e.from.name)
	cmd := exec.Command(e.tool, append(append([]string{"-q", "-q", "-m"}, args...), "-@", "-")...)
	cmd.Stdin, cmd.Dir = strings.NewReader(files), e.folder
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: nobody}
	if said, err := cmd.CombinedOutput(); err != nil {
		e.t.Fatalf("exiftool: %v: %s", err, said)
	}
	want := stats(e.t, e.folder)
	if _, ok := eventually(2*time.Minute, 20*time.Millisecond, func() bool { return holds(e.vault(), want) }); !ok {
		e.t.Fatal("the edited files are not in the vault")
	}
	awaitComplete(time.Minute, e.from, e.to)
	in2, out2 := e.net.wire(e.t, e.from.name)
	return in2 - in + out2 - out
}

// vault is where the copies are.
func (e *editor) vault() string {
	return filepath.Join(e.to.vault(), e.from.name, filepath.Base(e.folder))
}

// stats is a snapshot of what a folder says without being read.
func stats(t *testing.T, dir string) tree {
	t.Helper()
	out := tree{}
	walk(t, dir, func(rel string, info fs.FileInfo) { out[rel] = file{size: info.Size(), mtime: info.ModTime()} })
	return out
}

// holds reports whether a directory has files of these names, sizes and times.
func holds(dir string, want tree) bool {
	for rel, f := range want {
		fi, err := os.Stat(filepath.Join(dir, rel))
		if err != nil || fi.Size() != f.size || !fi.ModTime().Equal(f.mtime) {
			return false
		}
	}
	return true
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// realPhotos fills a folder with n JPEGs of 2 to 6 MB: those of the corpus that
// can be edited, with their tags, and more pixels.
func (h *host) realPhotos(tool, folder string, n int) (paths []string) {
	h.t.Helper()
	photos := editable(h.t, tool)
	for i := range n {
		size := 2_000_000 + i*7_919_317%4_000_000
		path := filepath.Join(folder, "IMG_"+itoa(uint64(1000+i))+".JPG")
		h.put(path, grow(photos[i*len(photos)/n], size, uint64(i)), corpusTime(i))
		paths = append(paths, path)
	}
	return paths
}

// editable returns the JPEGs of the corpus whose tags exiftool can write.
func editable(t *testing.T, tool string) (photos [][]byte) {
	t.Helper()
	dir := t.TempDir()
	before := map[string][]byte{}
	err := filepath.WalkDir(world.corpus, func(p string, d fs.DirEntry, err error) error {
		if ext := strings.ToLower(filepath.Ext(p)); err != nil || d.IsDir() || ext != ".jpg" && ext != ".jpeg" {
			return err
		}
		photo := read(t, p)
		// Of some, the corpus has cut off what Samsung puts behind the picture, but for its
		// end: where it should lie, exiftool would find pixels, and append a copy of them.
		if grow(photo, 0, 0) == nil || bytes.HasSuffix(photo, []byte("SEFT")) {
			return nil
		}
		name := filepath.Join(dir, itoa(uint64(1000+len(before)))+".jpg")
		before[name] = photo
		return os.WriteFile(name, photo, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = exec.Command(tool, "-q", "-q", "-m", "-overwrite_original", "-XMP-dc:Title=x", "-EXIF:Artist=x", dir).Run() // some are damaged
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if !bytes.Equal(read(t, name), before[name]) {
			photos = append(photos, before[name])
		}
	}
	if len(photos) < 50 {
		t.Fatalf("only %d photos of the corpus can be edited", len(photos))
	}
	return photos
}

// grow puts noise behind the first SOS segment of a JPEG, nil if there is none.
func grow(photo []byte, size int, seed uint64) []byte {
	for at := 2; at+4 <= len(photo) && photo[at] == 0xff; {
		marker, length := photo[at+1], 2+int(binary.BigEndian.Uint16(photo[at+2:]))
		if marker == 0xff {
			at++
			continue
		}
		if at += length; at > len(photo) {
			return nil
		}
		if marker == 0xda {
			pixels := make([]byte, max(0, size-len(photo)))
			_, _ = noise(seed).Read(pixels)
			return slices.Concat(photo[:at], bytes.ReplaceAll(pixels, []byte{0xff}, []byte{0xfe}), photo[at:])
		}
	}
	return nil
}

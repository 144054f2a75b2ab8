//go:build lab

package preview

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"homeroll/store/internal/need"
	"homeroll/store/internal/preview/raster"
	"homeroll/store/media"
)

// farOff is a mean difference that can be seen, of 255. Saturated photos in P3
// differ by up to 6, since ImageMagick takes no profile from a HEIC.
const farOff = 4.0

// All of the corpus, beside what ImageMagick makes of it.
func TestLabCorpus(t *testing.T) {
	root, files := corpus(t)
	need.Tool(t, "convert")
	c := open(t, Config{})
	made, tiles, compared, far, sum := 0, 0, 0, 0, 0.0
	looks := map[media.ID]Look{}
	for _, f := range files {
		src, _ := f.source(t, root)
		if f.MIME == "image/avif" && f.Width > 5000 { // beyond the memory that is allowed
			f.Decodable = nil
		}
		if !f.makes(t, c, src) {
			tiles++
			continue
		}
		made++
		if look, err := c.Make(t.Context(), src); err == nil && look != 0 {
			looks[src.ID] = look
		}
		if kindOf(f.MIME) != still || !f.makeable(false) {
			continue
		}
		d, err := beside(t, c, src, src.Path)
		if err != nil {
			t.Logf("%s cannot be compared: %v", f.Path, err)
			continue
		}
		compared++
		sum += d
		if d > farOff {
			far++
			t.Logf("%s (%s) differs from ImageMagick's by %.1f", f.Path, f.MIME, d)
		}
	}
	t.Logf("%d previews, %d tiles; %d compared with ImageMagick's: they differ by %.1f of 255 in the mean, %d by more than %v",
		made, tiles, compared, sum/float64(compared), far, farOff)
	t.Logf("distances of looks of %d files, in eights: %v", len(looks), distances(looks))
}

// distances counts pairs by the distance of their looks.
func distances(looks map[media.ID]Look) (counts [9]int) {
	all := slices.Collect(maps.Values(looks))
	for k, a := range all {
		for _, b := range all[:k] {
			counts[a.Distance(b)/8]++
		}
	}
	return counts
}

// beside returns by how much the small preview differs from what ImageMagick makes.
func beside(t *testing.T, c *Cache, src Source, path string) (float64, error) {
	t.Helper()
	ours := preview(t, c, src.ID, Small)
	size := ours.Bounds().Size()
	args := []string{path + "[0]", "-auto-orient", "+repage", "-background", "white", "-flatten",
		"-intent", "relative", "-profile", "testdata/srgb.icc",
		"-resize", fmt.Sprintf("%dx%d!", size.X, size.Y), "-depth", "8", "png24:-"}
	var said bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "convert", args...)
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil && len(out) == 0 {
		return 0, errors.New(said.String())
	}
	theirs, err := png.Decode(bytes.NewReader(out))
	if err != nil {
		return 0, err
	}
	// Side by side in a sixteenth of the pixels, where colours count and not the
	// grain, nor what two encoders make of it.
	return distance(coarse(ours), coarse(theirs)), nil
}

func coarse(img image.Image) image.Image {
	full := image.NewRGBA(img.Bounds())
	draw.Draw(full, full.Rect, img, img.Bounds().Min, draw.Src)
	return raster.From(full, 4).Standard()
}

// photos writes 100 different photos of 12 megapixels.
func photos(t *testing.T, dir string) []string {
	t.Helper()
	img := scene(4000, 3000, 1)
	grain(img)
	data := asJPEG(t, img, 92)
	var paths []string
	for k := range 100 {
		path := filepath.Join(dir, fmt.Sprintf("%03d.jpg", k))
		// A comment makes each another item; the pixels are the same work.
		photo := append(append([]byte{0xff, 0xd8, 0xff, 0xfe, 0, 6}, fmt.Sprintf("%04d", k)...), data[2:]...)
		if err := os.WriteFile(path, photo, 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	t.Logf("each photo has %.1f MB", float64(len(data))/1e6)
	return paths
}

// The rate of making previews beside vipsthumbnail's, both sizes by both, in
// CPU seconds on one core.
func TestLabBesideVips(t *testing.T) {
	vips, taskset := need.Tool(t, "vipsthumbnail"), need.Tool(t, "taskset")
	dir := t.TempDir()
	paths := photos(t, dir)
	var ours, theirs time.Duration
	const rounds = 5
	for round := range rounds { // alternating, so that both meet the same load
		part := paths[round*len(paths)/rounds : (round+1)*len(paths)/rounds]
		theirs += vipsTime(t, taskset, vips, part)
		ours += makeTime(t, part)
	}
	n := float64(len(paths))
	t.Logf("vipsthumbnail, 1440 and 256: %.1f photos per CPU second; homeroll, both and the look: %.1f; ratio %.2f",
		n/theirs.Seconds(), n/ours.Seconds(), theirs.Seconds()/ours.Seconds())
}

func vipsTime(t *testing.T, taskset, vips string, paths []string) (spent time.Duration) {
	t.Helper()
	for _, s := range []Size{Large, Small} {
		out := "%s." + s.kind() + ".out.jpg[Q=" + strconv.Itoa(quality) + "]"
		args := append([]string{"-c", "0", vips, "--size", s.kind(), "-o", out}, paths...)
		cmd := exec.CommandContext(t.Context(), taskset, args...)
		cmd.Env = append(os.Environ(), "VIPS_CONCURRENCY=1")
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		spent += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	return spent
}

func makeTime(t *testing.T, paths []string) time.Duration {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	c := open(t, Config{})
	before := cpuTime(t)
	for _, path := range paths {
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		info, err := file.Stat()
		if err != nil {
			t.Fatal(err)
		}
		src := Source{ID: idOf([]byte(path)), Picture: media.Picture{Type: "image/jpeg"}, File: file, Size: info.Size()}
		if _, err := c.Make(t.Context(), src); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return cpuTime(t) - before
}

func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

package preview

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"homeroll/store/media"
)

// open opens a cache in a new directory.
func open(t *testing.T, cfg Config) *Cache {
	t.Helper()
	if cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	c, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// idOf returns some ID for some bytes; the cache does not care which.
func idOf(data []byte) media.ID { return sha256.Sum256(data) }

func sourceOf(data []byte, p media.Picture) Source {
	return Source{ID: idOf(data), Picture: p, File: bytes.NewReader(data), Size: int64(len(data))}
}

// scene paints something that looks like a photo: shades, edges and texture.
func scene(w, h int, seed float64) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			u, v := float64(x)/float64(w), float64(y)/float64(h)
			a := math.Sin(7*u+seed) * math.Cos(5*v*seed+1)
			b := math.Sin(40*u*v + 3*seed)
			c := 0.0
			if math.Hypot(u-0.3-0.1*math.Sin(seed), v-0.6) < 0.2 {
				c = 0.6
			}
			level := func(f float64) uint8 { return uint8(min(max(127+90*f, 0), 255)) }
			img.SetRGBA(x, y, color.RGBA{level(a + 0.2*b), level(a*0.5 + c), level(0.6*b - c), 255})
		}
	}
	return img
}

// grain adds what sensors add, so that a photo has the bytes of a photo.
func grain(img *image.RGBA) {
	r := rand.New(rand.NewPCG(1, 2))
	for k := range img.Pix {
		if k%4 != 3 {
			img.Pix[k] = uint8(min(max(int(img.Pix[k])+r.IntN(17)-8, 0), 255))
		}
	}
}

func asJPEG(t testing.TB, img image.Image, quality int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// preview returns what the cache serves, decoded.
func preview(t *testing.T, c *Cache, id media.ID, s Size) image.Image {
	t.Helper()
	r, err := c.Get(id, s)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func TestMakeMakesBothSizesOnce(t *testing.T) {
	c := open(t, Config{})
	src := sourceOf(asJPEG(t, scene(2100, 1400, 1), 90), media.Picture{Type: "image/jpeg"})
	look, err := c.Make(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	if got := preview(t, c, src.ID, Large).Bounds().Size(); got != image.Pt(1440, 960) {
		t.Errorf("large: %v", got)
	}
	if got := preview(t, c, src.ID, Small).Bounds().Size(); got != image.Pt(256, 171) {
		t.Errorf("small: %v", got)
	}
	// The file is not read a second time.
	again, err := c.Make(t.Context(), Source{ID: src.ID})
	if err != nil || again != look {
		t.Errorf("second time: look %x, %v; want %x", again, err, look)
	}
}

func TestMakeTurnsUpright(t *testing.T) {
	// Red at the top left of the upright picture, green at the top right, blue at the bottom left.
	upright := image.NewRGBA(image.Rect(0, 0, 600, 400))
	for y := range 400 {
		for x := range 600 {
			c := color.RGBA{255, 255, 255, 255}
			switch {
			case x < 200 && y < 200:
				c = color.RGBA{255, 0, 0, 255}
			case x >= 400 && y < 200:
				c = color.RGBA{0, 255, 0, 255}
			case x < 200:
				c = color.RGBA{0, 0, 255, 255}
			}
			upright.SetRGBA(x, y, c)
		}
	}
	c := open(t, Config{})
	for orientation := 1; orientation <= 8; orientation++ {
		// As a camera stores it: (x, y) of the upright picture lies at stored(x, y), by the EXIF table.
		w, h := 600, 400
		stored := map[int]func(x, y int) (int, int){
			1: func(x, y int) (int, int) { return x, y },
			2: func(x, y int) (int, int) { return w - 1 - x, y },
			3: func(x, y int) (int, int) { return w - 1 - x, h - 1 - y },
			4: func(x, y int) (int, int) { return x, h - 1 - y },
			5: func(x, y int) (int, int) { return y, x },
			6: func(x, y int) (int, int) { return y, w - 1 - x },
			7: func(x, y int) (int, int) { return h - 1 - y, w - 1 - x },
			8: func(x, y int) (int, int) { return h - 1 - y, x },
		}[orientation]
		size := image.Rect(0, 0, w, h)
		if orientation > 4 {
			size = image.Rect(0, 0, h, w)
		}
		img := image.NewRGBA(size)
		for y := range h {
			for x := range w {
				sx, sy := stored(x, y)
				img.SetRGBA(sx, sy, upright.RGBAAt(x, y))
			}
		}
		src := sourceOf(asJPEG(t, img, 95), media.Picture{Type: "image/jpeg", Orientation: orientation})
		if _, err := c.Make(t.Context(), src); err != nil {
			t.Fatal(err)
		}
		got := preview(t, c, src.ID, Small)
		if got.Bounds().Size() != image.Pt(256, 171) {
			t.Errorf("orientation %d: %v", orientation, got.Bounds())
		}
		if d := distance(got, preview(t, c, idOf(asJPEG(t, upright, 95)), Small)); d > 3 {
			t.Errorf("orientation %d differs from the upright picture by %.1f", orientation, d)
		}
	}
}

// distance is the mean difference of samples, 0 to 255.
func distance(a, b image.Image) float64 {
	size := a.Bounds().Size()
	if size != b.Bounds().Size() {
		return 255
	}
	sum := 0.0
	for y := range size.Y {
		for x := range size.X {
			ar, ag, ab, _ := a.At(a.Bounds().Min.X+x, a.Bounds().Min.Y+y).RGBA()
			br, bg, bb, _ := b.At(b.Bounds().Min.X+x, b.Bounds().Min.Y+y).RGBA()
			for _, d := range []int{int(ar) - int(br), int(ag) - int(bg), int(ab) - int(bb)} {
				sum += math.Abs(float64(d)) / 257
			}
		}
	}
	return sum / float64(3*size.X*size.Y)
}

func TestSmallPicturesStaySmall(t *testing.T) {
	c := open(t, Config{})
	src := sourceOf(asPNG(t, scene(40, 30, 2)), media.Picture{Type: "image/png"})
	if _, err := c.Make(t.Context(), src); err != nil {
		t.Fatal(err)
	}
	for _, s := range []Size{Small, Large} {
		if got := preview(t, c, src.ID, s).Bounds().Size(); got != image.Pt(40, 30) {
			t.Errorf("%d: %v", s, got)
		}
	}
	if n, _ := onDisk(t, c.files); n != 1 || !c.Has(src.ID) {
		t.Errorf("it is stored in %d files", n)
	}
	if _, err := c.Make(t.Context(), Source{ID: src.ID}); err != nil {
		t.Errorf("it is made again: %v", err)
	}
}

// A type that is not known is no reason not to look.
func TestBytesDecideWhatIsDecoded(t *testing.T) {
	c := open(t, Config{})
	data := asJPEG(t, scene(300, 200, 4), 85)
	for _, mime := range []string{"", "image/mpo", "image/heic", "application/octet-stream"} {
		src := sourceOf(append(data, mime...), media.Picture{Type: mime})
		if _, err := c.Make(t.Context(), src); err != nil {
			t.Errorf("a JPEG that is called %q: %v", mime, err)
		}
	}
}

func TestTransparentIsWhite(t *testing.T) {
	c := open(t, Config{})
	src := sourceOf(asPNG(t, image.NewNRGBA(image.Rect(0, 0, 300, 300))), media.Picture{Type: "image/png"})
	if _, err := c.Make(t.Context(), src); err != nil {
		t.Fatal(err)
	}
	if r, g, b, _ := preview(t, c, src.ID, Small).At(100, 100).RGBA(); min(r, g, b) < 0xfe00 {
		t.Errorf("transparent becomes %x %x %x", r, g, b)
	}
}

func TestRefusalsAreRemembered(t *testing.T) {
	dir := t.TempDir()
	c := open(t, Config{Dir: dir, FFmpeg: filepath.Join(dir, "no-ffmpeg")})
	for _, tc := range []struct {
		name string
		data string
		mime string
		want error
	}{
		{"a damaged picture", "\xff\xd8\xff\xe0 and then nothing", "image/jpeg", ErrDamaged},
		{"a type without decoder", "what is this", "", ErrNone},
		{"a video without ffmpeg", "some video", "video/mp4", ErrNone},
	} {
		src := sourceOf([]byte(tc.data), media.Picture{Type: tc.mime})
		if _, err := c.Make(t.Context(), src); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", tc.name, err)
		}
		if !c.Has(src.ID) {
			t.Errorf("%s is not remembered", tc.name)
		}
		// Without a file it can only be known from memory.
		if _, err := c.Make(t.Context(), Source{ID: src.ID}); !errors.Is(err, tc.want) {
			t.Errorf("%s, again: %v", tc.name, err)
		}
	}
	// Once ffmpeg is there, videos are tried again.
	executable := filepath.Join(dir, "ffmpeg")
	if err := os.WriteFile(executable, []byte("#!/bin/sh\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	with := open(t, Config{Dir: dir, FFmpeg: executable})
	if id := idOf([]byte("some video")); with.Has(id) != (with.ffmpeg == "") {
		t.Error("a video is still refused though ffmpeg is installed")
	}
}

package preview

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"testing"

	"homeroll/store/media"
)

func encoded(t *testing.T, encode func(io.Writer) error) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := encode(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func sizeOf(t *testing.T, r io.ReadSeekCloser, err error) image.Point {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	c, err := jpeg.DecodeConfig(r)
	if err != nil {
		t.Fatal(err)
	}
	return image.Pt(c.Width, c.Height)
}

// A rendition has all pixels and is upright, and is made once.
func TestRenditionIsFullAndUpright(t *testing.T) {
	c := open(t, Config{})
	data := encoded(t, func(w io.Writer) error { return png.Encode(w, scene(2000, 900, 2)) })
	src := sourceOf(data, media.Picture{Type: "image/png", Orientation: 6})
	for range 2 {
		r, err := c.Rendition(t.Context(), src)
		if got := sizeOf(t, r, err); got != image.Pt(900, 2000) {
			t.Fatalf("the rendition has %v", got)
		}
		src.File = nil // it must not be read again
	}
	if _, err := c.Rendition(t.Context(), sourceOf([]byte("x"), media.Picture{Type: "video/mp4"})); !errors.Is(err, ErrNone) {
		t.Errorf("of a video: %v", err)
	}
	if _, err := c.Rendition(t.Context(), sourceOf(data[:100], media.Picture{Type: "image/png"})); !errors.Is(err, ErrDamaged) {
		t.Errorf("of a stump: %v", err)
	}
}

// A browser's frame stands in for a video of which none can be made here, and
// gives way to nothing else.
func TestPosterOfABrowser(t *testing.T) {
	c := open(t, Config{FFmpeg: "none"})
	video, frame := media.ID{1}, encoded(t, func(w io.Writer) error { return jpeg.Encode(w, scene(1280, 720, 3), nil) })
	if err := c.Poster(t.Context(), video, "video/quicktime", frame); err != nil {
		t.Fatal(err)
	}
	for size, want := range map[Size]image.Point{Large: {X: 1280, Y: 720}, Small: {X: 256, Y: 144}} {
		r, origin, err := c.Find(video, size)
		if got := sizeOf(t, r, err); got != want || origin != Borrowed {
			t.Errorf("at %d there is one of %v, origin %v", size, got, origin)
		}
	}
	if err := c.Poster(t.Context(), media.ID{2}, "image/heic", frame); !errors.Is(err, ErrNone) {
		t.Errorf("of a photo: %v", err)
	}
	for what, body := range map[string][]byte{
		"a PNG": encoded(t, func(w io.Writer) error { return png.Encode(w, scene(64, 64, 1)) }), "half a frame": frame[:len(frame)/2],
		"too large a frame": encoded(t, func(w io.Writer) error { return jpeg.Encode(w, scene(1600, 900, 1), nil) }),
	} {
		if err := c.Poster(t.Context(), media.ID{3}, "video/mp4", body); !errors.Is(err, ErrBroken) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := c.Get(media.ID{3}, Small); !errors.Is(err, ErrNotMade) {
		t.Errorf("what was refused is there: %v", err)
	}
}

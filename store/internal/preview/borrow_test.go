package preview

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"slices"
	"testing"
	"time"

	"homeroll/store/media"
)

// A borrowed preview is shown until the device has its own, and never counts as
// one: not for Make, not for those who ask what was made here.
func TestOwnPreviewReplacesABorrowedOne(t *testing.T) {
	c := open(t, Config{})
	src := sourceOf(asJPEG(t, scene(2000, 1500, 3), 90), media.Picture{Type: "image/jpeg"})
	other := asJPEG(t, scene(256, 192, 9), 80)
	lend := func(s Size) {
		t.Helper()
		if err := c.Borrow(t.Context(), src.ID, s, other); err != nil {
			t.Fatal(err)
		}
	}
	lend(Small)
	lend(Large)
	for _, s := range []Size{Small, Large} {
		if got := preview(t, c, src.ID, s); c.Origin(src.ID, s) != Borrowed || distance(got, scene(256, 192, 9)) > 5 {
			t.Errorf("%d: origin %d", s, c.Origin(src.ID, s))
		}
		if _, err := c.Made(src.ID, s); !errors.Is(err, ErrNotMade) {
			t.Errorf("%d was made here: %v", s, err)
		}
	}
	if c.Has(src.ID) {
		t.Error("a borrowed preview is taken for an own one")
	}
	if look, err := c.Make(t.Context(), src); err != nil || look == 0 {
		t.Fatalf("look %x, %v", look, err)
	}
	lend(Small) // comes late
	lend(Large)
	for s, side := range map[Size]int{Small: 256, Large: 1440} {
		if got := preview(t, c, src.ID, s).Bounds(); got.Dx() != side || c.Origin(src.ID, s) != Own {
			t.Errorf("%d: %v, origin %d", s, got, c.Origin(src.ID, s))
		}
		if b, err := c.Made(src.ID, s); err != nil || len(b) == 0 {
			t.Error(err)
		}
	}
}

// What is borrowed stays where nothing can be made here.
func TestBorrowedPreviewOutlivesARefusal(t *testing.T) {
	c := open(t, Config{})
	src := sourceOf([]byte("no picture at all, but perhaps elsewhere"), media.Picture{Type: "image/x-new"})
	if err := c.Borrow(t.Context(), src.ID, Small, asJPEG(t, scene(256, 200, 1), 80)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Make(t.Context(), src); !errors.Is(err, ErrNone) && !errors.Is(err, ErrDamaged) {
		t.Fatal(err)
	}
	preview(t, c, src.ID, Small)
	if _, err := c.Made(src.ID, Small); !errors.Is(err, ErrNone) && !errors.Is(err, ErrDamaged) {
		t.Errorf("others are told %v", err)
	}
}

// segment puts another segment behind a JPEG's first marker.
func segment(b []byte, kind byte, body []byte) []byte {
	return slices.Concat(b[:2], []byte{0xff, kind, byte((len(body) + 2) >> 8), byte(len(body) + 2)}, body, b[2:])
}

func TestBorrowTakesNothingButASmallBaselineJPEG(t *testing.T) {
	c := open(t, Config{})
	good := asJPEG(t, scene(256, 256, 1), 80)
	sof := bytes.Index(good, []byte{0xff, 0xc0})
	with := func(at int, b ...byte) []byte {
		bad := bytes.Clone(good)
		copy(bad[sof+at:], b)
		return bad
	}
	for name, body := range map[string][]byte{
		"nothing":             {},
		"text":                []byte("<script>alert(1)</script>"),
		"another type":        asPNG(t, scene(100, 100, 1)),
		"too wide":            asJPEG(t, scene(257, 10, 1), 80),
		"too high":            asJPEG(t, scene(10, 257, 1), 80),
		"a bomb":              with(5, 0xff, 0xff, 0xff, 0xff),
		"no height":           with(5, 0, 0),
		"a bomb of scans":     scansJPEG(4000),
		"progressive":         with(1, 0xc2),
		"arithmetic":          with(1, 0xc9),
		"twelve bits":         with(4, 12),
		"four components":     with(9, 4),
		"cut off":             good[:len(good)/2],
		"the header alone":    good[:sof+20],
		"a second frame":      segment(good, 0xc0, good[sof+4:sof+21]),
		"larger behind small": slices.Concat(good[:len(good)-2], with(5, 0x40, 0, 0x40, 0)[2:]),
		"an endless segment":  segment(good, 0xe1, nil)[:4],
		"more than a preview": append(bytes.Clone(good), make([]byte, maxBorrowed)...),
	} {
		var err error
		began := time.Now()
		cost := peak(func() { err = c.Borrow(t.Context(), numbered(1), Small, body) })
		if name == "larger behind small" && err == nil {
			continue // ignored, if only the first is looked at
		}
		if !errors.Is(err, ErrBroken) || c.Origin(numbered(1), Small) != Nowhere {
			t.Errorf("%s: %v", name, err)
		}
		if cost > 16<<20 || time.Since(began) > 10*time.Second {
			t.Errorf("%s cost %d bytes, %v", name, cost, time.Since(began))
		}
	}
}

// Whatever else is in a file is not kept: no tags, nothing behind the end.
func TestBorrowKeepsPixelsAlone(t *testing.T) {
	c := open(t, Config{})
	secret := []byte("<html>at home</html>")
	for name, img := range map[string]image.Image{"colours": scene(256, 171, 4), "grey": image.NewGray(image.Rect(0, 0, 30, 20))} {
		body := append(segment(asJPEG(t, img, quality), 0xfe, secret), secret...)
		if err := c.Borrow(t.Context(), idOf(body), Small, body); err != nil {
			t.Fatal(name, err)
		}
		r, err := c.Get(idOf(body), Small)
		if err != nil {
			t.Fatal(err)
		}
		var kept bytes.Buffer
		_, _ = kept.ReadFrom(r)
		if bytes.Contains(kept.Bytes(), secret) {
			t.Errorf("%s: what lay beside the pixels was kept", name)
		}
		got, err := jpeg.Decode(&kept)
		if err != nil || got.Bounds().Size() != img.Bounds().Size() || distance(got, img) > 5 {
			t.Errorf("%s: %v, %v", name, got.Bounds(), err)
		}
	}
}

func TestBorrowedPreviewsAreEvictedLikeOthers(t *testing.T) {
	c := open(t, Config{Limit: 40 * 4096})
	for n := range uint64(120) {
		if err := c.Borrow(t.Context(), numbered(n), Small, asJPEG(t, scene(60, 60, float64(n)), 80)); err != nil {
			t.Fatal(err)
		}
	}
	if n, size := onDisk(t, c.files); n == 0 || size > 41*4096 {
		t.Errorf("%d files of %d bytes", n, size)
	}
}

func FuzzBorrow(f *testing.F) {
	var small bytes.Buffer
	_ = jpeg.Encode(&small, scene(60, 40, 1), nil)
	f.Add(small.Bytes())
	f.Add(scansJPEG(5))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > maxBorrowed {
			return
		}
		img, err := decodeBorrowed(data, Small)
		if err != nil && !errors.Is(err, ErrBroken) {
			t.Fatal(err)
		}
		if err == nil && (img.Bounds().Empty() || max(img.Bounds().Dx(), img.Bounds().Dy()) > int(Small)) {
			t.Error(img.Bounds())
		}
	})
}

package preview

import (
	"bytes"
	"errors"
	"image"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"homeroll/store/media"
)

// animation is a GIF of two pictures.
func animation(t *testing.T) []byte {
	t.Helper()
	all := &gif.GIF{Delay: []int{1, 1}}
	for seed := range 2 {
		frame := image.NewPaletted(image.Rect(0, 0, 60, 40), palette.Plan9)
		draw.Draw(frame, frame.Bounds(), scene(60, 40, float64(seed)), image.Point{}, draw.Src)
		all.Image = append(all.Image, frame)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, all); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What is whole is not called cut off, whatever follows it, nor where only the
// mark of the end is missing; what is cut off is shown, and said to be so again
// when nothing is made any more.
func TestCutOffPicturesAreTold(t *testing.T) {
	photo, moving := asJPEG(t, scene(300, 200, 3), 85), animation(t)
	withoutEnd := func(b []byte, n int) []byte { return bytes.Clone(b[:len(b)-n]) }
	for _, tc := range []struct {
		name string
		data []byte
		want error
	}{
		{"a JPEG", photo, nil},
		{"a JPEG without its end", withoutEnd(photo, 2), nil},
		{"a JPEG and a video", append(bytes.Clone(photo), "\x00\x00\x00\x18ftypmp42 and so on"...), nil},
		{"a JPEG and another", append(bytes.Clone(photo), photo...), nil},
		{"a JPEG that lacks three samples", withoutEnd(photo, 8), ErrCut},
		{"half of a JPEG", withoutEnd(photo, len(photo)/2), ErrCut},
		{"half of a JPEG that was given an end", append(withoutEnd(photo, len(photo)/2), 0xff, 0xd9), ErrCut},
		{"an animation", moving, nil},
		{"an animation without its end", withoutEnd(moving, 1), nil},
		{"an animation that lacks a part of its second picture", withoutEnd(moving, 100), ErrCut},
	} {
		dir := t.TempDir()
		c := open(t, Config{Dir: dir})
		src := sourceOf(tc.data, media.Picture{})
		look, err := c.Make(t.Context(), src)
		if !errors.Is(err, tc.want) || look == 0 {
			t.Errorf("%s: %v, %v", tc.name, look, err)
			continue
		}
		preview(t, c, src.ID, Large)
		if again, err := open(t, Config{Dir: dir}).Make(t.Context(), Source{ID: src.ID}); !errors.Is(err, tc.want) || again != look {
			t.Errorf("%s, again: %v, %v", tc.name, again, err)
		}
	}
}

// Wherever its samples end, a JPEG is not taken for whole.
func TestNoCutOffJPEGPassesForWhole(t *testing.T) {
	c := open(t, Config{})
	data := asJPEG(t, scene(120, 80, 2), 90)
	samples := bytes.Index(data, []byte{0xff, 0xda}) + 14
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(samples, len(data)-5).Draw(r, "bytes")
		if _, err := c.Make(t.Context(), sourceOf(data[:n], media.Picture{})); !errors.Is(err, ErrCut) && !errors.Is(err, ErrDamaged) {
			r.Errorf("%d of %d bytes: %v", n, len(data), err)
		}
	})
}

// The same of formats that nothing here writes.
func TestCutOffFilesOfTheCorpus(t *testing.T) {
	root, files := corpus(t)
	c := open(t, Config{})
	tried := map[string]int{}
	for _, f := range files {
		if f.MIME != "image/webp" && f.MIME != "image/avif" || f.Decodable == nil || !*f.Decodable || tried[f.MIME] == 2 {
			continue
		}
		src, ok := f.source(t, root)
		if !ok || src.Size > 2*quickSize {
			continue
		}
		tried[f.MIME]++
		if _, err := c.Make(t.Context(), src); err != nil {
			t.Errorf("%s: %v", f.Path, err)
		}
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(f.Path)))
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Make(t.Context(), sourceOf(data[:len(data)/4], media.Picture{Type: f.MIME}))
		if !errors.Is(err, ErrCut) && !errors.Is(err, ErrDamaged) {
			t.Errorf("a quarter of %s: %v", f.Path, err)
		}
	}
}

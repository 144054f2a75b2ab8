package raster

import (
	"image"
	"image/color"
	"testing"

	"pgregory.net/rapid"
)

// A flat picture stays flat at every size, to the last level and pixel.
func TestScaleKeepsFlatPicturesFlat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		side := rapid.IntRange(1, 90)
		level := byte(rapid.IntRange(0, 255).Draw(t, "level"))
		m := rapid.SampledFrom([]Model{Grey, YCbCr, RGB, CMYK}).Draw(t, "model")
		i := New(m, side.Draw(t, "w"), side.Draw(t, "h"))
		for _, p := range i.Planes {
			for k := range p.Pix {
				p.Pix[k] = level
			}
		}
		w, h := side.Draw(t, "to w"), side.Draw(t, "to h")
		got := i.Scale(w, h)
		if got.Width != w || got.Height != h {
			t.Fatalf("%d×%d, want %d×%d", got.Width, got.Height, w, h)
		}
		for k, p := range got.Full().Planes {
			if p.Width != w || p.Height != h {
				t.Fatalf("plane %d: %d×%d", k, p.Width, p.Height)
			}
			for y := range h {
				for x, s := range p.Row(y) {
					if s != level {
						t.Fatalf("plane %d at %d, %d: %d, want %d", k, x, y, s, level)
					}
				}
			}
		}
	})
}

// A ramp stays a ramp: no sample moves, which an offset of half a pixel would show.
func TestScaleKeepsPlaces(t *testing.T) {
	for _, to := range []int{512, 300, 100, 64, 17} {
		i := New(Grey, 256, 8)
		for y := range 8 {
			for x := range 256 {
				i.Planes[0].Pix[y*256+x] = byte(x)
			}
		}
		row := i.Scale(to, 8).Planes[0].Row(4)
		for x := to / 4; x < 3*to/4; x++ {
			want := (float64(x)+0.5)*256/float64(to) - 0.5
			if d := float64(row[x]) - want; d > 1.5 || d < -1.5 {
				t.Errorf("to %d: sample %d is %d, want %.1f", to, x, row[x], want)
			}
		}
	}
}

// The mean of squares is the same in one part or in many.
func TestReducerTakesParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 60).Draw(t, "w"), rapid.IntRange(1, 60).Draw(t, "h")
		step := rapid.IntRange(1, MaxStep).Draw(t, "step")
		whole := New(RGB, w, h)
		for k, p := range whole.Planes {
			for n := range p.Pix {
				p.Pix[n] = byte(n*7 + k*31 + n*n)
			}
		}
		once := NewReducer(RGB, w, h, 1, 1, step)
		if err := once.Add(whole, image.Point{}); err != nil {
			t.Fatal(err)
		}
		tw, th := rapid.IntRange(1, 20).Draw(t, "tile w"), rapid.IntRange(1, 20).Draw(t, "tile h")
		parts := NewReducer(RGB, w, h, 1, 1, step)
		for y := 0; y < h; y += th {
			for x := 0; x < w; x += tw {
				tile := New(RGB, tw, th) // hangs over the edge
				for k, p := range tile.Planes {
					for ty := range min(th, h-y) {
						copy(p.Row(ty), whole.Planes[k].Row(y + ty)[x:])
					}
				}
				if err := parts.Add(tile, image.Pt(x, y)); err != nil {
					t.Fatal(err)
				}
			}
		}
		a, b := once.Image(), parts.Image()
		for k := range a.Planes {
			if string(a.Planes[k].Pix) != string(b.Planes[k].Pix) {
				t.Fatalf("plane %d differs", k)
			}
		}
	})
}

// Every kind of image of the standard library comes out as its colours over white.
func TestFromTakesEveryKind(t *testing.T) {
	rect := image.Rect(0, 0, 9, 7)
	half := color.NRGBA{200, 100, 0, 128}
	over := color.RGBA{227, 177, 127, 255}
	opaque := color.RGBA{90, 90, 90, 255}
	draw := func(i interface{ Set(x, y int, c color.Color) }, c color.Color) {
		for y := range 7 {
			for x := range 9 {
				i.Set(x, y, c)
			}
		}
	}
	nrgba, nrgba64, rgba, rgba64 := image.NewNRGBA(rect), image.NewNRGBA64(rect), image.NewRGBA(rect), image.NewRGBA64(rect)
	paletted := image.NewPaletted(rect, color.Palette{half})
	grey, grey16, cmyk := image.NewGray(rect), image.NewGray16(rect), image.NewCMYK(rect)
	for _, i := range []interface{ Set(x, y int, c color.Color) }{nrgba, nrgba64, rgba, rgba64} {
		draw(i, half)
	}
	for _, i := range []interface{ Set(x, y int, c color.Color) }{grey, grey16} {
		draw(i, opaque)
	}
	draw(cmyk, color.CMYK{10, 20, 30, 40})
	for _, tc := range []struct {
		img  image.Image
		want []byte
	}{
		{nrgba, []byte{over.R, over.G, over.B}}, {nrgba64, []byte{over.R, over.G, over.B}},
		{rgba, []byte{over.R, over.G, over.B}}, {rgba64, []byte{over.R, over.G, over.B}},
		{paletted, []byte{over.R, over.G, over.B}},
		{grey, []byte{90}}, {grey16, []byte{90}}, {cmyk, []byte{10, 20, 30, 40}},
	} {
		for _, step := range []int{1, 2, 5} {
			got := From(tc.img, step)
			if got.Width != (9+step-1)/step || got.Height != (7+step-1)/step {
				t.Errorf("%T by %d: %d×%d", tc.img, step, got.Width, got.Height)
			}
			for k, want := range tc.want {
				for _, s := range got.Planes[k].Row(got.Height - 1) {
					if d := int(s) - int(want); d < -1 || d > 1 {
						t.Errorf("%T by %d, plane %d: %d, want %d", tc.img, step, k, s, want)
						break
					}
				}
			}
		}
	}
}

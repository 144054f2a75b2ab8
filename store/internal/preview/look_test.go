package preview

import (
	"image"
	"image/color"
	"math/rand/v2"
	"testing"

	"golang.org/x/image/draw"
	"pgregory.net/rapid"

	"homeroll/store/internal/preview/raster"
	"homeroll/store/media"
)

func lookAt(t *testing.T, c *Cache, data []byte) Look {
	t.Helper()
	look, err := c.Make(t.Context(), sourceOf(data, media.Picture{}))
	if err != nil {
		t.Fatal(err)
	}
	return look
}

// The same picture, treated as people and phones treat pictures, looks alike.
func TestLookSurvivesTreatment(t *testing.T) {
	c := open(t, Config{})
	for seed := 1.0; seed < 5; seed++ {
		original := scene(450, 300, seed)
		look := lookAt(t, c, asPNG(t, original))
		smaller := image.NewRGBA(image.Rect(0, 0, 280, 187))
		draw.ApproxBiLinear.Scale(smaller, smaller.Rect, original, original.Rect, draw.Src, nil)
		brighter := image.NewRGBA(original.Rect)
		grey := image.NewGray(original.Rect)
		for y := range 300 {
			for x := range 450 {
				p := original.RGBAAt(x, y)
				up := func(v uint8) uint8 { return uint8(min(int(v)*11/10+10, 255)) }
				brighter.SetRGBA(x, y, color.RGBA{up(p.R), up(p.G), up(p.B), 255})
				grey.Set(x, y, p)
			}
		}
		for name, data := range map[string][]byte{
			"encoded well": asJPEG(t, original, 95), "encoded badly": asJPEG(t, original, 25),
			"smaller": asJPEG(t, smaller, 80), "brighter": asJPEG(t, brighter, 85), "grey": asPNG(t, grey),
		} {
			if d := look.Distance(lookAt(t, c, data)); d > Alike {
				t.Errorf("scene %v, %s: %d bits differ", seed, name, d)
			}
		}
	}
}

func TestLooksOfOtherPicturesDiffer(t *testing.T) {
	c := open(t, Config{})
	var looks []Look
	for seed := range uint64(20) {
		looks = append(looks, lookAt(t, c, asPNG(t, collage(seed))))
	}
	sum, pairs := 0, 0
	for k, a := range looks {
		for _, b := range looks[:k] {
			d := a.Distance(b)
			sum, pairs = sum+d, pairs+1
			if d <= Alike {
				t.Errorf("two pictures differ in %d bits only", d)
			}
		}
	}
	if mean := float64(sum) / float64(pairs); mean < 28 || mean > 36 {
		t.Errorf("different pictures differ in %.1f bits in the mean, not in half of 64", mean)
	}
}

// collage paints random rectangles over each other.
func collage(seed uint64) image.Image {
	r := rand.New(rand.NewPCG(seed, 1))
	img := image.NewGray(image.Rect(0, 0, 120, 80))
	for range 25 {
		at := image.Pt(r.IntN(120), r.IntN(80))
		part := image.Rectangle{Min: at, Max: at.Add(image.Pt(10+r.IntN(50), 10+r.IntN(30)))}
		draw.Draw(img, part, image.NewUniform(color.Gray{uint8(r.IntN(256))}), image.Point{}, draw.Src)
	}
	return img
}

// The look is part of what devices tell each other: it must not change by accident.
func TestLookIsStable(t *testing.T) {
	i := raster.New(raster.Grey, 256, 171)
	for k := range i.Planes[0].Pix {
		x, y := k%256, k/256
		i.Planes[0].Pix[k] = byte(x*x/300 ^ y*3)
	}
	if got, want := lookOf(i), Look(0x76883f68c727cb82); got != want {
		t.Errorf("look %#x, want %#x; raise the recipe if this is meant", uint64(got), uint64(want))
	}
}

// Plain pictures have no look, whatever their colour and size.
func TestPlainPicturesHaveNoLook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := raster.New(raster.RGB, rapid.IntRange(1, 256).Draw(t, "w"), rapid.IntRange(1, 256).Draw(t, "h"))
		for _, p := range i.Planes {
			level := byte(rapid.IntRange(0, 255).Draw(t, "level"))
			for k := range p.Pix {
				p.Pix[k] = level
			}
		}
		if look := lookOf(i); look != 0 {
			t.Fatalf("look %#x", uint64(look))
		}
	})
}

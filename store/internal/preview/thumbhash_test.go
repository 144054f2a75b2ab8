package preview

import (
	"image"
	"image/color"
	"math"
	"testing"
)

// Of a plain colour the hash says that colour and no structure; of a gradient, which
// way it goes; and each fits what the timeline keeps.
func TestThumbHash(t *testing.T) {
	plain := image.NewRGBA(image.Rect(0, 0, 60, 40))
	slope := image.NewGray(image.Rect(0, 0, 40, 60))
	for y := range 60 {
		for x := range 60 {
			plain.Set(x, y, color.RGBA{255, 128, 0, 255})
			slope.Set(x, y, color.Gray{byte(x * 6)})
		}
	}
	h := thumbHash(plain)
	head := int(h[0]) | int(h[1])<<8 | int(h[2])<<16
	l, p, q := float64(head&63)/63, float64(head>>6&63)/31.5-1, float64(head>>12&63)/31.5-1
	blue := l - 2.0/3*p
	red := (3*l - blue + q) / 2
	if green := red - q; math.Abs(red-1) > 0.05 || math.Abs(green-0.5) > 0.05 || math.Abs(blue) > 0.05 {
		t.Errorf("orange is read as %.2f %.2f %.2f", red, green, blue)
	}
	if h[4]>>7 != 1 || head>>18&31 != 0 {
		t.Errorf("a plain landscape is %x", h)
	}
	s := thumbHash(slope)
	if s[4]>>7 != 0 || s[5]&15 > 1 {
		t.Errorf("a portrait that grows brighter to the right is %x", s)
	}
	if len(h) > 32 || len(s) > 32 || len(h) < 20 {
		t.Errorf("%d and %d bytes", len(h), len(s))
	}
}

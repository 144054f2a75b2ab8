package preview

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"math"

	"homeroll/store/media"
)

// thumbSide bounds the pixels that a thumbhash is computed from, on either side.
const thumbSide = 32

// Thumb returns the thumbhash of an item's small preview, about 25 bytes of which a
// page paints a blurred picture before anything else has come; ErrNotMade.
//
// It is the public format of Evan Wallace's ThumbHash (2023): the lowest
// frequencies of a cosine transform of luminance and two differences of colour,
// without transparency.
func (c *Cache) Thumb(id media.ID) ([]byte, error) {
	e, err := c.files.read(id, Small)
	if err != nil {
		return nil, err
	}
	img, err := jpeg.Decode(bytes.NewReader(e.body))
	if err != nil {
		return nil, fmt.Errorf("decode own preview: %w", err)
	}
	return thumbHash(img), nil
}

// channel are the values of one channel of w × h pixels.
type channel struct {
	w, h   int
	values []float64
}

// spectrum is the lowest frequencies of a channel: the mean, and the others from 0
// to 1 around 1/2 by the largest of them.
type spectrum struct {
	mean, scale float64
	others      []float64
}

func thumbHash(img image.Image) []byte {
	l, p, q := channels(img)
	longer := float64(max(l.w, l.h))
	lx := max(1, int(math.Round(7*float64(l.w)/longer)))
	ly := max(1, int(math.Round(7*float64(l.h)/longer)))
	bright, yellow, red := l.transform(max(3, lx), max(3, ly)), p.transform(3, 3), q.transform(3, 3)
	landscape := l.w > l.h
	side, bit := lx, 0
	if landscape {
		side, bit = ly, 1
	}
	head := steps(63, bright.mean) | steps(31.5, 1+yellow.mean)<<6 | steps(31.5, 1+red.mean)<<12 | steps(31, bright.scale)<<18
	rest := side | steps(63, yellow.scale)<<3 | steps(63, red.scale)<<9 | bit<<15
	hash := []byte{byte(head), byte(head >> 8), byte(head >> 16), byte(rest), byte(rest >> 8)}
	half := false
	for _, s := range []spectrum{bright, yellow, red} {
		for _, f := range s.others {
			if half {
				hash[len(hash)-1] |= byte(steps(15, f)) << 4
			} else {
				hash = append(hash, byte(steps(15, f)))
			}
			half = !half
		}
	}
	return hash
}

func steps(of, v float64) int { return int(math.Round(of * v)) }

// channels reduces a picture and returns its luminance, yellow less blue, and red
// less green.
func channels(img image.Image) (l, p, q channel) {
	b := img.Bounds()
	most := max(b.Dx(), b.Dy())
	w, h := b.Dx(), b.Dy()
	if most > thumbSide {
		w, h = max(1, w*thumbSide/most), max(1, h*thumbSide/most)
	}
	for _, c := range []*channel{&l, &p, &q} {
		*c = channel{w, h, make([]float64, w*h)}
	}
	for y := range h {
		for x := range w {
			cell := image.Rect(b.Min.X+x*b.Dx()/w, b.Min.Y+y*b.Dy()/h, b.Min.X+(x+1)*b.Dx()/w, b.Min.Y+(y+1)*b.Dy()/h)
			red, green, blue := mean(img, cell)
			i := y*w + x
			l.values[i], p.values[i], q.values[i] = (red+green+blue)/3, (red+green)/2-blue, red-green
		}
	}
	return l, p, q
}

// mean returns the mean colour of a part of a picture, each from 0 to 1.
func mean(img image.Image, part image.Rectangle) (red, green, blue float64) {
	var r, g, b, n uint64
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			cr, cg, cb, _ := img.At(x, y).RGBA()
			r, g, b, n = r+uint64(cr), g+uint64(cg), b+uint64(cb), n+0xffff
		}
	}
	if n == 0 {
		return 0, 0, 0
	}
	return float64(r) / float64(n), float64(g) / float64(n), float64(b) / float64(n)
}

// transform returns the frequencies below a line from nx to ny.
func (c channel) transform(nx, ny int) (s spectrum) {
	for cy := range ny {
		for cx := 0; cx*ny < nx*(ny-cy); cx++ {
			f := c.frequency(cx, cy)
			if cx == 0 && cy == 0 {
				s.mean = f
				continue
			}
			s.others = append(s.others, f)
			s.scale = max(s.scale, math.Abs(f))
		}
	}
	for i, f := range s.others {
		s.others[i] = 0.5
		if s.scale > 0 {
			s.others[i] += 0.5 / s.scale * f
		}
	}
	return s
}

func (c channel) frequency(cx, cy int) (f float64) {
	across := make([]float64, c.w)
	for x := range across {
		across[x] = math.Cos(math.Pi / float64(c.w) * float64(cx) * (float64(x) + 0.5))
	}
	for y := range c.h {
		down := math.Cos(math.Pi / float64(c.h) * float64(cy) * (float64(y) + 0.5))
		for x := range c.w {
			f += c.values[y*c.w+x] * across[x] * down
		}
	}
	return f / float64(c.w*c.h)
}

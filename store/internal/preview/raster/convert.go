package raster

import (
	"image"
	"image/color"
)

// From takes a decoded image, shrunk by a whole number; without copying where
// the planes are there already. What is transparent is laid over white.
func From(src image.Image, step int) *Image {
	if i := borrow(src); i != nil {
		if step == 1 {
			return i
		}
		r := NewReducer(i.Model, i.Width, i.Height, i.StepX, i.StepY, step)
		r.addAll(i, image.Point{})
		return r.Image()
	}
	b := src.Bounds()
	r := NewReducer(RGB, b.Dx(), b.Dy(), 1, 1, step)
	band := New(RGB, b.Dx(), min(step, b.Dy()))
	for y := 0; y < b.Dy(); y += step {
		for k := range min(step, b.Dy()-y) {
			layRow(band, k, src, y+k, 0)
		}
		r.addAll(band, image.Pt(0, y))
	}
	return r.Image()
}

// borrow returns the image with the planes that it has; nil if it has none.
func borrow(src image.Image) *Image {
	b := src.Bounds()
	w, h := b.Dx(), b.Dy()
	switch s := src.(type) {
	case *image.Gray:
		return &Image{Model: Grey, Width: w, Height: h, StepX: 1, StepY: 1,
			Planes: []Plane{{Pix: s.Pix[s.PixOffset(b.Min.X, b.Min.Y):], Stride: s.Stride, Width: w, Height: h}}}
	case *image.Gray16:
		out := New(Grey, w, h)
		for y := range h {
			row := s.Pix[s.PixOffset(b.Min.X, b.Min.Y+y):]
			for x := range w {
				out.Planes[0].Pix[y*w+x] = row[2*x]
			}
		}
		return out
	case *image.YCbCr:
		return fromYCbCr(s)
	case *image.CMYK:
		return interleaved(CMYK, s.Pix[s.PixOffset(b.Min.X, b.Min.Y):], s.Stride, w, h)
	}
	return nil
}

func fromYCbCr(s *image.YCbCr) *Image {
	if s.Rect.Min != (image.Point{}) {
		return nil
	}
	w, h := s.Rect.Dx(), s.Rect.Dy()
	i := &Image{Model: YCbCr, Width: w, Height: h, StepX: 1, StepY: 1}
	switch s.SubsampleRatio {
	case image.YCbCrSubsampleRatio420:
		i.StepX, i.StepY = 2, 2
	case image.YCbCrSubsampleRatio422:
		i.StepX = 2
	case image.YCbCrSubsampleRatio440:
		i.StepY = 2
	case image.YCbCrSubsampleRatio411:
		i.StepX = 4
	case image.YCbCrSubsampleRatio410:
		i.StepX, i.StepY = 4, 2
	}
	cw, ch := (w+i.StepX-1)/i.StepX, (h+i.StepY-1)/i.StepY
	i.Planes = []Plane{
		{Pix: s.Y, Stride: s.YStride, Width: w, Height: h},
		{Pix: s.Cb, Stride: s.CStride, Width: cw, Height: ch},
		{Pix: s.Cr, Stride: s.CStride, Width: cw, Height: ch},
	}
	return i
}

func interleaved(m Model, pix []byte, stride, w, h int) *Image {
	out := New(m, w, h)
	n := len(out.Planes)
	for y := range h {
		row := pix[y*stride:][:w*n]
		for k := range out.Planes {
			to := out.Planes[k].Row(y)
			for x := range to {
				to[x] = row[n*x+k]
			}
		}
	}
	return out
}

// White makes an RGB picture white.
func (i *Image) White() {
	for _, p := range i.Planes {
		for k := range p.Pix {
			p.Pix[k] = 255
		}
	}
}

// Lay puts src into the RGB picture at a point, transparent parts over white.
func Lay(dst *Image, src image.Image, at image.Point) {
	for y := range src.Bounds().Dy() {
		if at.Y+y >= 0 && at.Y+y < dst.Height {
			layRow(dst, at.Y+y, src, y, at.X)
		}
	}
}

// layRow puts row y of src into row to of dst, from left on.
func layRow(dst *Image, to int, src image.Image, y, left int) {
	row := [3][]byte{dst.Planes[0].Row(to), dst.Planes[1].Row(to), dst.Planes[2].Row(to)}
	first, last := max(0, -left), min(src.Bounds().Dx(), dst.Width-left)
	pixel := reader(src, y)
	for x := first; x < last; x++ {
		row[0][left+x], row[1][left+x], row[2][left+x] = pixel(x)
	}
}

// reader returns what gives the pixels of a row over white.
func reader(src image.Image, y int) func(x int) (r, g, b byte) {
	bounds := src.Bounds()
	switch s := src.(type) {
	case *image.RGBA:
		row := s.Pix[s.PixOffset(bounds.Min.X, bounds.Min.Y+y):]
		return func(x int) (byte, byte, byte) {
			p := row[4*x:][:4]
			rest := 255 - p[3]
			return add(p[0], rest), add(p[1], rest), add(p[2], rest)
		}
	case *image.NRGBA:
		row := s.Pix[s.PixOffset(bounds.Min.X, bounds.Min.Y+y):]
		return func(x int) (byte, byte, byte) {
			p := row[4*x:][:4]
			return over(p[0], p[3]), over(p[1], p[3]), over(p[2], p[3])
		}
	case *image.NRGBA64:
		row := s.Pix[s.PixOffset(bounds.Min.X, bounds.Min.Y+y):]
		return func(x int) (byte, byte, byte) {
			p := row[8*x:][:8]
			return over(p[0], p[6]), over(p[2], p[6]), over(p[4], p[6])
		}
	case *image.RGBA64:
		row := s.Pix[s.PixOffset(bounds.Min.X, bounds.Min.Y+y):]
		return func(x int) (byte, byte, byte) {
			p := row[8*x:][:8]
			rest := 255 - p[6]
			return add(p[0], rest), add(p[2], rest), add(p[4], rest)
		}
	case *image.Paletted:
		table := palette(s.Palette)
		row := s.Pix[s.PixOffset(bounds.Min.X, bounds.Min.Y+y):]
		return func(x int) (byte, byte, byte) {
			c := table[row[x]]
			return c[0], c[1], c[2]
		}
	}
	return func(x int) (byte, byte, byte) { return white(src.At(bounds.Min.X+x, bounds.Min.Y+y)) }
}

func palette(p color.Palette) *[256][3]byte {
	var table [256][3]byte
	for k := range min(len(p), len(table)) {
		table[k][0], table[k][1], table[k][2] = white(p[k])
	}
	return &table
}

// white lays one colour over white.
func white(c color.Color) (r, g, b byte) {
	cr, cg, cb, ca := c.RGBA()
	rest := 0xffff - ca
	return byte((cr + rest) >> 8), byte((cg + rest) >> 8), byte((cb + rest) >> 8)
}

// over lays a sample over white.
func over(c, a byte) byte {
	if a == 255 {
		return c
	}
	return byte((uint32(c)*uint32(a) + 255*(255-uint32(a)) + 127) / 255)
}

// add adds, at most 255: what is multiplied by alpha should not exceed it, but may.
func add(a, b byte) byte { return byte(min(uint32(a)+uint32(b), 255)) }

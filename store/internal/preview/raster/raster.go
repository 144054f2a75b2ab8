// Package raster holds decoded pictures as planes of 8-bit samples, scales
// them and turns them upright. Planes, since most photos are decoded to YCbCr
// and encoded from it, and their colour is stored at half the size.
package raster

import "image"

// Plane is one channel.
type Plane struct {
	Pix           []byte
	Stride        int // bytes from a row to the next
	Width, Height int
}

// NewPlane returns a black plane.
func NewPlane(w, h int) Plane {
	return Plane{Pix: make([]byte, w*h), Stride: w, Width: w, Height: h}
}

// Row returns the samples of a row.
func (p Plane) Row(y int) []byte { return p.Pix[y*p.Stride:][:p.Width] }

// Model says what the planes are.
type Model int

// The models.
const (
	Grey  Model = iota // luma, full range
	YCbCr              // BT.601, full range, as in JFIF; colour planes may be smaller
	RGB
	CMYK // 255 = all ink
)

// Image is an opaque picture.
type Image struct {
	Model         Model
	Width, Height int
	Planes        []Plane
	// StepX and StepY are how many pixels one sample of the colour planes of a
	// YCbCr covers.
	StepX, StepY int
}

// New returns a black image without subsampling.
func New(m Model, w, h int) *Image {
	planes := map[Model]int{Grey: 1, YCbCr: 3, RGB: 3, CMYK: 4}[m]
	i := &Image{Model: m, Width: w, Height: h, StepX: 1, StepY: 1}
	for range planes {
		i.Planes = append(i.Planes, NewPlane(w, h))
	}
	return i
}

// steps returns what one sample of plane k covers.
func (i *Image) steps(k int) (x, y int) {
	if i.Model == YCbCr && k > 0 {
		return i.StepX, i.StepY
	}
	return 1, 1
}

// Fit returns the size of a picture scaled down to a longer edge; smaller ones stay.
func Fit(w, h, longer int) (int, int) {
	if max(w, h) <= longer {
		return w, h
	}
	if w >= h {
		return longer, max(1, (h*longer+w/2)/w)
	}
	return max(1, (w*longer+h/2)/h), longer
}

// Scale returns the picture at another size, the colour planes of a YCbCr at
// half of it.
func (i *Image) Scale(w, h int) *Image {
	if w == i.Width && h == i.Height {
		return i
	}
	out := &Image{Model: i.Model, Width: w, Height: h, StepX: 1, StepY: 1}
	if i.Model == YCbCr {
		out.StepX, out.StepY = 2, 2
	}
	for k, p := range i.Planes {
		fromX, fromY := i.steps(k)
		toX, toY := out.steps(k)
		out.Planes = append(out.Planes, scalePlane(p,
			axis{from: float64(i.Width) / float64(fromX), to: float64(w) / float64(toX), in: p.Width, out: (w + toX - 1) / toX},
			axis{from: float64(i.Height) / float64(fromY), to: float64(h) / float64(toY), in: p.Height, out: (h + toY - 1) / toY}))
	}
	return out
}

// Full returns the picture with all planes at its size.
func (i *Image) Full() *Image {
	if i.StepX == 1 && i.StepY == 1 {
		return i
	}
	out := &Image{Model: i.Model, Width: i.Width, Height: i.Height, StepX: 1, StepY: 1}
	for k, p := range i.Planes {
		x, y := i.steps(k)
		if x > 1 || y > 1 {
			p = scalePlane(p,
				axis{from: float64(i.Width) / float64(x), to: float64(i.Width), in: p.Width, out: i.Width},
				axis{from: float64(i.Height) / float64(y), to: float64(i.Height), in: p.Height, out: i.Height})
		}
		out.Planes = append(out.Planes, p)
	}
	return out
}

// Standard returns the picture as the standard library's encoders take it.
func (i *Image) Standard() image.Image {
	rect := image.Rect(0, 0, i.Width, i.Height)
	switch i.Model {
	case Grey:
		return &image.Gray{Pix: i.Planes[0].Pix, Stride: i.Planes[0].Stride, Rect: rect}
	case YCbCr:
		ratio := image.YCbCrSubsampleRatio444
		if i.StepX == 2 && i.StepY == 2 {
			ratio = image.YCbCrSubsampleRatio420
		} else {
			i = i.Full()
		}
		return &image.YCbCr{
			Y: i.Planes[0].Pix, YStride: i.Planes[0].Stride,
			Cb: i.Planes[1].Pix, Cr: i.Planes[2].Pix, CStride: i.Planes[1].Stride,
			SubsampleRatio: ratio, Rect: rect,
		}
	}
	return i.toRGBA(rect)
}

func (i *Image) toRGBA(rect image.Rectangle) image.Image {
	out := image.NewRGBA(rect)
	for y := range i.Height {
		row := out.Pix[y*out.Stride:]
		r, g, b := i.Planes[0].Row(y), i.Planes[1].Row(y), i.Planes[2].Row(y)
		for x := range r {
			p := row[4*x:][:4]
			p[0], p[1], p[2], p[3] = r[x], g[x], b[x], 255
		}
	}
	return out
}

package raster

import (
	"errors"
	"image"
)

// MaxStep is by how much a Reducer can shrink: a sum of MaxStep² samples fits 16 bits.
const MaxStep = 16

// Step returns the largest whole number by which a longer edge can be divided
// and is still at least want.
func Step(longer, want int) int { return min(max(longer/want, 1), MaxStep) }

// Reducer takes a picture in parts and keeps the mean of each square of Step
// samples, so that the whole need never be in memory.
type Reducer struct {
	step  int
	whole *Image // the geometry, without samples
	sums  [][]uint16
}

// NewReducer returns one for a picture of that size whose colour planes, if it
// is a YCbCr, are smaller by stepX and stepY.
func NewReducer(m Model, w, h, stepX, stepY, step int) *Reducer {
	r := &Reducer{step: step, whole: &Image{Model: m, Width: w, Height: h, StepX: stepX, StepY: stepY}}
	for k := range len(New(m, 0, 0).Planes) {
		x, y := r.whole.steps(k)
		p := Plane{Width: up(w, x), Height: up(h, y)}
		r.whole.Planes = append(r.whole.Planes, p)
		r.sums = append(r.sums, make([]uint16, up(p.Width, step)*up(p.Height, step)))
	}
	return r
}

func up(n, by int) int { return (n + by - 1) / by }

// Add adds a part that lies at a point, in pixels; what is beyond the edges is
// left out. Parts must not overlap, and be of one model.
func (r *Reducer) Add(part *Image, at image.Point) error {
	if part.Model != r.whole.Model || part.StepX != r.whole.StepX || part.StepY != r.whole.StepY {
		return errors.New("parts of a picture differ in kind")
	}
	r.addAll(part, at)
	return nil
}

func (r *Reducer) addAll(part *Image, at image.Point) {
	for k := range r.sums {
		x, y := r.whole.steps(k)
		r.addPlane(k, part.Planes[k], at.X/x, at.Y/y)
	}
}

func (r *Reducer) addPlane(k int, p Plane, left, top int) {
	whole, sums := r.whole.Planes[k], r.sums[k]
	stride := up(whole.Width, r.step)
	width := min(p.Width, whole.Width-left)
	if width <= 0 {
		return
	}
	for y := range min(p.Height, whole.Height-top) {
		row := sums[(top+y)/r.step*stride:][:stride]
		cell, left := left/r.step, r.step-left%r.step
		for _, s := range p.Row(y)[:width] {
			if left == 0 {
				cell, left = cell+1, r.step
			}
			row[cell] += uint16(s)
			left--
		}
	}
}

// Image returns the means; what was never added is black.
func (r *Reducer) Image() *Image {
	out := &Image{Model: r.whole.Model, Width: up(r.whole.Width, r.step), Height: up(r.whole.Height, r.step),
		StepX: r.whole.StepX, StepY: r.whole.StepY}
	for k, whole := range r.whole.Planes {
		p := NewPlane(up(whole.Width, r.step), up(whole.Height, r.step))
		for y := range p.Height {
			high := min(r.step, whole.Height-y*r.step)
			row := p.Row(y)
			for x := range row {
				n := uint32(high * min(r.step, whole.Width-x*r.step))
				row[x] = byte((uint32(r.sums[k][y*p.Width+x]) + n/2) / n)
			}
		}
		out.Planes = append(out.Planes, p)
	}
	return out
}

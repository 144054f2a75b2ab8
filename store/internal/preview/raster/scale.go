package raster

import "math"

// axis is one direction of a scaling: extents in samples, and whole samples.
// They differ where half a sample of colour hangs over the edge.
type axis struct {
	from, to float64
	in, out  int
}

// fixed is 1 as a weight.
const fixed = 1 << 14

// taps are the weights of the samples from which one sample is made.
type taps struct {
	first   int
	weights []int32 // sum is fixed
}

// kernel is the Catmull-Rom cubic (Keys, a = -1/2), with a support of 2.
func kernel(x float64) float64 {
	x = math.Abs(x)
	switch {
	case x < 1:
		return (1.5*x-2.5)*x*x + 1
	case x < 2:
		return ((-0.5*x+2.5)*x-4)*x + 2
	}
	return 0
}

const support = 2

// plan computes the weights for each sample of an axis. Shrinking widens the
// kernel, so that every sample counts and nothing aliases. Samples beyond the
// edge are those at the edge.
func (a axis) plan() []taps {
	scale := a.from / a.to
	wide := max(scale, 1)
	plan := make([]taps, a.out)
	for o := range plan {
		centre := (float64(o)+0.5)*scale - 0.5
		low, high := int(math.Ceil(centre-support*wide)), int(math.Floor(centre+support*wide))
		first := min(max(low, 0), a.in-1)
		last := max(min(high, a.in-1), first)
		sums := make([]float64, last-first+1)
		total := 0.0
		for k := low; k <= high; k++ {
			w := kernel((float64(k) - centre) / wide)
			sums[min(max(k, first), last)-first] += w
			total += w
		}
		plan[o] = taps{first: first, weights: quantise(sums, total)}
	}
	return plan
}

// quantise makes weights of exactly fixed in sum; the largest takes what rounding left.
func quantise(sums []float64, total float64) []int32 {
	weights := make([]int32, len(sums))
	rest, largest := int32(fixed), 0
	for k, s := range sums {
		weights[k] = int32(math.Round(s / total * fixed))
		rest -= weights[k]
		if weights[k] > weights[largest] {
			largest = k
		}
	}
	weights[largest] += rest
	return weights
}

// scalePlane scales across, then down.
func scalePlane(p Plane, x, y axis) Plane {
	if x.in != x.out || x.from != x.to {
		p = across(p, x.plan())
	}
	if y.in != y.out || y.from != y.to {
		p = down(p, y.plan())
	}
	return p
}

func across(p Plane, plan []taps) Plane {
	out := NewPlane(len(plan), p.Height)
	for y := range p.Height {
		from, to := p.Row(y), out.Row(y)
		for o := range plan {
			t := &plan[o]
			samples := from[t.first:][:len(t.weights)]
			sum := int32(fixed / 2)
			for k, w := range t.weights {
				sum += w * int32(samples[k])
			}
			to[o] = clamp(sum >> 14)
		}
	}
	return out
}

func down(p Plane, plan []taps) Plane {
	out := NewPlane(p.Width, len(plan))
	sums := make([]int32, p.Width)
	for o := range plan {
		for x := range sums {
			sums[x] = fixed / 2
		}
		addRows(sums, p, plan[o])
		to := out.Row(o)
		for x, s := range sums {
			to[x] = clamp(s >> 14)
		}
	}
	return out
}

// addRows adds weighted rows, four at a time: what bounds the speed is passing
// over the sums.
func addRows(sums []int32, p Plane, t taps) {
	k := 0
	for ; k+4 <= len(t.weights); k += 4 {
		a, b := p.Row(t.first + k)[:len(sums)], p.Row(t.first + k + 1)[:len(sums)]
		c, d := p.Row(t.first + k + 2)[:len(sums)], p.Row(t.first + k + 3)[:len(sums)]
		wa, wb, wc, wd := t.weights[k], t.weights[k+1], t.weights[k+2], t.weights[k+3]
		for x := range sums {
			sums[x] += wa*int32(a[x]) + wb*int32(b[x]) + wc*int32(c[x]) + wd*int32(d[x])
		}
	}
	for ; k < len(t.weights); k++ {
		w := t.weights[k]
		for x, s := range p.Row(t.first + k)[:len(sums)] {
			sums[x] += w * int32(s)
		}
	}
}

func clamp(v int32) byte {
	if uint32(v) > 255 {
		if v < 0 {
			return 0
		}
		return 255
	}
	return byte(v)
}

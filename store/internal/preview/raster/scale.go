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

// plan is how the samples of an axis are made: sample o is the sum of taps
// samples from first[o] on, each times its weight. All have the same number of
// taps, some of them zero, so that the inner loops need not ask.
type plan struct {
	taps    int
	first   []int
	weights []int32 // taps for each sample; their sum is fixed
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
func (a axis) plan() plan {
	scale := a.from / a.to
	wide := max(scale, 1)
	taps := min((int(math.Ceil(2*support*wide))+1)&^1, a.in)
	p := plan{taps: taps, first: make([]int, a.out), weights: make([]int32, a.out*taps)}
	sums := make([]float64, taps)
	for o := range a.out {
		centre := (float64(o)+0.5)*scale - 0.5
		low := int(math.Ceil(centre - support*wide))
		first := min(max(low, 0), a.in-taps)
		clear(sums)
		total := 0.0
		for k := low; float64(k) <= centre+support*wide; k++ {
			w := kernel((float64(k) - centre) / wide)
			sums[min(max(k-first, 0), taps-1)] += w
			total += w
		}
		p.first[o] = first
		quantise(p.weights[o*taps:][:taps], sums, total)
	}
	return p
}

// quantise makes weights of exactly fixed in sum; the largest takes what rounding left.
func quantise(weights []int32, sums []float64, total float64) {
	rest, largest := int32(fixed), 0
	for k, s := range sums {
		weights[k] = int32(math.Round(s / total * fixed))
		rest -= weights[k]
		if weights[k] > weights[largest] {
			largest = k
		}
	}
	weights[largest] += rest
}

// scalePlane scales down, then across: what is cheaper goes first, over more samples.
func scalePlane(p Plane, x, y axis) Plane {
	if y.in != y.out || y.from != y.to {
		p = down(p, y.plan())
	}
	if x.in != x.out || x.from != x.to {
		p = across(p, x.plan())
	}
	return p
}

func across(p Plane, pl plan) Plane {
	out := NewPlane(len(pl.first), p.Height)
	line := acrossAny
	switch pl.taps {
	case 4:
		line = across4
	case 6:
		line = across6
	case 8:
		line = across8
	}
	for y := range p.Height {
		line(out.Row(y), p.Row(y), &pl)
	}
	return out
}

func acrossAny(to, from []byte, pl *plan) {
	for o, first := range pl.first {
		weights := pl.weights[o*pl.taps:][:pl.taps]
		samples := from[first:][:len(weights)]
		sum := int32(fixed / 2)
		for k, w := range weights {
			sum += w * int32(samples[k])
		}
		to[o] = clamp(sum >> 14)
	}
}

// The usual numbers of taps are written out, which halves their time.

func across4(to, from []byte, pl *plan) {
	for o, first := range pl.first {
		w, s := (*[4]int32)(pl.weights[o*4:]), (*[4]byte)(from[first:])
		sum := w[0]*int32(s[0]) + w[1]*int32(s[1]) + w[2]*int32(s[2]) + w[3]*int32(s[3])
		to[o] = clamp((sum + fixed/2) >> 14)
	}
}

func across6(to, from []byte, pl *plan) {
	for o, first := range pl.first {
		w, s := (*[6]int32)(pl.weights[o*6:]), (*[6]byte)(from[first:])
		sum := w[0]*int32(s[0]) + w[1]*int32(s[1]) + w[2]*int32(s[2]) +
			w[3]*int32(s[3]) + w[4]*int32(s[4]) + w[5]*int32(s[5])
		to[o] = clamp((sum + fixed/2) >> 14)
	}
}

func across8(to, from []byte, pl *plan) {
	for o, first := range pl.first {
		w, s := (*[8]int32)(pl.weights[o*8:]), (*[8]byte)(from[first:])
		sum := w[0]*int32(s[0]) + w[1]*int32(s[1]) + w[2]*int32(s[2]) + w[3]*int32(s[3]) +
			w[4]*int32(s[4]) + w[5]*int32(s[5]) + w[6]*int32(s[6]) + w[7]*int32(s[7])
		to[o] = clamp((sum + fixed/2) >> 14)
	}
}

func down(p Plane, pl plan) Plane {
	out := NewPlane(p.Width, len(pl.first))
	sums := make([]int32, p.Width)
	for o, first := range pl.first {
		for x := range sums {
			sums[x] = fixed / 2
		}
		addRows(sums, p, first, pl.weights[o*pl.taps:][:pl.taps])
		to := out.Row(o)[:len(sums)]
		for x, s := range sums {
			to[x] = clamp(s >> 14)
		}
	}
	return out
}

// addRows adds weighted rows, four at a time: what bounds the speed is passing
// over the sums.
func addRows(sums []int32, p Plane, first int, weights []int32) {
	k := 0
	for ; k+4 <= len(weights); k += 4 {
		a, b := p.Row(first + k)[:len(sums)], p.Row(first + k + 1)[:len(sums)]
		c, d := p.Row(first + k + 2)[:len(sums)], p.Row(first + k + 3)[:len(sums)]
		wa, wb, wc, wd := weights[k], weights[k+1], weights[k+2], weights[k+3]
		for x := range sums {
			sums[x] += wa*int32(a[x]) + wb*int32(b[x]) + wc*int32(c[x]) + wd*int32(d[x])
		}
	}
	for ; k < len(weights); k++ {
		w := weights[k]
		for x, s := range p.Row(first + k)[:len(sums)] {
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

package decode

import "math"

// transform turns coefficients into samples, side² of either: the inverse
// cosine transform of the low frequencies alone, which is the block scaled down.
type transform struct {
	side  int
	waves [8][8]float32 // by sample and frequency, with the normalisation
	half  [64]float32
}

func newTransform(side int) *transform {
	t := &transform{side: side}
	for x := range side {
		for u := range side {
			c := math.Cos(float64(2*x+1) * float64(u) * math.Pi / float64(2*side))
			if u == 0 {
				c = math.Sqrt2 / 2
			}
			t.waves[x][u] = float32(c / 2)
		}
	}
	return t
}

// block writes the samples of one block; quantities are in the order of values.
func (t *transform) block(values []int16, quantities *[64]int32, to []byte, stride int) {
	n := t.side
	for y := range n { // rows of frequencies to rows of samples
		row := values[y*n:][:n]
		var known [8]float32
		for u, v := range row {
			known[u] = float32(int32(v) * quantities[y*n+u])
		}
		for x := range n {
			sum := float32(0)
			for u, w := range t.waves[x][:n] {
				sum += w * known[u]
			}
			t.half[y*n+x] = sum
		}
	}
	for y := range n {
		for x := range n {
			sum := float32(128.5)
			for v, w := range t.waves[y][:n] {
				sum += w * t.half[v*n+x]
			}
			to[y*stride+x] = byte(min(max(sum, 0), 255))
		}
	}
}

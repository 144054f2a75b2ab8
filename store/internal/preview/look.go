package preview

import (
	"math"
	"math/bits"
	"slices"

	"homeroll/store/internal/preview/raster"
)

// Look is a perceptual hash of 64 bits: a picture that was scaled, encoded
// again, or made brighter differs in few, another picture in about half.
//
// The upright sRGB luma is scaled to 32×32 and goes through a discrete cosine
// transform (DCT-II); each bit says whether one of the 64 lowest frequencies,
// the mean left out, is above their median (after Zauner, "Implementation and
// Benchmarking of Perceptual Image Hash Functions", 2010). Integers only, so
// that devices agree. A picture without any structure has the look 0.
type Look uint64

// Distance is the number of differing bits, 0 to 64. Up to [Alike], two are
// most likely one picture.
func (l Look) Distance(other Look) int { return bits.OnesCount64(uint64(l ^ other)) }

// Alike is the distance up to which two looks are taken for one picture.
const Alike = 8

// lookSide is the side of the square that is transformed.
const lookSide = 32

// cosines[u][x] is the basis of the transform, in 1/4096.
var cosines = func() (c [12][lookSide]int64) {
	for u := range c {
		for x := range c[u] {
			c[u][x] = int64(math.Round(4096 * math.Cos(math.Pi*float64(u)*(2*float64(x)+1)/(2*lookSide))))
		}
	}
	return c
}()

// lowest are the frequencies of the bits, along the diagonals.
var lowest = func() (at [64][2]int) {
	k := 0
	for sum := 1; k < len(at); sum++ {
		for u := 0; u <= sum && k < len(at); u++ {
			at[k] = [2]int{u, sum - u}
			k++
		}
	}
	return at
}()

// plainEnergy is below what any structure that can be seen has.
const plainEnergy = 4096 * 4096 * lookSide * lookSide / 8

func lookOf(i *raster.Image) Look {
	square := luma(i).Scale(lookSide, lookSide).Planes[0]
	var values [64]int64
	for k, f := range lowest {
		for y := range lookSide {
			var row int64
			for x, s := range square.Row(y) {
				row += cosines[f[0]][x] * int64(s)
			}
			values[k] += cosines[f[1]][y] * row
		}
	}
	sorted := values
	slices.Sort(sorted[:])
	if sorted[63]-sorted[0] < plainEnergy {
		return 0
	}
	median := (sorted[31] + sorted[32]) / 2
	var look Look
	for k, v := range values {
		if v > median {
			look |= 1 << k
		}
	}
	return look
}

// luma returns the picture in grey.
func luma(i *raster.Image) *raster.Image {
	if i.Model != raster.RGB {
		return &raster.Image{Model: raster.Grey, Width: i.Width, Height: i.Height, StepX: 1, StepY: 1, Planes: i.Planes[:1]}
	}
	out := raster.New(raster.Grey, i.Width, i.Height)
	for y := range i.Height {
		to := out.Planes[0].Row(y)
		r, g, b := i.Planes[0].Row(y), i.Planes[1].Row(y), i.Planes[2].Row(y)
		for x := range to { // BT.601, as in JFIF
			to[x] = byte((19595*uint32(r[x]) + 38470*uint32(g[x]) + 7471*uint32(b[x]) + 1<<15) >> 16)
		}
	}
	return out
}

package colour

import (
	"encoding/binary"
	"math"

	"homeroll/store/internal/preview/raster"
)

// table is a device-to-connection table of the older kinds (mft1 and mft2,
// ICC.1:2022, 10.10 and 10.11): a curve for each channel, a grid, curves again.
type table struct {
	in     [][]float32 // 256 values a channel, 0 to 1
	grid   int         // points a side
	points []float32   // three values a point, the first channel slowest
	out    [3][]float32
	lab    func(l, a, b float64) (x, y, z float64)
}

// maxGrid bounds the points of a grid; 33⁴ would be 1.2 million.
const maxGrid = 1 << 21

func (d icc) tableProfile(model raster.Model, channels int) *Profile {
	tag := d.tag("A2B1") // relative colorimetric
	if tag == nil {
		tag = d.tag("A2B0")
	}
	t := parseTable(tag, channels)
	if t == nil {
		return nil
	}
	switch connection := string(d[20:24]); {
	case connection == "XYZ ":
		const most = 1 + 32767.0/32768
		t.lab = func(x, y, z float64) (float64, float64, float64) { return x * most, y * most, z * most }
	case connection != "Lab ":
		return nil
	case string(tag[:4]) == "mft2": // keeps the 16-bit Lab of version 2 (6.3.4.2)
		t.lab = func(l, a, b float64) (float64, float64, float64) {
			const most = 65535.0 / 65280
			return labToXYZ(100*most*l, 255*most*a-128, 255*most*b-128)
		}
	default:
		t.lab = func(l, a, b float64) (float64, float64, float64) { return labToXYZ(100*l, 255*a-128, 255*b-128) }
	}
	return &Profile{model: model, table: t}
}

func parseTable(tag []byte, channels int) *table {
	if len(tag) < 52 || int(tag[8]) != channels || tag[9] != 3 || tag[10] < 2 {
		return nil
	}
	t := &table{grid: int(tag[10])}
	width, inputs, outputs, at := 1, 256, 256, 48
	switch string(tag[:4]) {
	case "mft1":
	case "mft2":
		width, at = 2, 52
		inputs, outputs = int(binary.BigEndian.Uint16(tag[48:])), int(binary.BigEndian.Uint16(tag[50:]))
	default:
		return nil
	}
	points := 3
	for range channels {
		if points *= t.grid; points > maxGrid {
			return nil
		}
	}
	if inputs < 2 || outputs < 2 || inputs > 4096 || outputs > 4096 ||
		len(tag) < at+width*(channels*inputs+points+3*outputs) {
		return nil
	}
	read := func(n int) []float32 {
		values := make([]float32, n)
		for k := range values {
			if width == 1 {
				values[k] = float32(tag[at+k]) / 255
			} else {
				values[k] = float32(binary.BigEndian.Uint16(tag[at+2*k:])) / 65535
			}
		}
		at += width * n
		return values
	}
	for range channels {
		t.in = append(t.in, byLevel(read(inputs)))
	}
	t.points = read(points)
	for k := range t.out {
		t.out[k] = read(outputs)
	}
	return t
}

// byLevel samples a curve at the 256 levels.
func byLevel(curve []float32) []float32 {
	levels := make([]float32, 256)
	for k := range levels {
		levels[k] = float32(between(float64(k)/255, len(curve), func(n int) float64 { return float64(curve[n]) }))
	}
	return levels
}

func (t *table) apply(i *raster.Image) *raster.Image {
	out := raster.New(raster.RGB, i.Width, i.Height)
	// Neighbours are often equal, and the way through a table is long.
	var last [4]byte
	var colour [3]byte
	known := false
	for y := range i.Height {
		for x := range i.Width {
			var samples [4]byte
			for k := range i.Planes {
				samples[k] = i.Planes[k].Pix[y*i.Planes[k].Stride+x]
			}
			if !known || samples != last {
				last, colour, known = samples, t.colour(samples), true
			}
			for k, c := range colour {
				out.Planes[k].Pix[y*out.Planes[k].Stride+x] = c
			}
		}
	}
	return out
}

// colour interpolates linearly among the corners around a point of the grid.
func (t *table) colour(samples [4]byte) [3]byte {
	var part [4]float32
	base, step := 0, 3
	var steps [4]int
	for k := len(t.in) - 1; k >= 0; k-- {
		v := t.in[k][samples[k]] * float32(t.grid-1)
		low := min(int(v), t.grid-2)
		part[k], steps[k] = v-float32(low), step
		base += low * step
		step *= t.grid
	}
	var sum [3]float32
	for corner := range 1 << len(t.in) {
		at, weight := base, float32(1)
		for k := range t.in {
			if corner>>k&1 == 1 {
				at += steps[k]
				weight *= part[k]
			} else {
				weight *= 1 - part[k]
			}
		}
		if weight != 0 {
			for c := range sum {
				sum[c] += weight * t.points[at+c]
			}
		}
	}
	var v [3]float64
	for c := range v {
		v[c] = between(float64(sum[c]), len(t.out[c]), func(n int) float64 { return float64(t.out[c][n]) })
	}
	x, y, z := t.lab(v[0], v[1], v[2])
	var colour [3]byte
	for c, m := range xyzToSRGB {
		colour[c] = level(float32(m[0]*x + m[1]*y + m[2]*z))
	}
	return colour
}

// labToXYZ is CIE 1976 L*a*b* to XYZ under D50.
func labToXYZ(l, a, b float64) (x, y, z float64) {
	fy := (l + 16) / 116
	inverse := func(f float64) float64 {
		if f > 6.0/29 {
			return f * f * f
		}
		return 3 * math.Pow(6.0/29, 2) * (f - 4.0/29)
	}
	return 0.9642 * inverse(fy+a/500), inverse(fy), 0.8249 * inverse(fy-b/200)
}

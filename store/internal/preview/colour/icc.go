package colour

import (
	"bytes"
	"encoding/binary"
	"math"

	"homeroll/store/internal/preview/raster"
)

// MaxICC is how long an ICC profile may be; the tables of printers reach 2 MB.
const MaxICC = 4 << 20

// xyzToSRGB is light of sRGB by CIE XYZ under D50, the connection space of ICC.
var xyzToSRGB = [3][3]float64{
	{3.1338561, -1.6168667, -0.4906146},
	{-0.9787684, 1.9161415, 0.0334540},
	{0.0719453, -0.2289914, 1.4052427},
}

// icc is a profile's bytes (ICC.1:2022, 7.2 and 7.3).
type icc []byte

const iccHeader = 128

// maxTags bounds the directory; profiles have some 20.
const maxTags = 200

// Parse reads an ICC profile. Nil means that it is sRGB, or that it cannot be used.
func Parse(profile []byte) *Profile {
	d := icc(profile)
	if len(d) < iccHeader+4 || len(d) > MaxICC || string(d[36:40]) != "acsp" {
		return nil
	}
	var p *Profile
	switch string(d[16:20]) {
	case "RGB ":
		if p = d.matrixProfile(); p == nil {
			p = d.tableProfile(raster.RGB, 3)
		}
	case "GRAY":
		p = d.greyProfile()
	case "CMYK":
		p = d.tableProfile(raster.CMYK, 4)
	}
	if p == nil || p.same() {
		return nil
	}
	return p
}

// tag returns the data of a tag; nil = none.
func (d icc) tag(signature string) []byte {
	n := min(int(binary.BigEndian.Uint32(d[iccHeader:])), maxTags)
	for k := range n {
		at := iccHeader + 4 + 12*k
		if at+12 > len(d) {
			return nil
		}
		if !bytes.Equal(d[at:at+4], []byte(signature)) {
			continue
		}
		offset, size := uint64(binary.BigEndian.Uint32(d[at+4:])), uint64(binary.BigEndian.Uint32(d[at+8:]))
		if offset+size > uint64(len(d)) || size < 8 {
			return nil
		}
		return d[offset : offset+size]
	}
	return nil
}

func (d icc) matrixProfile() *Profile {
	p := &Profile{model: raster.RGB}
	var xyz [3][3]float64 // a column for each of red, green, blue
	for k, c := range []string{"r", "g", "b"} {
		column, curve := d.tag(c+"XYZ"), curveOf(d.tag(c+"TRC"))
		if len(column) < 20 || string(column[:4]) != "XYZ " || curve == nil {
			return nil
		}
		for row := range 3 {
			xyz[row][k] = s15Fixed16(column[8+4*row:])
		}
		p.linear[k] = curve
	}
	p.matrix = product(xyzToSRGB, xyz)
	return p
}

func (d icc) greyProfile() *Profile {
	curve := curveOf(d.tag("kTRC"))
	if curve == nil {
		return nil
	}
	return &Profile{model: raster.Grey, linear: [3]*[256]float32{curve}}
}

func product(a, b [3][3]float64) (m [3][3]float32) {
	for row := range 3 {
		for column := range 3 {
			sum := 0.0
			for k := range 3 {
				sum += a[row][k] * b[k][column]
			}
			m[row][column] = float32(sum)
		}
	}
	return m
}

func s15Fixed16(b []byte) float64 { return float64(int32(binary.BigEndian.Uint32(b))) / 65536 }

// curveOf reads a curve or a parametric curve (ICC.1:2022, 10.6 and 10.18).
func curveOf(tag []byte) *[256]float32 {
	if len(tag) < 12 {
		return nil
	}
	var f func(float64) float64
	switch string(tag[:4]) {
	case "curv":
		f = sampled(tag)
	case "para":
		f = parametric(tag)
	}
	if f == nil {
		return nil
	}
	var curve [256]float32
	for k := range curve {
		v := f(float64(k) / 255)
		if math.IsNaN(v) {
			return nil
		}
		curve[k] = float32(min(max(v, 0), 1))
	}
	return &curve
}

func sampled(tag []byte) func(float64) float64 {
	n := int(binary.BigEndian.Uint32(tag[8:]))
	points := tag[12:]
	switch {
	case n == 0:
		return func(x float64) float64 { return x }
	case n < 0 || n > len(points)/2:
		return nil
	case n == 1:
		gamma := float64(binary.BigEndian.Uint16(points)) / 256
		return func(x float64) float64 { return math.Pow(x, gamma) }
	}
	at := func(k int) float64 { return float64(binary.BigEndian.Uint16(points[2*k:])) / 65535 }
	return func(x float64) float64 { return between(x, n, at) }
}

// between interpolates among n values that are evenly spaced over 0 to 1.
func between(x float64, n int, at func(int) float64) float64 {
	x = min(max(x, 0), 1) * float64(n-1)
	low := min(int(x), n-2)
	part := x - float64(low)
	return at(low)*(1-part) + at(low+1)*part
}

// parametric reads g, a, b, c, d, e, f of as many as the kind of curve has.
func parametric(tag []byte) func(float64) float64 {
	kind := int(binary.BigEndian.Uint16(tag[8:]))
	counts := []int{1, 3, 4, 5, 7}
	if kind >= len(counts) || len(tag) < 12+4*counts[kind] {
		return nil
	}
	var v [7]float64
	for k := range counts[kind] {
		v[k] = s15Fixed16(tag[12+4*k:])
	}
	g, a, b, c, d, e, f := v[0], v[1], v[2], v[3], v[4], v[5], v[6]
	switch kind {
	case 0:
		a, d = 1, 0
	case 1: // the power from -b/a on, 0 below
		if a == 0 {
			return nil
		}
		c, d = 0, -b/a
	case 2: // the same, lifted by c
		if a == 0 {
			return nil
		}
		c, d, e, f = 0, -b/a, v[3], v[3]
	}
	return func(x float64) float64 {
		if x >= d {
			return math.Pow(a*x+b, g) + e
		}
		return c*x + f
	}
}

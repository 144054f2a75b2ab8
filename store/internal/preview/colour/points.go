package colour

import (
	"math"

	"homeroll/store/internal/preview/raster"
)

// Coding is how YCbCr samples stand for colours: code points of ITU-T H.273.
type Coding struct {
	Primaries, Transfer, Matrix int
	Full                        bool // samples use 0 to 255, luma not 16 to 235
}

// JFIF is what a JPEG uses, and what is taken where a file does not say.
var JFIF = Coding{Primaries: 1, Transfer: 13, Matrix: 6, Full: true}

// H.273 code points that mean something else than sRGB here.
const (
	primariesBT2020 = 9
	primariesP3     = 12
	transferPQ      = 16
	transferHLG     = 18
	matrixIdentity  = 0
	matrixBT709     = 1
	matrixBT2020    = 9
)

// RGB converts a YCbCr, whose samples are coded so, to RGB; other models stay.
func (c Coding) RGB(i *raster.Image) *raster.Image {
	if i.Model == raster.Grey && !c.Full {
		return stretched(i)
	}
	if i.Model != raster.YCbCr {
		return i
	}
	i = i.Full()
	if c.Matrix == matrixIdentity { // the planes are green, blue, red
		return &raster.Image{Model: raster.RGB, Width: i.Width, Height: i.Height, StepX: 1, StepY: 1,
			Planes: []raster.Plane{i.Planes[2], i.Planes[0], i.Planes[1]}}
	}
	m := c.weights()
	out := raster.New(raster.RGB, i.Width, i.Height)
	for y := range i.Height {
		luma, cb, cr := i.Planes[0].Row(y), i.Planes[1].Row(y), i.Planes[2].Row(y)
		r, g, b := out.Planes[0].Row(y), out.Planes[1].Row(y), out.Planes[2].Row(y)
		for x := range luma {
			l := (int32(luma[x])-m.black)*m.luma + 1<<15
			u, v := int32(cb[x])-128, int32(cr[x])-128
			r[x], g[x], b[x] = byteOf(l+m.redV*v), byteOf(l-m.greenU*u-m.greenV*v), byteOf(l+m.blueU*u)
		}
	}
	return out
}

// weights are in 1/65536.
type weights struct{ black, luma, redV, greenU, greenV, blueU int32 }

func (c Coding) weights() weights {
	kr, kb := 0.299, 0.114
	switch c.Matrix {
	case matrixBT709:
		kr, kb = 0.2126, 0.0722
	case matrixBT2020:
		kr, kb = 0.2627, 0.0593
	}
	lumaScale, chromaScale, black := 1.0, 1.0, int32(0)
	if !c.Full {
		lumaScale, chromaScale, black = 255.0/219, 255.0/224, 16
	}
	w := func(v float64) int32 { return int32(math.Round(v * 65536)) }
	kg := 1 - kr - kb
	return weights{
		black:  black,
		luma:   w(lumaScale),
		redV:   w(2 * (1 - kr) * chromaScale),
		greenU: w(2 * (1 - kb) * kb / kg * chromaScale),
		greenV: w(2 * (1 - kr) * kr / kg * chromaScale),
		blueU:  w(2 * (1 - kb) * chromaScale),
	}
}

func byteOf(v int32) byte { return byte(min(max(v>>16, 0), 255)) }

func stretched(i *raster.Image) *raster.Image {
	out := raster.New(raster.Grey, i.Width, i.Height)
	for y := range i.Height {
		to := out.Planes[0].Row(y)
		for x, s := range i.Planes[0].Row(y) {
			to[x] = byteOf((int32(s)-16)*76309 + 1<<15)
		}
	}
	return out
}

// AsJFIF reports whether samples mean what those of a JPEG mean.
func (c Coding) AsJFIF() bool {
	return c.Full && c.Matrix != matrixIdentity && c.Matrix != matrixBT709 && c.Matrix != matrixBT2020
}

// Light of sRGB by light of other primaries, both under D65.
var (
	p3ToSRGB = [3][3]float32{
		{1.2249402, -0.2249402, 0}, {-0.0420570, 1.0420570, 0}, {-0.0196376, -0.0786360, 1.0982736}}
	bt2020ToSRGB = [3][3]float32{
		{1.6604910, -0.5876411, -0.0728499}, {-0.1245505, 1.1328999, -0.0083494}, {-0.0181508, -0.1005789, 1.1187297}}
	unchanged = [3][3]float32{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}
)

// Profile returns the profile of the code points; nil means sRGB. High dynamic
// range is cut at the white of paper (ITU-R BT.2408: 203 cd/m²).
func (c Coding) Profile() *Profile {
	p := &Profile{model: raster.RGB, matrix: unchanged}
	switch c.Primaries {
	case primariesP3:
		p.matrix = p3ToSRGB
	case primariesBT2020:
		p.matrix = bt2020ToSRGB
	}
	transfer := decode
	switch c.Transfer {
	case transferPQ:
		transfer = func(v float64) float64 { return pq(v) * 10000 / 203 }
	case transferHLG:
		transfer = func(v float64) float64 { return hlg(v) / hlg(0.75) }
	}
	var curve [256]float32
	for k := range curve {
		curve[k] = float32(min(transfer(float64(k)/255), 1))
	}
	p.linear = [3]*[256]float32{&curve, &curve, &curve}
	if p.same() {
		return nil
	}
	return p
}

// pq is the EOTF of SMPTE ST 2084, 1 being 10,000 cd/m².
func pq(v float64) float64 {
	const m1, m2, c1, c2, c3 = 2610.0 / 16384, 2523.0 / 32, 3424.0 / 4096, 2413.0 / 128, 2392.0 / 128
	p := math.Pow(v, 1/m2)
	return math.Pow(max(p-c1, 0)/(c2-c3*p), 1/m1)
}

// hlg is the inverse OETF of ARIB STD-B67 with the system gamma of 1.2.
func hlg(v float64) float64 {
	const a, b, c = 0.17883277, 0.28466892, 0.55991073
	light := v * v / 3
	if v > 0.5 {
		light = (math.Exp((v-c)/a) + b) / 12
	}
	return math.Pow(light, 1.2)
}

// Package colour brings pictures to sRGB: by their ICC profile if it is made of
// curves and a matrix or of a table, by the code points of a HEIF file (nclx),
// or as they are. Profiles are read from untrusted files: whatever is odd about
// one means that it is not used.
package colour

import (
	"math"
	"sync"

	"homeroll/store/internal/preview/raster"
)

// Profile describes the colours of a picture, other than sRGB.
type Profile struct {
	model  raster.Model     // that it is for
	linear [3]*[256]float32 // light by sample, 0 to 1
	matrix [3][3]float32    // light of sRGB by light
	table  *table           // instead of the others
}

// encodeSteps is how fine light is cut before it is encoded; the steepest
// part of the curve is then a quarter of a level a step.
const encodeSteps = 1 << 14

var encoded = sync.OnceValue(func() *[encodeSteps + 1]byte {
	var t [encodeSteps + 1]byte
	for k := range t {
		t[k] = byte(math.Round(255 * encode(float64(k)/encodeSteps)))
	}
	return &t
})

// encode is the transfer function of sRGB (IEC 61966-2-1).
func encode(light float64) float64 {
	if light <= 0.0031308 {
		return 12.92 * light
	}
	return 1.055*math.Pow(light, 1/2.4) - 0.055
}

// decode is the inverse of encode.
func decode(sample float64) float64 {
	if sample <= 0.04045 {
		return sample / 12.92
	}
	return math.Pow((sample+0.055)/1.055, 2.4)
}

// ToSRGB converts an image of the model that the profile is for; others, and
// all for a nil profile, stay as they are.
func (p *Profile) ToSRGB(i *raster.Image) *raster.Image {
	if p == nil || p.model != i.Model {
		return i
	}
	switch {
	case p.table != nil:
		return p.table.apply(i)
	case p.model == raster.Grey:
		return p.greyToSRGB(i)
	}
	return p.rgbToSRGB(i)
}

func (p *Profile) greyToSRGB(i *raster.Image) *raster.Image {
	var levels [256]byte
	for k := range levels {
		levels[k] = level(p.linear[0][k])
	}
	out := raster.New(raster.Grey, i.Width, i.Height)
	for y := range i.Height {
		to := out.Planes[0].Row(y)
		for x, s := range i.Planes[0].Row(y) {
			to[x] = levels[s]
		}
	}
	return out
}

func (p *Profile) rgbToSRGB(i *raster.Image) *raster.Image {
	out := raster.New(raster.RGB, i.Width, i.Height)
	for y := range i.Height {
		r, g, b := i.Planes[0].Row(y), i.Planes[1].Row(y), i.Planes[2].Row(y)
		tr, tg, tb := out.Planes[0].Row(y), out.Planes[1].Row(y), out.Planes[2].Row(y)
		for x := range r {
			tr[x], tg[x], tb[x] = p.pixel(r[x], g[x], b[x])
		}
	}
	return out
}

func (p *Profile) pixel(r, g, b byte) (byte, byte, byte) {
	lr, lg, lb := p.linear[0][r], p.linear[1][g], p.linear[2][b]
	m := &p.matrix
	return level(m[0][0]*lr + m[0][1]*lg + m[0][2]*lb),
		level(m[1][0]*lr + m[1][1]*lg + m[1][2]*lb),
		level(m[2][0]*lr + m[2][1]*lg + m[2][2]*lb)
}

func level(light float32) byte {
	if !(light > 0) { // a NaN of an odd profile, too
		return 0
	}
	return encoded()[int(min(light, 1)*encodeSteps+0.5)]
}

// closeTo is by how many levels of 255 a profile may differ from sRGB to be taken for it.
const closeTo = 2

// same reports whether the profile is sRGB, near enough.
func (p *Profile) same() bool {
	near := func(a, b byte) bool { return max(a, b)-min(a, b) <= closeTo }
	if p.table != nil {
		return false
	}
	for k := 0; k < 256; k += 5 {
		v := byte(k)
		if p.model == raster.Grey {
			if !near(level(p.linear[0][v]), v) {
				return false
			}
			continue
		}
		for _, c := range [][3]byte{{v, v, v}, {v, 0, 0}, {0, v, 0}, {0, 0, v}, {255, v, 128}, {v, 128, 255}} {
			r, g, b := p.pixel(c[0], c[1], c[2])
			if !near(r, c[0]) || !near(g, c[1]) || !near(b, c[2]) {
				return false
			}
		}
	}
	return true
}

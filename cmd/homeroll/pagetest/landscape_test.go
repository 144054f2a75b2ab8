package pagetest

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
)

// tint is a colour from 0 to 1 a channel.
type tint [3]float64

func (a tint) mix(b tint, share float64) tint {
	share = min(max(share, 0), 1)
	return tint{a[0] + (b[0]-a[0])*share, a[1] + (b[1]-a[1])*share, a[2] + (b[2]-a[2])*share}
}

// light is the hour that a landscape is painted at.
type light struct{ zenith, horizon, sun, far, near tint }

var lights = []light{
	{tint{.13, .22, .42}, tint{.98, .62, .38}, tint{1, .88, .6}, tint{.55, .42, .5}, tint{.1, .1, .18}},    // dusk
	{tint{.25, .5, .85}, tint{.8, .9, .97}, tint{1, 1, .95}, tint{.55, .7, .82}, tint{.14, .32, .16}},      // noon
	{tint{.03, .05, .15}, tint{.16, .24, .42}, tint{.92, .94, 1}, tint{.12, .17, .3}, tint{.01, .02, .05}}, // night
	{tint{.55, .6, .8}, tint{.99, .85, .78}, tint{1, .95, .85}, tint{.72, .68, .78}, tint{.25, .3, .32}},   // dawn
	{tint{.36, .16, .4}, tint{1, .5, .3}, tint{1, .8, .4}, tint{.5, .25, .4}, tint{.12, .05, .14}},         // sunset
	{tint{.5, .65, .75}, tint{.9, .92, .9}, tint{1, 1, .95}, tint{.65, .74, .74}, tint{.2, .26, .1}},       // mist
}

// landscape paints hills, mountains or a shore under a sky, from a seed alone.
func landscape(seed uint64, bounds image.Rectangle) image.Image {
	r := rand.New(rand.NewPCG(seed, 77)) // the same picture each time
	l := lights[int(seed)%len(lights)]
	w, h := float64(bounds.Dx()), float64(bounds.Dy())
	sunX, sunY := .15+.7*r.Float64(), .2+.25*r.Float64()
	water := 2.0
	if seed%3 == 1 {
		water = .68
	}
	rough := .015 + .04*r.Float64()
	var phases [6][7]float64
	for i := range phases {
		for j := range phases[i] {
			phases[i][j] = r.Float64() * 2 * math.Pi
		}
	}
	ridge := func(layer int, x float64) float64 {
		y, size, wave := .42+.09*float64(layer), rough*(1+.5*float64(layer)), .8+.3*float64(layer)
		for j := range 7 {
			y += size * math.Sin(wave*2*math.Pi*x+phases[layer][j])
			size, wave = size*.47, wave*2.1
		}
		return y
	}
	tops := make([][6]float64, bounds.Dx()) // by column
	for px := range tops {
		for layer := range 6 {
			tops[px][layer] = ridge(layer, float64(px)/w)
		}
	}
	shade := func(x, y float64) tint {
		column := tops[min(max(int(x*w), 0), len(tops)-1)]
		c := l.zenith.mix(l.horizon, math.Pow(min(y/.6, 1), 1.4))
		dx, dy := (x-sunX)*w/h, y-sunY
		far := math.Hypot(dx, dy)
		c = c.mix(l.sun, .75*math.Exp(-far*far/.02)+.25*math.Exp(-far/.25))
		if far < .045 {
			c = l.sun
		}
		for layer := range 6 {
			if top := column[layer]; y > top {
				c = l.far.mix(l.near, float64(layer)/5).mix(l.horizon, max(0, .5-(y-top)*2.2)*(1-float64(layer)/6))
			}
		}
		return c
	}
	img := image.NewRGBA(bounds)
	for py := range bounds.Dy() {
		for px := range bounds.Dx() {
			x, y := float64(px)/w, float64(py)/h
			var c tint
			if y > water {
				ripple := .012 * math.Sin(240*(y-water)/(.15+y-water)+9*math.Sin(7*x)) * (y - water) * 4
				c = shade(x+ripple, max(0, 2*water-y-.25*(y-water))).mix(l.near, .3+.4*(y-water))
			} else {
				c = shade(x, y)
			}
			grain := (r.Float64() - .5) * .018
			img.SetRGBA(px, py, color.RGBA{channel(c[0] + grain), channel(c[1] + grain), channel(c[2] + grain), 255})
		}
	}
	return img
}

func channel(v float64) uint8 { return uint8(255 * min(max(v, 0), 1)) }

package colour

import "homeroll/store/internal/preview/raster"

// PlainCMYK converts without a profile: ink takes light away.
func PlainCMYK(i *raster.Image) *raster.Image {
	out := raster.New(raster.RGB, i.Width, i.Height)
	for y := range i.Height {
		black := i.Planes[3].Row(y)
		for k := range 3 {
			ink, to := i.Planes[k].Row(y), out.Planes[k].Row(y)
			for x := range to {
				to[x] = byte((255 - uint32(ink[x])) * (255 - uint32(black[x])) / 255)
			}
		}
	}
	return out
}

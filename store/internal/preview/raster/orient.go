package raster

// Upright applies an EXIF orientation, 1 to 8; others mean 1.
func (i *Image) Upright(orientation int) *Image {
	if orientation < 2 || orientation > 8 {
		return i
	}
	out := &Image{Model: i.Model, Width: i.Width, Height: i.Height, StepX: i.StepX, StepY: i.StepY}
	if Turns(orientation) {
		out.Width, out.Height, out.StepX, out.StepY = i.Height, i.Width, i.StepY, i.StepX
	}
	for _, p := range i.Planes {
		out.Planes = append(out.Planes, turn(p, orientation))
	}
	return out
}

// Turns reports whether an orientation swaps width and height.
func Turns(orientation int) bool { return orientation >= 5 && orientation <= 8 }

// turn walks the upright plane row by row; the sample for (x, y) is at
// start + x·stepX + y·stepY in the stored one.
func turn(p Plane, orientation int) Plane {
	right, bottom := p.Width-1, (p.Height-1)*p.Stride
	var start, stepX, stepY int
	switch orientation {
	case 2: // mirrored
		start, stepX, stepY = right, -1, p.Stride
	case 3: // upside down
		start, stepX, stepY = bottom+right, -1, -p.Stride
	case 4: // upside down and mirrored
		start, stepX, stepY = bottom, 1, -p.Stride
	case 5: // transposed
		start, stepX, stepY = 0, p.Stride, 1
	case 6: // lies on its left side
		start, stepX, stepY = bottom, -p.Stride, 1
	case 7: // transposed the other way
		start, stepX, stepY = bottom+right, -p.Stride, -1
	case 8: // lies on its right side
		start, stepX, stepY = right, p.Stride, -1
	}
	w, h := p.Width, p.Height
	if Turns(orientation) {
		w, h = h, w
	}
	out := NewPlane(w, h)
	for y := range h {
		at := start + y*stepY
		row := out.Row(y)
		for x := range row {
			row[x] = p.Pix[at]
			at += stepX
		}
	}
	return out
}

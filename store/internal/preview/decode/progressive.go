package decode

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"homeroll/store/internal/preview/raster"
)

// progressive decodes a progressive JPEG at a fraction of its size (T.81, annex
// G). All scans have to be gone through before the first pixel is known; what is
// kept of a block until then is a bit for each coefficient, whether it is zero,
// and those coefficients alone that the small picture is made of.
type progressive struct {
	side       int      // samples of a block that are made: 8, 4, 2 or 1
	kept       [64]int8 // where a coefficient is kept, by its place in the zigzag; -1 = nowhere
	width      int      // pixels
	height     int
	mcuX, mcuY int // the largest sampling factors
	parts      []*component
	quantities [4][64]int32
	dc, ac     [4]*huffman
	interval   int // blocks, or groups of them, between restarts
}

// component is one channel.
type component struct {
	id           byte
	ssX, ssY     int
	table        byte // of quantities
	across, down int  // blocks that the picture has
	stride       int  // blocks in a row of memory, groups being whole
	values       []int16
	nonzero      []uint64
	quantities   [64]int32 // as they were at its first scan
	seen         bool
	before       int32 // DC of the block before
}

// zigzag is the order of coefficients (T.81, figure A.6).
var zigzag = [64]int{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}

// progressiveCost is the memory, in bytes, of decoding at a fraction.
func (h *jpegHead) progressiveCost(by int) int64 {
	side := int64(8 / by)
	return h.blocks() * (8 + 3*side*side)
}

// plain reports whether the channels are one, or three of which the first is the
// finest and the others are alike.
func (h *jpegHead) plain() bool {
	for _, c := range h.components {
		if c.ssX < 1 || c.ssX > 4 || c.ssY < 1 || c.ssY > 4 || h.components[0].ssX%c.ssX != 0 || h.components[0].ssY%c.ssY != 0 {
			return false
		}
	}
	n := len(h.components)
	return n == 1 || n == 3 && !h.rgb() && h.components[1].ssX == h.components[2].ssX && h.components[1].ssY == h.components[2].ssY
}

// decodeProgressive decodes at 1/by of the size. What a damaged or cut file has
// not is grey, as long as it has something.
func decodeProgressive(ctx context.Context, h *jpegHead, data []byte, by int) (*raster.Image, error) {
	d := newProgressive(h, 8/by)
	done := 0
	for at := 2; ; {
		marker, next := nextMarker(data, at)
		if next < 0 || marker == markEOI || next+2 > len(data) {
			break
		}
		at = next
		if marker == markTEM || marker == markSOI || marker&^7 == markRST0 {
			continue
		}
		end := at + int(binary.BigEndian.Uint16(data[at:]))
		if end < at+2 || end > len(data) {
			break
		}
		err := d.segment(marker, data[at+2:end])
		at = end
		if marker == markSOS && err == nil {
			if err = d.scan(ctx, data[next+2:end], data[end:]); err == nil {
				done++
			}
			at = afterScan(data, end)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil && !errors.Is(err, errScanEnds) && done == 0 {
			return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	return d.image(), nil
}

func newProgressive(h *jpegHead, side int) *progressive {
	d := &progressive{side: side, width: h.width, height: h.height, mcuX: h.components[0].ssX, mcuY: h.components[0].ssY}
	if len(h.components) == 1 { // its factors mean nothing (T.81, A.2.2)
		d.mcuX, d.mcuY = 1, 1
	}
	for k, at := range zigzag {
		d.kept[k] = -1
		if x, y := at%8, at/8; x < side && y < side {
			d.kept[k] = int8(y*side + x)
		}
	}
	for _, c := range h.components {
		p := &component{id: c.id, ssX: c.ssX, ssY: c.ssY, table: c.table & 3}
		if len(h.components) == 1 {
			p.ssX, p.ssY = 1, 1
		}
		groups := func(pixels, of int) int { return (pixels + 8*of - 1) / (8 * of) }
		blocks := func(pixels, factor, of int) int { return ((pixels*factor+of-1)/of + 7) / 8 }
		p.across, p.down = blocks(h.width, p.ssX, d.mcuX), blocks(h.height, p.ssY, d.mcuY)
		p.stride = groups(h.width, d.mcuX) * p.ssX
		n := p.stride * groups(h.height, d.mcuY) * p.ssY
		p.values, p.nonzero = make([]int16, n*side*side), make([]uint64, n)
		d.parts = append(d.parts, p)
	}
	return d
}

// segment takes over tables.
func (d *progressive) segment(marker byte, b []byte) error {
	switch marker {
	case markDQT:
		for len(b) > 0 {
			wide, to, size := int(b[0]>>4), b[0]&3, 64
			if wide > 0 {
				size = 128
			}
			if len(b) < 1+size {
				return errors.New("table of quantities is cut off")
			}
			for k := range 64 {
				if wide > 0 {
					d.quantities[to][k] = int32(binary.BigEndian.Uint16(b[1+2*k:]))
				} else {
					d.quantities[to][k] = int32(b[1+k])
				}
			}
			b = b[1+size:]
		}
	case markDHT:
		for len(b) > 0 {
			to := b[0]
			h, rest, ok := newHuffman(b[1:])
			if !ok {
				return errors.New("table of codes is damaged")
			}
			if b = rest; to>>4 == 0 {
				d.dc[to&3] = h
			} else {
				d.ac[to&3] = h
			}
		}
	case markDRI:
		if len(b) >= 2 {
			d.interval = int(binary.BigEndian.Uint16(b))
		}
	}
	return nil
}

// image makes the samples of all blocks.
func (d *progressive) image() *raster.Image {
	by := 8 / d.side
	w, h := (d.width+by-1)/by, (d.height+by-1)/by
	out := &raster.Image{Model: raster.Grey, Width: w, Height: h, StepX: 1, StepY: 1}
	if len(d.parts) == 3 {
		out.Model, out.StepX, out.StepY = raster.YCbCr, d.mcuX/d.parts[1].ssX, d.mcuY/d.parts[1].ssY
	}
	transform := newTransform(d.side)
	for _, p := range d.parts {
		stepX, stepY := d.mcuX/p.ssX, d.mcuY/p.ssY
		plane := raster.Plane{Stride: p.stride * d.side, Width: (w + stepX - 1) / stepX, Height: (h + stepY - 1) / stepY}
		rows := len(p.nonzero) / p.stride
		plane.Pix = make([]byte, plane.Stride*rows*d.side)
		size := d.side * d.side
		quantities := d.natural(p)
		for b := range p.nonzero {
			x, y := b%p.stride, b/p.stride
			transform.block(p.values[b*size:][:size], &quantities, plane.Pix[y*d.side*plane.Stride+x*d.side:], plane.Stride)
		}
		out.Planes = append(out.Planes, plane)
	}
	return out
}

// natural returns the quantities of a channel in the order of its values.
func (d *progressive) natural(p *component) (all [64]int32) {
	for k, to := range d.kept {
		if to >= 0 {
			all[to] = p.quantities[k]
		}
	}
	return all
}

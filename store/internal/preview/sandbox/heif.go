package sandbox

import (
	"context"
	"encoding/binary"
	"fmt"
	"image"
)

// What libheif calls its colour spaces and chroma formats.
const (
	spaceYCbCr = 0
	spaceGrey  = 2

	chroma420 = 1
	chroma422 = 2
	chroma444 = 3
)

// planeAlign is to what libheif rounds the width of a plane, planeLeast the
// least that it takes.
const (
	planeAlign = 16
	planeLeast = 64
)

// DecodeHEIF decodes a file that holds one coded image of a known size, to 8
// bits. The image is a view: use it before the next call.
func (i *Instance) DecodeHEIF(ctx context.Context, file []byte, width, height int) (image.Image, error) {
	in, err := i.put(ctx, file)
	if err != nil {
		return nil, err
	}
	defer i.free(ctx, in)
	const facts = 5 * 4 // width, height, space, chroma, premultiplied
	about, err := i.alloc(ctx, facts)
	if err != nil {
		return nil, err
	}
	defer i.free(ctx, about)
	decode := func(headerOnly uint64, out uint32) error {
		done, err := i.call(ctx, "decode", uint64(in), uint64(len(file)), headerOnly, uint64(about), uint64(about+4),
			uint64(about+8), uint64(about+12), uint64(about+16), uint64(out))
		if err == nil && done == 0 {
			err = ErrRefused
		}
		return err
	}
	if err := decode(1, 0); err != nil {
		return nil, err
	}
	view, err := i.read(about, facts)
	if err != nil {
		return nil, err
	}
	w, h := int(binary.LittleEndian.Uint32(view)), int(binary.LittleEndian.Uint32(view[4:]))
	if w != width || h != height {
		return nil, fmt.Errorf("%w: it is %d×%d, not %d×%d", ErrRefused, w, h, width, height)
	}
	planes, err := layout(w, h, binary.LittleEndian.Uint32(view[8:]), binary.LittleEndian.Uint32(view[12:]))
	if err != nil {
		return nil, err
	}
	out, err := i.canvas(ctx, planes.size)
	if err != nil {
		return nil, err
	}
	if err := decode(0, out); err != nil {
		return nil, err
	}
	pixels, err := i.read(out, planes.size)
	if err != nil {
		return nil, err
	}
	return planes.image(pixels), nil
}

// heifPlanes says where in the output the planes are.
type heifPlanes struct {
	rect                 image.Rectangle
	grey                 bool
	ratio                image.YCbCrSubsampleRatio
	stride, chromaStride int // bytes a row of luma, of chroma
	luma, chroma         int // bytes a plane
	size                 int
}

func layout(w, h int, space, chroma uint32) (heifPlanes, error) {
	p := heifPlanes{rect: image.Rect(0, 0, w, h), stride: aligned(w)}
	p.luma = p.stride * h
	if space == spaceGrey {
		p.grey, p.size = true, p.luma
		return p, nil
	}
	cw, ch := (w+1)/2, (h+1)/2
	switch chroma {
	case chroma420:
		p.ratio = image.YCbCrSubsampleRatio420
	case chroma422:
		p.ratio, ch = image.YCbCrSubsampleRatio422, h
	case chroma444:
		p.ratio, cw, ch = image.YCbCrSubsampleRatio444, w, h
	}
	if space != spaceYCbCr || chroma < chroma420 || chroma > chroma444 {
		return p, fmt.Errorf("%w: colour space %d, chroma %d", ErrRefused, space, chroma)
	}
	p.chromaStride = aligned(cw)
	p.chroma = p.chromaStride * ch
	p.size = p.luma + 2*p.chroma
	return p, nil
}

func aligned(n int) int { return (max(n, planeLeast) + planeAlign - 1) / planeAlign * planeAlign }

func (p heifPlanes) image(pixels []byte) image.Image {
	if p.grey {
		return &image.Gray{Pix: pixels, Stride: p.stride, Rect: p.rect}
	}
	return &image.YCbCr{
		Y:              pixels[:p.luma],
		Cb:             pixels[p.luma : p.luma+p.chroma],
		Cr:             pixels[p.luma+p.chroma:],
		YStride:        p.stride,
		CStride:        p.chromaStride,
		SubsampleRatio: p.ratio,
		Rect:           p.rect,
	}
}

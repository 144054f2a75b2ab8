package sandbox

import (
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"slices"
)

// DecodeAVIF decodes the first picture of a file of a known size, its colours
// multiplied by alpha, to 8 bits. The image is a view: use it before the next call.
func (i *Instance) DecodeAVIF(ctx context.Context, file []byte, width, height int) (*image.RGBA, error) {
	in, err := i.put(ctx, file)
	if err != nil {
		return nil, err
	}
	defer i.free(ctx, in)
	const facts = 4*4 + 8 // width, height, depth, count; duration
	about, err := i.alloc(ctx, facts)
	if err != nil {
		return nil, err
	}
	defer i.free(ctx, about)
	decode := func(headerOnly uint64, out uint32) error {
		done, err := i.call(ctx, "decode", uint64(in), uint64(len(file)), headerOnly, 0, uint64(about), uint64(about+4),
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
	sample := 1
	if binary.LittleEndian.Uint32(view[8:]) > 8 {
		sample = 2
	}
	size := w * h * 4 * sample
	out, err := i.canvas(ctx, size)
	if err != nil {
		return nil, err
	}
	pixels, err := i.read(out, size)
	if err != nil {
		return nil, err
	}
	clear(pixels) // a picture that fails to decode is left as it was
	if err := decode(0, out); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(pixels, func(b byte) bool { return b != 0 }) {
		return nil, fmt.Errorf("%w: it has no pixels", ErrRefused)
	}
	return &image.RGBA{Pix: narrow(pixels, sample), Stride: 4 * w, Rect: image.Rect(0, 0, w, h)}, nil
}

// narrow makes 8-bit samples of samples of that many bytes, in place.
func narrow(pixels []byte, sample int) []byte {
	if sample == 1 {
		return pixels
	}
	n := len(pixels) / 2
	for k := range n {
		pixels[k] = pixels[2*k+1] // little endian
	}
	return pixels[:n]
}

// Package decode turns the bytes of still pictures into pixels, of no more
// than the size that is wanted where the format allows it. Every file is taken
// for a bomb: before a decoder runs, its header has been read and what decoding
// will cost has been compared with the limits.
//
// The limits, all in [Limits], bound memory by the pixels that a header claims
// and time by the pixels times the passes over them. Decoders of third parties
// that panic on odd bytes, or never end, are contained: a panic is an error, and
// reading fails once the context has ended.
package decode

import (
	"context"
	"errors"
	"fmt"
	"io"

	"homeroll/store/internal/preview/colour"
	"homeroll/store/internal/preview/raster"
	"homeroll/store/internal/preview/sandbox"
)

// Errors that callers branch on.
var (
	// ErrUnknown: no decoder takes this format.
	ErrUnknown = errors.New("no decoder for this type")
	// ErrTooLarge: decoding would cost more than is allowed.
	ErrTooLarge = errors.New("picture is too large to be decoded")
	// ErrDamaged: the bytes do not decode.
	ErrDamaged = errors.New("picture is damaged")
)

// Limits are what one decode may cost.
type Limits struct {
	// Memory in bytes: of the file where it is read as a whole, the decoder and
	// the pixels together.
	Memory int64
	// Pixels that a file may claim. Beyond what memory bounds, it bounds time
	// for formats that are decoded piecewise.
	Pixels int64
}

// Defaults are limits that a device of 1 GB bears: 260 million pixels of a
// baseline JPEG or a tiled HEIC, 200 million of a progressive JPEG, 50 million of a PNG.
func Defaults() Limits { return Limits{Memory: 256 << 20, Pixels: 1 << 28} }

// Source is a file.
type Source struct {
	File io.ReaderAt
	Size int64 // bytes
	Want int   // pixels of the longer edge that are enough
}

// Result is a decoded picture, not smaller than wanted unless it is so itself.
type Result struct {
	Image *raster.Image
	// Coding and Profile bring the image to sRGB, in this order.
	Coding  colour.Coding
	Profile *colour.Profile
	// Orientation is what the container prescribes, as an EXIF value; 0 = the
	// container says nothing, EXIF holds.
	Orientation int
	// Cut: the file ends before its picture does. What is missing is grey or black.
	Cut bool
}

// SRGB scales to a longer edge, brings to sRGB and turns upright. It is Grey,
// YCbCr or RGB.
func (r Result) SRGB(longer, orientation int) *raster.Image {
	if r.Orientation != 0 {
		orientation = r.Orientation
	}
	i := r.Image.Scale(raster.Fit(r.Image.Width, r.Image.Height, longer))
	if !r.Coding.AsJFIF() || (r.Profile != nil && i.Model == raster.YCbCr) {
		i = r.Coding.RGB(i)
	}
	i = r.Profile.ToSRGB(i)
	if i.Model == raster.CMYK {
		i = colour.PlainCMYK(i)
	}
	return i.Upright(orientation)
}

// Decoder decodes one picture at a time; it is not safe for concurrent use.
type Decoder struct {
	Limits Limits
	heif   *sandbox.Codec // nil until it is needed
}

// Close frees what decoders keep from picture to picture.
func (d *Decoder) Close() error {
	if d.heif == nil {
		return nil
	}
	return d.heif.Close()
}

// magicSize is how much of a file tells its format.
const magicSize = 32

// Still decodes a picture. ErrUnknown, ErrTooLarge, ErrDamaged, the context's
// error, or a failure to read.
func (d *Decoder) Still(ctx context.Context, src Source) (r Result, err error) {
	magic := make([]byte, min(magicSize, src.Size))
	if _, err := src.File.ReadAt(magic, 0); err != nil && !errors.Is(err, io.EOF) {
		return r, fmt.Errorf("read picture: %w", err)
	}
	format := formatOf(magic)
	if format == nil {
		return r, ErrUnknown
	}
	in := &input{ctx: ctx, source: src, limits: d.Limits}
	defer func() {
		if p := recover(); p != nil {
			r, err = Result{}, fmt.Errorf("%w: decoder panics: %v", ErrDamaged, p)
		}
		err = in.explain(err)
	}()
	return format(d, in)
}

// input is a file that is read until its context ends.
type input struct {
	ctx    context.Context // of the one decode
	source Source
	limits Limits
	failed error // of reading, which is no damage
}

// ReadAt implements io.ReaderAt.
func (in *input) ReadAt(p []byte, at int64) (int, error) {
	if err := in.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := in.source.File.ReadAt(p, at)
	if err != nil && !errors.Is(err, io.EOF) {
		in.failed = err
	}
	return n, err
}

// stream returns the file from its beginning.
func (in *input) stream() *io.SectionReader { return io.NewSectionReader(in, 0, in.source.Size) }

// all reads the whole file; beside it, other bytes are needed.
func (in *input) all(other int64) ([]byte, error) {
	if err := in.afford(in.source.Size + other); err != nil {
		return nil, err
	}
	data := make([]byte, in.source.Size)
	if _, err := io.ReadFull(in.stream(), data); err != nil {
		return nil, err
	}
	return data, nil
}

// afford refuses what needs more than the memory that is allowed.
func (in *input) afford(bytes int64) error {
	if bytes > in.limits.Memory {
		return fmt.Errorf("%w: it needs %d MB of memory, %d are allowed", ErrTooLarge, bytes>>20, in.limits.Memory>>20)
	}
	return nil
}

// pixels refuses sizes that are not sizes, and too many pixels.
func (in *input) pixels(w, h int) error {
	if w <= 0 || h <= 0 {
		return fmt.Errorf("%w: its size is %d×%d", ErrDamaged, w, h)
	}
	if int64(w)*int64(h) > in.limits.Pixels {
		return fmt.Errorf("%w: %d×%d", ErrTooLarge, w, h)
	}
	return nil
}

// explain tells damage from failures that are not the picture's.
func (in *input) explain(err error) error {
	switch {
	case err == nil:
		return nil
	case in.failed != nil:
		return fmt.Errorf("read picture: %w", in.failed)
	case in.ctx.Err() != nil:
		return in.ctx.Err()
	case errors.Is(err, ErrTooLarge), errors.Is(err, ErrDamaged), errors.Is(err, ErrUnknown):
		return err
	}
	return fmt.Errorf("%w: %w", ErrDamaged, err)
}

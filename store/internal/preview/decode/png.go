package decode

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
	"io"

	"homeroll/store/internal/preview/colour"
	"homeroll/store/internal/preview/raster"
)

// maxChunks bounds how many chunks are looked at before the pixels.
const maxChunks = 256

// png decodes a PNG; of an animated one, the picture that stands for it.
func (d *Decoder) png(in *input) (Result, error) {
	config, err := png.DecodeConfig(in.stream())
	if err != nil {
		return Result{}, err
	}
	if err := in.pixels(config.Width, config.Height); err != nil {
		return Result{}, err
	}
	r := Result{Coding: colour.JFIF}
	interlaced := in.pngColours(&r)
	need := int64(config.Width) * int64(config.Height) * pixelBytes(config.ColorModel)
	if interlaced { // passes are pictures of their own
		need += need / 2
	}
	if err := in.afford(need); err != nil {
		return Result{}, err
	}
	img, err := png.Decode(bufio.NewReaderSize(in.stream(), 64<<10))
	if err != nil {
		return Result{}, err
	}
	r.Image = in.reduced(img)
	return r, nil
}

// reduced takes a whole image, shrunk to what is wanted.
func (in *input) reduced(img image.Image) *raster.Image {
	return raster.From(img, raster.Step(max(img.Bounds().Dx(), img.Bounds().Dy()), in.source.Want))
}

// pixelBytes is what the decoders of the standard library spend on a pixel.
func pixelBytes(m color.Model) int64 {
	switch m {
	case color.GrayModel:
		return 1
	case color.Gray16Model:
		return 3 // and its upper half
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	case color.RGBAModel, color.NRGBAModel, color.YCbCrModel, color.NYCbCrAModel:
		return 4
	}
	if _, ok := m.(color.Palette); ok {
		return 1
	}
	return 8
}

// pngColours reads the chunks that say what the colours are (PNG, third edition,
// 11.3.2), the most binding first: cICP, iCCP, sRGB.
func (in *input) pngColours(r *Result) (interlaced bool) {
	at := int64(8)
	for range maxChunks {
		var head [8]byte
		if _, err := in.ReadAt(head[:], at); err != nil {
			return interlaced
		}
		length := int64(binary.BigEndian.Uint32(head[:]))
		body := io.NewSectionReader(in, at+8, length)
		switch string(head[4:]) {
		case "IHDR":
			var b [13]byte
			_, err := io.ReadFull(body, b[:])
			interlaced = err == nil && b[12] == 1
		case "cICP":
			var b [4]byte
			if _, err := io.ReadFull(body, b[:]); err == nil {
				r.Profile = colour.Coding{Primaries: int(b[0]), Transfer: int(b[1]), Full: true}.Profile()
				return interlaced
			}
		case "iCCP":
			r.Profile = colour.Parse(packedProfile(body))
		case "IDAT":
			return interlaced
		}
		at += 12 + length
	}
	return interlaced
}

// packedProfile unpacks an iCCP chunk: a name, a zero, the method, zlib data.
func packedProfile(chunk io.Reader) []byte {
	packed, err := io.ReadAll(io.LimitReader(chunk, colour.MaxICC))
	if err != nil {
		return nil
	}
	name := bytes.IndexByte(packed, 0)
	if name < 0 || name+2 > len(packed) {
		return nil
	}
	z, err := zlib.NewReader(bytes.NewReader(packed[name+2:]))
	if err != nil {
		return nil
	}
	profile, err := io.ReadAll(io.LimitReader(z, colour.MaxICC+1))
	if err != nil {
		return nil
	}
	return profile
}

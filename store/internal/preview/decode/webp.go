package decode

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"

	"golang.org/x/image/webp"

	"homeroll/store/internal/preview/colour"
	"homeroll/store/internal/preview/raster"
)

// vp8Coding is BT.601 in the range of television (RFC 6386, 9.2).
var vp8Coding = colour.Coding{Primaries: 1, Transfer: 13, Matrix: 6}

// vp8PixelBytes is 4:2:0 and alpha; vp8lPixelBytes the picture, what its
// transforms read it from, and its codes.
const (
	vp8PixelBytes  = 3
	vp8lPixelBytes = 12
)

// webp decodes a WebP; of an animated one, the first picture.
func (d *Decoder) webp(in *input) (Result, error) {
	data, err := in.all(0)
	if err != nil {
		return Result{}, err
	}
	file := readWebP(data)
	still := file.still()
	config, err := webp.DecodeConfig(bytes.NewReader(still))
	if err != nil {
		return Result{}, err
	}
	w, h := max(config.Width, file.width), max(config.Height, file.height)
	if err := in.pixels(w, h); err != nil {
		return Result{}, err
	}
	each := int64(vp8PixelBytes)
	if file.lossless {
		each = vp8lPixelBytes
	}
	if err := in.afford(int64(2*len(data)) + each*int64(w)*int64(h)); err != nil {
		return Result{}, err
	}
	img, err := webp.Decode(bytes.NewReader(still))
	if err != nil {
		return Result{}, err
	}
	r := Result{Coding: vp8Coding, Profile: colour.Parse(file.icc), Cut: cutRIFF(data)}
	switch s := img.(type) {
	case *image.YCbCr:
		r.Image = in.reduced(s)
	case *image.NYCbCrA:
		r.Image = vp8Coding.RGB(in.reduced(&s.YCbCr))
		overWhite(r.Image, in.reduced(&image.Gray{Pix: s.A, Stride: s.AStride, Rect: s.Rect}))
	default:
		r.Image = in.reduced(img)
	}
	return r, nil
}

// overWhite lays an RGB image over white.
func overWhite(i, alpha *raster.Image) {
	for y := range i.Height {
		opaque := alpha.Planes[0].Row(y)
		for _, p := range i.Planes {
			row := p.Row(y)
			for x, a := range opaque {
				row[x] = byte((uint32(row[x])*uint32(a) + 255*(255-uint32(a)) + 127) / 255)
			}
		}
	}
}

// webpFile is what the chunks of a WebP hold (RFC 9649, 2).
type webpFile struct {
	width, height int // of the canvas, if it is said
	icc           []byte
	lossless      bool
	alpha, image  []byte // chunks with their heads, of the first picture
	whole         []byte
	animated      bool
}

func readWebP(data []byte) *webpFile {
	f := &webpFile{whole: data}
	f.chunks(data[12:], 0)
	return f
}

// frameHead is what comes before the chunks of a frame.
const frameHead = 16

// chunks walks chunks; those of a frame are one level down, and no further.
func (f *webpFile) chunks(data []byte, depth int) {
	for len(data) >= 8 && f.image == nil {
		length := int(binary.LittleEndian.Uint32(data[4:]))
		if length < 0 || length > len(data)-8 {
			length = len(data) - 8
		}
		chunk, body := data[:8+length], data[8:8+length]
		switch string(data[:4]) {
		case "VP8X":
			if length >= 10 {
				f.width, f.height = 1+uint24(body[4:]), 1+uint24(body[7:])
			}
		case "ICCP":
			f.icc = body
		case "ANMF":
			if depth == 0 && length > frameHead {
				f.animated = true
				f.width, f.height = 1+uint24(body[6:]), 1+uint24(body[9:])
				f.chunks(body[frameHead:], 1)
			}
		case "ALPH":
			f.alpha = chunk
		case "VP8 ", "VP8L":
			f.lossless = data[3] == 'L'
			f.image = chunk
		}
		data = data[min(8+length+length%2, len(data)):]
	}
}

// cutRIFF reports whether the file, or a chunk of it, is longer than there are
// bytes; one that only pads a chunk may be missing.
func cutRIFF(data []byte) bool {
	whole := int64(binary.LittleEndian.Uint32(data[4:])) + 8
	if whole > int64(len(data))+1 {
		return true
	}
	for rest := data[12:max(12, min(whole, int64(len(data))))]; len(rest) >= 8; {
		length := int64(binary.LittleEndian.Uint32(rest[4:])) + 8
		if length > int64(len(rest)) {
			return true
		}
		rest = rest[min(length+length%2, int64(len(rest))):]
	}
	return false
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// still returns the file, or one that is made of the first picture of an animation.
func (f *webpFile) still() []byte {
	if !f.animated || f.image == nil {
		return f.whole
	}
	var flags byte
	if f.alpha != nil {
		flags = 0x10
	}
	w, h := f.width-1, f.height-1
	body := []byte("WEBPVP8X\x0a\x00\x00\x00")
	body = append(body, flags, 0, 0, 0, byte(w), byte(w>>8), byte(w>>16), byte(h), byte(h>>8), byte(h>>16))
	for _, chunk := range [][]byte{f.alpha, f.image} {
		body = append(body, chunk...)
		if len(chunk)%2 == 1 {
			body = append(body, 0)
		}
	}
	return fmt.Appendf(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), "%s", body)
}

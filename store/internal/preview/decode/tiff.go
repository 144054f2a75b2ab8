package decode

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"

	"golang.org/x/image/tiff"

	"homeroll/store/internal/preview/colour"
)

func (d *Decoder) tiff(in *input) (Result, error) {
	config, err := tiff.DecodeConfig(in.stream())
	if err != nil {
		return Result{}, tiffError(err)
	}
	if err := in.pixels(config.Width, config.Height); err != nil {
		return Result{}, err
	}
	// The decoder keeps one strip or tile beside the picture, which may be all of it.
	need := 2 * int64(config.Width) * int64(config.Height) * pixelBytes(config.ColorModel)
	if err := in.afford(need); err != nil {
		return Result{}, err
	}
	img, err := tiff.Decode(in.stream())
	if err != nil {
		return Result{}, tiffError(err)
	}
	wholePalette(img)
	return Result{Image: in.reduced(img), Coding: colour.JFIF, Profile: colour.Parse(in.tiffProfile())}, nil
}

// wholePalette makes colours of 16 bits of those that some writers state in 8:
// where none has more than that, the palette is not as dark as it says.
func wholePalette(img image.Image) {
	p, ok := img.(*image.Paletted)
	if !ok {
		return
	}
	most := uint32(0)
	for _, c := range p.Palette {
		r, g, b, _ := c.RGBA()
		most = max(most, r, g, b)
	}
	if most > 0xff {
		return
	}
	for k, c := range p.Palette {
		r, g, b, _ := c.RGBA()
		p.Palette[k] = color.RGBA{uint8(r), uint8(g), uint8(b), 255}
	}
}

// tiffError tells kinds of TIFF that are not decoded here from damage.
func tiffError(err error) error {
	var kind tiff.UnsupportedError
	if errors.As(err, &kind) {
		return fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	return err
}

// tagICC is InterColorProfile (ICC.1:2022, B.2).
const tagICC = 34675

// maxEntries bounds a directory.
const maxEntries = 1024

// tiffProfile returns the profile of the first directory; nil = none.
func (in *input) tiffProfile() []byte {
	var head [8]byte
	if _, err := in.ReadAt(head[:], 0); err != nil {
		return nil
	}
	var order binary.ByteOrder = binary.LittleEndian
	if head[0] == 'M' {
		order = binary.BigEndian
	}
	at := int64(order.Uint32(head[4:]))
	var count [2]byte
	if _, err := in.ReadAt(count[:], at); err != nil {
		return nil
	}
	for k := range min(int(order.Uint16(count[:])), maxEntries) {
		var entry [12]byte
		if _, err := in.ReadAt(entry[:], at+2+12*int64(k)); err != nil {
			return nil
		}
		if order.Uint16(entry[:]) != tagICC {
			continue
		}
		length := order.Uint32(entry[4:])
		if length > colour.MaxICC {
			return nil
		}
		profile := make([]byte, length)
		if _, err := in.ReadAt(profile, int64(order.Uint32(entry[8:]))); err != nil {
			return nil
		}
		return profile
	}
	return nil
}

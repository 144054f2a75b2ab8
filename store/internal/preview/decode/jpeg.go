package decode

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"slices"

	"github.com/gen2brain/jpegn"

	"homeroll/store/internal/preview/colour"
	"homeroll/store/internal/preview/raster"
)

// maxVisits bounds the time of a JPEG with many scans: blocks that are passed
// over. A photo of 50 million pixels in 10 scans needs 10 million; this is some seconds.
const maxVisits = 100e6

// coefficientBytes is what a block of a progressive JPEG takes until its last scan.
const coefficientBytes = 64 * 4

func (d *Decoder) jpeg(in *input) (Result, error) {
	data, err := in.all(0)
	if err != nil {
		return Result{}, err
	}
	return decodeJPEG(in, data)
}

func decodeJPEG(in *input, data []byte) (Result, error) {
	h, err := readJPEG(data)
	if err != nil {
		return Result{}, err
	}
	if err := in.pixels(h.width, h.height); err != nil {
		return Result{}, err
	}
	if h.visits > maxVisits {
		return Result{}, fmt.Errorf("%w: it has %d scans of %d×%d pixels", ErrTooLarge, h.scans, h.width, h.height)
	}
	inverted := len(h.components) == 4 && !h.adobe
	if inverted { // decoders want to be told
		data = slices.Concat(data[:2], adobeSegment, data[2:])
	}
	r, err := h.decode(in, data)
	if err != nil {
		return Result{}, err
	}
	if inverted {
		invert(r)
	}
	if r.Model == raster.YCbCr {
		greyMissing(r)
	}
	return Result{
		Image: r, Coding: colour.JFIF, Profile: colour.Parse(h.icc),
		Cut: (!h.ended || flatEnd(r)) && h.cut(in, data),
	}, nil
}

// adobeSegment says that four components are CMYK (Adobe technical note 5116).
var adobeSegment = []byte{0xff, markAPP14, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0}

// decode tries the quick decoder, which scales while it decodes, and then the
// standard library's, which takes more kinds; a progressive one for which both
// want too much memory is left to the one that keeps less of it.
func (h *jpegHead) decode(in *input, data []byte) (*raster.Image, error) {
	img, err := h.decodeWhole(in, data)
	if scale := h.scale(in.source.Want); errors.Is(err, ErrTooLarge) && h.progressive() && h.plain() &&
		in.afford(int64(len(data))+h.progressiveCost(scale)) == nil {
		return decodeProgressive(in.ctx, h, data, scale)
	}
	if err != nil {
		return nil, err
	}
	return raster.From(img, raster.Step(max(img.Bounds().Dx(), img.Bounds().Dy()), in.source.Want)), nil
}

func (h *jpegHead) decodeWhole(in *input, data []byte) (image.Image, error) {
	fileBytes := int64(len(data))
	var err error
	if h.quick() {
		scale := h.scale(in.source.Want)
		need := fileBytes + h.samples()/int64(scale*scale)*2
		if h.progressive() {
			need += h.blocks() * coefficientBytes
		}
		if err := in.afford(need); err != nil {
			return nil, err
		}
		var img image.Image
		if img, err = jpegn.Decode(bytes.NewReader(data), &jpegn.Options{ScaleDenom: scale}); err == nil {
			return img, nil
		}
	}
	if tooLarge := in.afford(fileBytes + h.wholeCost()); tooLarge != nil {
		return nil, tooLarge
	}
	img, second := jpeg.Decode(bytes.NewReader(data))
	if second != nil && err == nil {
		err = second
	}
	if second != nil {
		return nil, err
	}
	return img, nil
}

// wholeCost is the memory in bytes that the standard library's decoder takes.
func (h *jpegHead) wholeCost() int64 {
	cost := h.samples() * 2
	if h.progressive() {
		cost += h.blocks() * coefficientBytes
	}
	return cost
}

// quick reports whether the quick decoder gets it right: not where the scans of
// a baseline JPEG hold one component each, nor where four components differ in size.
func (h *jpegHead) quick() bool {
	if !h.progressive() && h.firstScan < len(h.components) {
		return false
	}
	return len(h.components) != 4 || !h.subsampled()
}

// scale returns the largest denominator that leaves enough pixels.
func (h *jpegHead) scale(want int) int {
	for _, by := range []int{8, 4, 2} {
		if (max(h.width, h.height)+by-1)/by >= want {
			return by
		}
	}
	return 1
}

func invert(i *raster.Image) {
	for _, p := range i.Planes {
		for y := range p.Height {
			row := p.Row(y)
			for x := range row {
				row[x] = 255 - row[x]
			}
		}
	}
}

// greyMissing paints grey what a damaged file left out: there, all samples are
// zero, a colour that does not exist.
func greyMissing(i *raster.Image) {
	luma, cb, cr := i.Planes[0], i.Planes[1], i.Planes[2]
	for y := range cb.Height {
		us, vs := cb.Row(y), cr.Row(y)
		for x := range us {
			if us[x] != 0 || vs[x] != 0 {
				continue
			}
			us[x], vs[x] = 128, 128
			for ly := y * i.StepY; ly < min((y+1)*i.StepY, luma.Height); ly++ {
				row := luma.Row(ly)
				for lx := x * i.StepX; lx < min((x+1)*i.StepX, luma.Width); lx++ {
					if row[lx] == 0 {
						row[lx] = 128
					}
				}
			}
		}
	}
}

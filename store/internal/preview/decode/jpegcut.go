package decode

import (
	"bytes"
	"errors"
	"image/jpeg"
	"io"

	"homeroll/store/internal/preview/raster"
)

// endOfImage ends a JPEG.
var endOfImage = []byte{0xff, markEOI}

// cut reports whether the samples of a JPEG end before the picture does. The
// quick decoder does not tell, so a JPEG that lacks its end, or in which the
// last samples are all alike, is given an end and decoded again by one that does: where nothing
// else than the end was missing, it is content.
func (h *jpegHead) cut(in *input, data []byte) bool {
	if in.afford(int64(len(data))+h.wholeCost()) != nil {
		return !h.ended
	}
	_, err := jpeg.Decode(io.MultiReader(bytes.NewReader(data), bytes.NewReader(endOfImage)))
	var unsupported jpeg.UnsupportedError
	return err != nil && !errors.As(err, &unsupported)
}

// flatEnd reports whether the last row of a picture is of one colour, as it is
// where a decoder had to make it up.
func flatEnd(i *raster.Image) bool {
	for _, p := range i.Planes {
		row := p.Row(p.Height - 1)
		if bytes.Count(row, row[:1]) < len(row) {
			return false
		}
	}
	return true
}

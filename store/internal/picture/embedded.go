package picture

import "io"

// Embedded is a JPEG within a file: the preview of a RAW, or a thumbnail.
type Embedded struct {
	Offset int64 // in the file
	Length int64 // bytes
	// Width and Height in pixels as stored; 0 = not known.
	Width, Height int
	// Orientation is the EXIF value to apply on display; 1 if none.
	Orientation int
}

// Previews returns the JPEGs that are embedded in a RAW, a TIFF or a JPEG, the
// largest first. They begin like JPEGs and lie within the file; whether they
// decode is for the decoder to say.
func Previews(_ io.ReaderAt, _ int64) []Embedded {
	return nil
}

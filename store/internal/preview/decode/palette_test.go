package decode

import (
	"image"
	"image/color"
	"testing"
)

// Some writers state the colours of a TIFF in 8 bits where 16 belong.
func TestAPaletteOfEightBitsIsNotDark(t *testing.T) {
	dark := image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.RGBA64{0, 128, 255, 0xffff}})
	wholePalette(dark)
	if got := dark.Palette[0]; got != (color.RGBA{0, 128, 255, 255}) {
		t.Errorf("%v", got)
	}
	whole := image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.RGBA64{0, 128, 256, 0xffff}})
	wholePalette(whole)
	if got := whole.Palette[0]; got != (color.RGBA64{0, 128, 256, 0xffff}) {
		t.Errorf("%v", got)
	}
}

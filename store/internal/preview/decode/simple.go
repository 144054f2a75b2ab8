package decode

import (
	"bufio"
	"image"
	"image/gif"

	"golang.org/x/image/bmp"

	"homeroll/store/internal/preview/colour"
	"homeroll/store/internal/preview/raster"
)

// gif decodes the first picture, on the canvas that all share.
func (d *Decoder) gif(in *input) (Result, error) {
	config, err := gif.DecodeConfig(in.stream())
	if err != nil {
		return Result{}, err
	}
	if err := in.pixels(config.Width, config.Height); err != nil {
		return Result{}, err
	}
	const canvasBytes = 1 + 3
	if err := in.afford(int64(config.Width) * int64(config.Height) * canvasBytes); err != nil {
		return Result{}, err
	}
	img, err := gif.Decode(bufio.NewReaderSize(in.stream(), 64<<10))
	if err != nil {
		return Result{}, err
	}
	cut := cutGIF(bufio.NewReaderSize(in.stream(), 64<<10))
	if img.Bounds() == image.Rect(0, 0, config.Width, config.Height) {
		return Result{Image: in.reduced(img), Coding: colour.JFIF, Cut: cut}, nil
	}
	canvas := raster.New(raster.RGB, config.Width, config.Height)
	canvas.White()
	raster.Lay(canvas, img, img.Bounds().Min)
	return Result{Image: canvas, Coding: colour.JFIF, Cut: cut}, nil
}

func (d *Decoder) bmp(in *input) (Result, error) {
	config, err := bmp.DecodeConfig(in.stream())
	if err != nil {
		return Result{}, err
	}
	if err := in.pixels(config.Width, config.Height); err != nil {
		return Result{}, err
	}
	if err := in.afford(int64(config.Width) * int64(config.Height) * pixelBytes(config.ColorModel)); err != nil {
		return Result{}, err
	}
	img, err := bmp.Decode(bufio.NewReaderSize(in.stream(), 64<<10))
	if err != nil {
		return Result{}, err
	}
	return Result{Image: in.reduced(img), Coding: colour.JFIF}, nil
}

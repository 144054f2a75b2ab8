package preview

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"homeroll/store/internal/preview/decode"
	"homeroll/store/internal/preview/poster"
	"homeroll/store/internal/preview/raster"
)

// renderVideo lets ffmpeg take a frame and treats it like any JPEG.
func (c *Cache) renderVideo(ctx context.Context, src Source) (*raster.Image, error) {
	if c.ffmpeg == "" {
		return nil, errNoFFmpeg
	}
	if src.Path == "" {
		return nil, errors.New("take a frame: the video has no path")
	}
	frame, err := poster.Frame(ctx, c.ffmpeg, src.Path, src.Picture.Duration, int(Large))
	switch {
	case errors.Is(err, poster.ErrTooSlow):
		return nil, fmt.Errorf("%w: %w", ErrTooLarge, err)
	case errors.Is(err, poster.ErrNoFrame):
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	case err != nil:
		return nil, err
	}
	r, err := c.decoder.Still(ctx, decode.Source{File: bytes.NewReader(frame), Size: int64(len(frame)), Want: int(Large)})
	if err != nil {
		return nil, err
	}
	return r.SRGB(int(Large), 1), nil // ffmpeg has turned it
}

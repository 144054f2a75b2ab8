package preview

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"homeroll/store/internal/preview/decode"
	"homeroll/store/internal/preview/poster"
)

// renderVideo lets ffmpeg take a frame and treats it like any JPEG.
func (c *Cache) renderVideo(ctx context.Context, src Source) (rendering, error) {
	if c.ffmpeg == "" {
		return rendering{}, ErrNeedsProgram
	}
	if src.Path == "" {
		return rendering{}, errors.New("take a frame: the video has no path")
	}
	frame, err := poster.Frame(ctx, c.ffmpeg, src.Path, src.Picture.Duration, int(Large))
	switch {
	case errors.Is(err, poster.ErrTooSlow):
		return rendering{}, fmt.Errorf("%w: %w", ErrTooLarge, err)
	case errors.Is(err, poster.ErrNoFrame):
		return rendering{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	case err != nil:
		return rendering{}, err
	}
	r, err := c.decoder.Still(ctx, decode.Source{File: bytes.NewReader(frame), Size: int64(len(frame)), Want: int(Large)})
	if err != nil {
		return rendering{}, err
	}
	return rendering{r.SRGB(int(Large), 1), decode.CutMovie(src.File, src.Size)}, nil // ffmpeg has turned it
}

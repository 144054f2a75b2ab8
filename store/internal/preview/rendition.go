package preview

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/jpeg"
	"io"
	"strings"

	"homeroll/store/internal/preview/raster"
	"homeroll/store/media"
)

// Full is the longer edge, in pixels, that a rendition has at most: more than
// any phone's screen shows of a zoomed picture, and 67 megapixels of a square one.
const Full Size = 8192

// renditionQuality is higher than that of previews, since people zoom into it.
const renditionQuality = 90

// Rendition opens the picture upright, in sRGB and in full size as a JPEG, for
// whoever cannot show its type. It is made if it is not in the cache; what
// errors say is what they say of [Cache.Make].
func (c *Cache) Rendition(ctx context.Context, src Source) (io.ReadSeekCloser, error) {
	if kindOf(src.Picture.Type) == video {
		return nil, fmt.Errorf("%w: a video has no full picture", ErrNone)
	}
	if r, err := c.Get(src.ID, Full); err == nil {
		return r, nil
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.turn:
	}
	defer func() { c.turn <- struct{}{} }()
	if r, err := c.Get(src.ID, Full); err == nil {
		return r, nil // made while this one waited
	}
	if err := c.refused(src.ID); err != nil {
		return nil, err
	}
	body, err := c.encodeFull(ctx, src)
	if err != nil {
		return nil, err
	}
	if len(body) <= maxEntry-trailerSize {
		if err := c.place(src.ID, Full, entry{body: body}); err != nil {
			return nil, err
		}
		c.evict(ctx)
	}
	return reader{bytes.NewReader(body)}, nil
}

func (c *Cache) encodeFull(ctx context.Context, src Source) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errPatience)
	defer cancel()
	shown, err := c.render(ctx, src, Full)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			err = context.Cause(ctx)
		}
		return nil, err
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, shown.image.Standard(), &jpeg.Options{Quality: renditionQuality}); err != nil {
		return nil, fmt.Errorf("encode full picture: %w", err)
	}
	return out.Bytes(), nil
}

// Poster keeps a frame of a video that a browser drew, at both sizes, until
// there is an own one; [ErrBroken] if it is no such picture, [ErrNone] if the
// item is no video.
func (c *Cache) Poster(ctx context.Context, id media.ID, mime string, body []byte) error {
	if !strings.HasPrefix(mime, "video/") {
		return fmt.Errorf("%w: only videos take a poster", ErrNone)
	}
	img, err := decodeBorrowed(body, Large)
	if err != nil {
		return err
	}
	for _, s := range []Size{Large, Small} {
		var out bytes.Buffer
		if err := jpeg.Encode(&out, scaled(raster.From(img, 1), s).Standard(), &jpeg.Options{Quality: quality}); err != nil {
			return fmt.Errorf("encode poster: %w", err)
		}
		if err := c.lend(id, s, entry{body: out.Bytes(), borrowed: true}); err != nil {
			return err
		}
	}
	c.evict(ctx)
	return nil
}

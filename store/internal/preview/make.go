package preview

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/jpeg"
	"time"

	"homeroll/store/internal/preview/decode"
	"homeroll/store/internal/preview/raster"
	"homeroll/store/media"
)

// quality of the JPEGs. 80 of 1440 pixels takes 150 to 350 KB.
const quality = 80

// patience is how long one picture may take; more is [ErrTooLarge].
const patience = 5 * time.Minute

var errPatience = fmt.Errorf("%w: it takes longer than %v", ErrTooLarge, patience)

// Make makes what is missing of both sizes, in one decode, and returns the
// perceptual hash. At most one decode runs at a time. ErrNone, ErrTooLarge,
// ErrDamaged, or a failure to read or write; ErrCut comes with a hash and
// previews, each time. What cannot be decoded is remembered and not tried again, unless this package changed or, for videos,
// ffmpeg was installed since.
func (c *Cache) Make(ctx context.Context, src Source) (Look, error) {
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-c.turn:
	}
	defer func() { c.turn <- struct{}{} }()
	if err := c.refused(src.ID); err != nil {
		return 0, err
	}
	wanted := c.wanted(src)
	if small, err := c.files.read(src.ID, Small); err == nil && !small.borrowed && (wanted == Small || small.whole() || c.Origin(src.ID, Large) == Own) {
		return small.look, small.verdict()
	}
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errPatience)
	defer cancel()
	shown, err := c.render(ctx, src, Large)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			err = context.Cause(ctx)
		}
		return 0, errors.Join(err, c.refuse(src.ID, err))
	}
	return c.keep(ctx, src, shown, wanted)
}

// wanted is the largest size that is to be made.
func (c *Cache) wanted(src Source) Size {
	if src.Ahead && c.files.crowded() {
		return Small
	}
	return Large
}

// rendering is a picture as it is shown.
type rendering struct {
	image *raster.Image
	cut   bool // the file ends before its picture does
}

// keep encodes and writes the sizes up to wanted.
func (c *Cache) keep(ctx context.Context, src Source, shown rendering, wanted Size) (Look, error) {
	e := entry{look: lookOf(scaled(shown.image, Small)), cut: shown.cut}
	for _, s := range []Size{Large, Small} { // the small one vouches for both
		if s > wanted || s == Large && max(shown.image.Width, shown.image.Height) < int(Small) {
			continue // the small one is the large one, too
		}
		var out bytes.Buffer
		if err := jpeg.Encode(&out, scaled(shown.image, s).Standard(), &jpeg.Options{Quality: quality}); err != nil {
			return 0, fmt.Errorf("encode preview: %w", err)
		}
		e.body = out.Bytes()
		if err := c.place(src.ID, s, e); err != nil {
			return 0, err
		}
	}
	c.evict(ctx)
	return e.look, e.verdict()
}

// place writes an own preview, whatever is there.
func (c *Cache) place(id media.ID, s Size, e entry) error {
	c.placing.Lock()
	defer c.placing.Unlock()
	return c.files.write(id, s.kind(), e)
}

// evict makes room if the cache is full.
func (c *Cache) evict(ctx context.Context) {
	if !c.files.full() {
		return
	}
	if err := c.files.sweep(ctx); err != nil && ctx.Err() == nil {
		c.log.Warn("evict previews", "err", err)
	}
}

func scaled(i *raster.Image, s Size) *raster.Image {
	return i.Scale(raster.Fit(i.Width, i.Height, int(s)))
}

// render decodes whatever a picture can be made of, upright and in sRGB, not
// larger than wanted. Previews are rendered at the large size even if only the
// small one is kept: looks must not depend on that.
func (c *Cache) render(ctx context.Context, src Source, want Size) (rendering, error) {
	kind := kindOf(src.Picture.Type)
	if kind == video {
		return c.renderVideo(ctx, src)
	}
	if kind == raw && !decode.Certain(src.File) {
		return c.renderEmbedded(ctx, src, want)
	}
	r, err := c.decoder.Still(ctx, decode.Source{File: src.File, Size: src.Size, Want: int(want)})
	if errors.Is(err, decode.ErrUnknown) {
		shown, second := c.renderEmbedded(ctx, src, want)
		if errors.Is(second, ErrNone) {
			return rendering{}, fmt.Errorf("%w: %w", ErrNone, err)
		}
		return shown, second
	}
	if err != nil {
		return rendering{}, err
	}
	return rendering{r.SRGB(int(want), src.Picture.Orientation), r.Cut}, nil
}

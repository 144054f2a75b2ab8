package preview

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"homeroll/store/internal/picture"
	"homeroll/store/internal/preview/decode"
)

// renderEmbedded takes the smallest embedded JPEG that is large enough, else
// the largest that decodes.
func (c *Cache) renderEmbedded(ctx context.Context, src Source, want Size) (rendering, error) {
	found := picture.Previews(src.File, src.Size)
	if len(found) == 0 {
		return rendering{}, fmt.Errorf("%w: %s without an embedded preview", ErrNone, src.Picture.Type)
	}
	slices.SortStableFunc(found, func(a, b picture.Embedded) int { return bySuitability(a, b, int(want)) })
	var first error
	for _, e := range found {
		r, err := c.decoder.Still(ctx, decode.Source{
			File: io.NewSectionReader(src.File, e.Offset, e.Length), Size: e.Length, Want: int(want)})
		if err == nil {
			return rendering{r.SRGB(int(want), e.Orientation), r.Cut}, nil
		}
		if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrTooLarge) && !errors.Is(err, decode.ErrUnknown) {
			return rendering{}, err
		}
		first = cmp.Or(first, err)
	}
	return rendering{}, fmt.Errorf("%w: no embedded preview decodes: %w", ErrDamaged, first)
}

// bySuitability orders those that are large enough first, the smallest of them
// ahead, and then the others from the largest down.
func bySuitability(a, b picture.Embedded, wanted int) int {
	la, lb := max(a.Width, a.Height), max(b.Width, b.Height)
	switch {
	case la >= wanted && lb >= wanted:
		return cmp.Compare(la, lb)
	case la >= wanted:
		return -1
	case lb >= wanted:
		return 1
	}
	return cmp.Compare(lb, la)
}

package store

import (
	"context"
	"errors"
	"fmt"
	"io"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/preview"
	"homeroll/store/media"
)

// PreviewOrigin is where a preview that is here comes from.
type PreviewOrigin string

// The origins.
const (
	PreviewOwn      PreviewOrigin = "own"      // made here from the item
	PreviewBorrowed PreviewOrigin = "borrowed" // made by another device
	PreviewNone     PreviewOrigin = "none"     // there is none
)

var origins = map[preview.Origin]PreviewOrigin{
	preview.Own: PreviewOwn, preview.Borrowed: PreviewBorrowed, preview.Nowhere: PreviewNone,
}

// What callers branch on, besides ErrNoPreview, which comes with the reason.
var (
	// ErrPreviewNotMade: there may be one, but it is not made yet.
	ErrPreviewNotMade = preview.ErrNotMade
	// ErrPreviewTooLarge, ErrPreviewDamaged, ErrPreviewNeedsProgram: why there is
	// no preview of an item; where it is none of them, its type has none.
	ErrPreviewTooLarge     = preview.ErrTooLarge
	ErrPreviewDamaged      = preview.ErrDamaged
	ErrPreviewNeedsProgram = preview.ErrNeedsProgram
	// ErrPreviewBroken: what another device sent is no preview.
	ErrPreviewBroken = preview.ErrBroken
)

// PreviewOrigin tells where the small preview of an item comes from.
func (s *Store) PreviewOrigin(id media.ID) PreviewOrigin {
	return origins[s.previews.Origin(id, preview.Small)]
}

// LacksPreview reports whether there is no preview of an item, neither own nor
// borrowed. It costs one look at a directory.
func (s *Store) LacksPreview(id media.ID, size PreviewSize) bool {
	return s.previews.Lacks(id, preview.Size(size))
}

// PreviewsCrowded reports whether the cache of previews has little room left for
// what nobody waits for.
func (s *Store) PreviewsCrowded() bool { return s.previews.Crowded() }

// BorrowPreview keeps a preview that another device made, until there is an own
// one: decoded under the bounds of its size, and encoded again. ErrPreviewBroken
// if it is no such picture.
func (s *Store) BorrowPreview(ctx context.Context, id media.ID, size PreviewSize, jpeg []byte) error {
	if err := s.previews.Borrow(ctx, id, preview.Size(size), jpeg); err != nil || size != PreviewSmall {
		return err
	}
	if err := s.cat.PutThumb(ctx, id, s.thumb(id)); err != nil {
		return fmt.Errorf("record thumbhash: %w", err)
	}
	return nil
}

// MadePreview returns the preview (JPEG) that was made here of an item held here:
// media.ErrNotHeld, ErrPreviewNotMade, or ErrNoPreview with its reason.
func (s *Store) MadePreview(ctx context.Context, id media.ID, size PreviewSize) ([]byte, error) {
	if _, err := s.cat.HeldItem(ctx, id); err != nil {
		return nil, err
	}
	b, err := s.previews.Made(id, preview.Size(size))
	if err != nil && !errors.Is(err, preview.ErrNotMade) {
		return nil, noPreview(err)
	}
	return b, err
}

// MakePreview makes the previews of an item held here, the small one at least.
// ahead: nobody waits for it. Media.ErrNotHeld, ErrNoPreview.
func (s *Store) MakePreview(ctx context.Context, id media.ID, ahead bool) error {
	it, err := s.cat.HeldItem(ctx, id)
	if err != nil {
		return err
	}
	if err := s.index.beside(ctx, it); err != nil {
		return err
	}
	return s.makeNow(ctx, it, ahead)
}

func (s *Store) makeNow(ctx context.Context, it media.Item, ahead bool) error {
	pic, ok, err := s.cat.Picture(ctx, it)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("%s: %w", it.ID, ErrNoPreview)
	}
	f, err := s.openItem(ctx, it)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	_, _, _, err = s.makePreviews(ctx, pic, f, ahead)
	return err
}

// Preview opens a small picture (JPEG) of an item. That of one held here is made
// now if it is not there yet; that of another is there if it was borrowed.
// ErrNoPreview, media.ErrNotHeld.
func (s *Store) Preview(ctx context.Context, id media.ID, size PreviewSize) (io.ReadSeekCloser, PreviewOrigin, error) {
	r, origin, err := s.previews.Find(id, preview.Size(size))
	if origin == preview.Own || err != nil && !errors.Is(err, preview.ErrNotMade) {
		return r, origins[origin], noPreview(err)
	}
	made := s.previewNow(ctx, id)
	if made == nil {
		r, origin, made = s.previews.Find(id, preview.Size(size))
	} else if origin == preview.Borrowed {
		made = nil // as good as it gets
	}
	return r, origins[origin], noPreview(made)
}

// previewNow makes what is missing of an item's previews, after reading what else
// is unread: it may belong to it.
func (s *Store) previewNow(ctx context.Context, id media.ID) error {
	it, err := s.cat.HeldItem(ctx, id)
	if err != nil {
		return err
	}
	if err := s.index.now(ctx, it); err != nil {
		return err
	}
	return s.makeNow(ctx, it, false)
}

// Lacking is an item that this device may fetch and does not hold.
type Lacking struct {
	Item    media.Item
	Holders []media.Device // active ones
	At      Cursor         // its place among the others
	guessed bool
}

// Lacking returns up to limit items that this device lacks and that some of the
// online devices hold, the newest first, from the first after a place.
func (s *Store) Lacking(ctx context.Context, online []media.Device, after Cursor, limit int) ([]Lacking, error) {
	at := catalogue.Newest
	if after.set {
		at = catalogue.Cursor{Taken: after.taken, Row: after.row}
	}
	page, err := s.cat.Lacking(ctx, online, at, limit)
	found := make([]Lacking, len(page))
	for i, l := range page {
		found[i] = Lacking{l.Item, l.Holders, Cursor{l.At.Taken, l.At.Row, true}, l.Guessed}
	}
	return found, err
}

// Facts is what the bytes of an item say.
type Facts struct {
	Picture media.Picture // Taken is what the bytes say
	Sidecar bool          // nothing to be looked at
	Title   string        // a sidecar's, of the picture that it is about
}

// Facts returns what was read here of an item, nil if nothing was.
func (s *Store) Facts(ctx context.Context, id media.ID) (*Facts, error) {
	r, ok, err := s.cat.OwnRead(ctx, id)
	if err != nil || !ok {
		return nil, err
	}
	return &Facts{Picture: *r.Picture, Sidecar: r.Sidecar, Title: r.Title}, nil
}

// Tell keeps what another device says of an item that is not held here, until it
// is, for showing and finding it. It counts for nothing else.
func (s *Store) Tell(ctx context.Context, id media.ID, f Facts) error {
	p, ok, err := s.cat.StrangeItem(ctx, id)
	if err != nil || !ok {
		return err
	}
	read := catalogue.Read{Row: p.Row, Item: p.Item, Picture: &f.Picture, Sidecar: f.Sidecar, Title: f.Title, Lent: catalogue.Told, Thumb: s.thumb(id), Place: placeOf(f.Picture.GPS)}
	if err := s.cat.PutPictures(ctx, []catalogue.Read{read}, s.index.derive); err != nil {
		return fmt.Errorf("record what another device says: %w", err)
	}
	return nil
}

// LacksFacts reports whether only the names are known of an item that is not held
// here.
func (s *Store) LacksFacts(l Lacking) bool { return l.guessed }

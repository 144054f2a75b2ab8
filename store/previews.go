package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/picture/payload"
	"homeroll/store/internal/preview"
	"homeroll/store/media"
)

// PreviewConfig says where previews are kept, and what making them may cost.
type PreviewConfig struct {
	Dir       string // "" = in the state directory
	Limit     int64  // bytes of all of them; 0 = the default
	OnlyAsked bool   // made when somebody asks, and not before
	CPU       int    // percent of one core that background work may take; 0 = the default
}

// PreviewSize is the length in pixels of the longer edge.
type PreviewSize int

// The sizes.
const (
	PreviewSmall = PreviewSize(preview.Small)
	PreviewLarge = PreviewSize(preview.Large)
)

// ErrNoPreview reports an item of which there is no preview here: its type has
// none, or it cannot be decoded. A tile stands for it.
var ErrNoPreview = errors.New("no preview of it")

// previewsDir is where previews are cached.
func previewsDir(cfg Config) string {
	return cmp.Or(cfg.Previews.Dir, filepath.Join(cfg.State, "previews"))
}

func openPreviews(cfg Config) (*preview.Cache, error) {
	c, err := preview.Open(preview.Config{Dir: previewsDir(cfg), Limit: cfg.Previews.Limit, Log: cfg.Log})
	if err != nil {
		return nil, fmt.Errorf("open previews: %w", err)
	}
	return c, nil
}

// lookAll looks at pictures one by one while nothing else is to be done.
func (ix *indexer) lookAll(ctx context.Context) error {
	if ix.s.cfg.Previews.OnlyAsked {
		return nil
	}
	for after := int64(0); ix.idle(ctx); {
		page, err := ix.s.cat.Unseen(ctx, after, 1)
		if err != nil || len(page) == 0 {
			return err
		}
		p := page[0]
		after = p.Row
		began := time.Now()
		if !ix.skip(p.Row) {
			ix.look(ctx, p)
		}
		if !restAfter(ctx, time.Since(began), ix.percent) {
			return nil
		}
	}
	return nil
}

func (ix *indexer) skip(row int64) bool {
	ix.reading.Lock()
	defer ix.reading.Unlock()
	return ix.failedLately(row)
}

// look records how one item looks. What fails is tried again later.
func (ix *indexer) look(ctx context.Context, p catalogue.Pending) {
	seen, err := ix.s.see(ctx, p)
	if err == nil {
		err = ix.s.putSeen(ctx, seen)
	}
	if err != nil && ctx.Err() == nil {
		ix.reading.Lock()
		defer ix.reading.Unlock()
		ix.failLocked(ctx, "look at picture", p.Row, p.Item.ID, err)
	}
}

func (s *Store) putSeen(ctx context.Context, seen catalogue.Seen) error {
	if err := s.cat.PutSeen(ctx, []catalogue.Seen{seen}); err != nil {
		return fmt.Errorf("record look: %w", err)
	}
	if seen.Note != catalogue.NoteNone {
		s.changed.fire()
	}
	return nil
}

// see hashes the payload of an item, makes its previews, and computes its look.
func (s *Store) see(ctx context.Context, p catalogue.Pending) (seen catalogue.Seen, err error) {
	seen = catalogue.Seen{Row: p.Row, Item: p.Item, At: time.Now()}
	pic, ok, err := s.cat.Picture(ctx, p.Item)
	if err != nil || !ok {
		return seen, err
	}
	f, err := s.openItem(ctx, p.Item)
	if err != nil {
		return seen, err
	}
	defer func() { _ = f.Close() }()
	if seen.Payload = pic.Payload; pic.Payload.IsZero() {
		if seen.Payload, err = payload.Sum(ctx, f, p.Item.Size, pic.Type); err != nil {
			return seen, fmt.Errorf("hash payload: %w", err)
		}
	}
	if !pic.Sidecar {
		seen.Look, seen.Looked, seen.Note, err = s.makePreviews(ctx, pic, f, true)
		seen.Thumb = s.thumb(p.Item.ID)
	}
	return seen, err
}

// thumb returns the thumbhash of an item's preview, nil if there is none.
func (s *Store) thumb(id media.ID) []byte {
	thumb, err := s.previews.Thumb(id)
	if err != nil && !errors.Is(err, preview.ErrNotMade) {
		s.log.Debug("hash preview", "item", id, "err", err)
	}
	return thumb
}

// makePreviews makes what is missing of them. As with metadata, a fault of a
// decoder is the file's, not ours.
func (s *Store) makePreviews(ctx context.Context, pic catalogue.Picture, f *os.File, ahead bool) (look uint64, looked bool, note catalogue.Note, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			s.log.Error("a file broke the decoder of pictures", "item", pic.Item.ID, "fault", fault, "stack", string(debug.Stack()))
			note, err = catalogue.NoteDamaged, nil
		}
	}()
	l, err := s.previews.Make(ctx, preview.Source{ID: pic.Item.ID, Picture: pic.Picture, File: f, Size: pic.Item.Size, Path: f.Name(), Ahead: ahead})
	switch {
	case err == nil:
		return uint64(l), true, catalogue.NoteNone, nil
	case errors.Is(err, preview.ErrCut):
		return uint64(l), true, catalogue.NoteDamaged, nil
	case errors.Is(err, preview.ErrTooLarge):
		return 0, false, catalogue.NoteLarge, nil
	case errors.Is(err, preview.ErrDamaged):
		return 0, false, catalogue.NoteDamaged, nil
	case errors.Is(err, preview.ErrNone):
		return 0, false, catalogue.NoteNone, nil
	default:
		return 0, false, catalogue.NoteNone, fmt.Errorf("make previews: %w", err)
	}
}

func noPreview(err error) error {
	for _, why := range []error{preview.ErrNone, preview.ErrTooLarge, preview.ErrDamaged, preview.ErrNotMade} {
		if errors.Is(err, why) {
			return fmt.Errorf("%w: %w", ErrNoPreview, err)
		}
	}
	return err
}

// Tile returns the neutral picture (SVG) that stands for a type.
func Tile(mime string) []byte { return preview.Tile(mime) }

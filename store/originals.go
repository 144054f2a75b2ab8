package store

import (
	"context"
	"fmt"
	"io"
	"os"

	"homeroll/store/internal/picture"
	"homeroll/store/internal/preview"
	"homeroll/store/media"
)

// Rendition opens an upright JPEG in sRGB and in full size, at most 8192 pixels
// along the longer edge, of a picture held here. It is made if it is not there
// yet, which takes seconds of a HEIC. ErrNoPreview, media.ErrNotHeld.
func (s *Store) Rendition(ctx context.Context, id media.ID) (io.ReadSeekCloser, error) {
	it, err := s.cat.HeldItem(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := s.index.now(ctx, it); err != nil {
		return nil, err
	}
	pic, ok, err := s.cat.Picture(ctx, it)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("%s: %w", id, ErrNoPreview)
	}
	f, err := s.openItem(ctx, it)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	r, err := s.previews.Rendition(ctx, preview.Source{ID: id, Picture: pic.Picture, File: f, Size: it.Size, Path: f.Name()})
	return r, noPreview(err)
}

// KeepPoster keeps a frame (JPEG, at most 1440 pixels) of a video of which no
// preview can be made here, until one can. ErrPreviewBroken if it is no such
// picture, ErrNoPreview if the item is no video, media.ErrNotHeld.
func (s *Store) KeepPoster(ctx context.Context, id media.ID, jpeg []byte) error {
	it, err := s.cat.HeldItem(ctx, id)
	if err != nil {
		return err
	}
	pic, ok, err := s.cat.Picture(ctx, it)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("%s: %w", id, ErrNoPreview)
	}
	return noPreview(s.previews.Poster(ctx, id, pic.Type, jpeg))
}

// MotionVideo opens the video that a Motion Photo held here carries in its file,
// and says how long it is in bytes. media.ErrNotHeld if it carries none.
func (s *Store) MotionVideo(ctx context.Context, id media.ID) (*MotionVideo, error) {
	it, err := s.cat.HeldItem(ctx, id)
	if err != nil {
		return nil, err
	}
	f, err := s.openItem(ctx, it)
	if err != nil {
		return nil, err
	}
	v, ok, err := picture.MotionVideo(ctx, f, it.Size)
	if err == nil && !ok {
		err = fmt.Errorf("video in %s: %w", id, media.ErrNotHeld)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return &MotionVideo{io.NewSectionReader(f, v.Offset, v.Length), f}, nil
}

// MotionVideo is an opened video within a file.
type MotionVideo struct {
	*io.SectionReader
	file *os.File
}

// Close closes its file.
func (v *MotionVideo) Close() error { return v.file.Close() }

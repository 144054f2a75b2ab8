package store

import (
	"context"
	"fmt"
	"os"

	"homeroll/store/internal/disk"
	"homeroll/store/media"
)

// Read opens an item that this device holds: see syncproto.Library.
func (s *Store) Read(ctx context.Context, id media.ID) (media.Source, error) {
	it, err := s.cat.HeldItem(ctx, id)
	if err != nil {
		return nil, err
	}
	f, err := s.openItem(ctx, it)
	if err != nil {
		return nil, err
	}
	return &openItem{File: f, s: s, item: it}, nil
}

// openItem opens the first file of an item that is as it was recorded. One that
// is not is looked at again.
func (s *Store) openItem(ctx context.Context, it media.Item) (*os.File, error) {
	vaultFiles, err := s.cat.VaultFilesOf(ctx, it)
	if err != nil {
		return nil, err
	}
	for _, v := range vaultFiles {
		if f, err := s.vault().Open(v.Path); err == nil {
			if fi, err := f.Stat(); err == nil && s.asRecorded(ctx, v, fi) {
				return f, nil
			}
			_ = f.Close()
		}
		s.suspect(v.Path)
	}
	files, err := s.cat.FilesOf(ctx, it)
	if err != nil {
		return nil, err
	}
	for _, own := range files {
		f, now, err := disk.Open(s.absOf(own.Folder, own.Path))
		if err == nil && s.isUnchanged(own, now) {
			return f, nil
		}
		if err == nil {
			_ = f.Close()
		}
		s.lookAgain(own)
	}
	return nil, fmt.Errorf("%s: %w", it.ID, media.ErrNotHeld)
}

// openItem is a media.Source.
type openItem struct {
	*os.File
	s    *Store
	item media.Item
}

func (o *openItem) Item() media.Item { return o.item }

func (o *openItem) Outline() (media.Outline, error) {
	if media.Groups(o.item.Size) == 1 {
		return nil, nil
	}
	return o.s.cat.Outline(context.Background(), o.item)
}

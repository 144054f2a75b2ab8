package store

import (
	"context"
	"fmt"
	"os"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/disk"
	"homeroll/store/media"
)

// Read opens an item that this device holds: see syncproto.Library.
func (s *Store) Read(ctx context.Context, id media.ID) (media.Source, error) {
	s.sending.now()
	held, ok := s.expected.take(id, time.Now())
	if !ok {
		var err error
		if held, err = s.cat.Held(ctx, id); err != nil {
			return nil, err
		}
	}
	f, err := s.openHeld(ctx, held)
	if err != nil {
		return nil, err
	}
	return &openItem{File: f, s: s, item: held.Item}, nil
}

// openItem opens the first file of an item that is as it was recorded. One that
// is not is looked at again.
func (s *Store) openItem(ctx context.Context, it media.Item) (*os.File, error) {
	held, err := s.cat.Held(ctx, it.ID)
	if err != nil {
		return nil, err
	}
	return s.openHeld(ctx, held)
}

// openHeld looks for the item in the folders first, since what is asked for most
// is what has just been found there, and one question to the catalogue answers that.
func (s *Store) openHeld(ctx context.Context, held catalogue.Held) (*os.File, error) {
	for _, own := range held.Files {
		f, now, err := disk.Open(s.absOf(own.Folder, own.Path))
		if err == nil && s.isUnchanged(own, now) {
			return f, nil
		}
		if err == nil {
			_ = f.Close()
		}
		s.lookAgain(own)
	}
	if held.Vault {
		return s.openInVault(ctx, held.Item)
	}
	return nil, fmt.Errorf("%s: %w", held.Item.ID, media.ErrNotHeld)
}

func (s *Store) openInVault(ctx context.Context, it media.Item) (*os.File, error) {
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

package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/media"
)

// Errors of what is said of pictures.
var (
	// ErrNoAlbum: there is no such album.
	ErrNoAlbum = errors.New("no such album")
	// ErrText: a title or a caption that cannot be.
	ErrText = errors.New("text cannot be taken")
	// ErrAlbums: there are too many albums.
	ErrAlbums = fmt.Errorf("a home has at most %d albums", catalogue.MaxAlbums)
)

// Said is what people said of an item, on whichever device.
type Said struct {
	Favourite bool
	Caption   string
	Trashed   bool
	Since     time.Time // when this device learned that it is trashed
	Albums    []Album
}

// Album is a set of pictures under a title.
type Album struct {
	ID       media.AlbumID
	Title    string
	Maker    media.Device
	Cover    media.ID  // zero = it shows nothing
	Pictures int64     // that it shows
	From, To time.Time // wall clocks of the first and the last, zero = unknown
}

func albumOf(a catalogue.Album) Album {
	return Album{ID: a.ID, Title: a.Title, Maker: a.Maker, Cover: a.Cover, Pictures: a.Pictures, From: a.From, To: a.To}
}

// Said returns what is said of an item.
func (s *Store) Said(ctx context.Context, id media.ID) (Said, error) {
	found, err := s.cat.Said(ctx, id)
	if err != nil {
		return Said{}, err
	}
	said := Said{Favourite: found.Favourite, Caption: found.Caption, Trashed: found.Trashed, Since: found.Since}
	for _, id := range found.Albums {
		if a, ok, err := s.cat.Album(ctx, id); err != nil {
			return Said{}, err
		} else if ok {
			said.Albums = append(said.Albums, albumOf(a))
		}
	}
	return said, nil
}

// Albums returns all albums, in no order that means anything.
func (s *Store) Albums(ctx context.Context) ([]Album, error) {
	found, err := s.cat.Albums(ctx)
	all := make([]Album, len(found))
	for i, a := range found {
		all[i] = albumOf(a)
	}
	return all, err
}

// Album returns one; ErrNoAlbum if it is not there.
func (s *Store) Album(ctx context.Context, id media.AlbumID) (Album, error) {
	a, err := s.album(ctx, id)
	return albumOf(a), err
}

func (s *Store) album(ctx context.Context, id media.AlbumID) (catalogue.Album, error) {
	a, ok, err := s.cat.Album(ctx, id)
	if err == nil && !ok {
		err = fmt.Errorf("%s: %w", id, ErrNoAlbum)
	}
	return a, err
}

// NewAlbum makes an album.
func (s *Store) NewAlbum(ctx context.Context, title string) (Album, error) {
	n, err := s.cat.CountAlbums(ctx)
	if err == nil && n >= catalogue.MaxAlbums {
		err = ErrAlbums
	}
	if err != nil {
		return Album{}, err
	}
	var id media.AlbumID
	_, _ = rand.Read(id[:])
	if err := s.setAlbum(ctx, catalogue.Album{ID: id, Title: title, Maker: s.cfg.Signer.Device()}); err != nil {
		return Album{}, err
	}
	return s.Album(ctx, id)
}

// RenameAlbum gives it another title.
func (s *Store) RenameAlbum(ctx context.Context, id media.AlbumID, title string) error {
	a, err := s.album(ctx, id)
	if err != nil {
		return err
	}
	a.Title = title
	return s.setAlbum(ctx, a)
}

// SetCover chooses its cover; zero = the latest picture.
func (s *Store) SetCover(ctx context.Context, id media.AlbumID, cover media.ID) error {
	a, err := s.album(ctx, id)
	if err == nil && !cover.IsZero() {
		err = s.knownItems(ctx, []media.ID{cover})
	}
	if err != nil {
		return err
	}
	a.Chosen = cover
	return s.setAlbum(ctx, a)
}

func (s *Store) setAlbum(ctx context.Context, a catalogue.Album) error {
	if err := media.ValidTitle(a.Title); err != nil {
		return fmt.Errorf("title of an album: %w: %w", ErrText, err)
	}
	return s.say(ctx, media.Mark{About: media.AboutAlbum, Album: a.ID, On: true, Text: a.Title, Cover: a.Chosen, Maker: a.Maker})
}

// DeleteAlbum deletes the album; its pictures stay.
func (s *Store) DeleteAlbum(ctx context.Context, id media.AlbumID) error {
	a, err := s.album(ctx, id)
	if err != nil {
		return err
	}
	return s.say(ctx, media.Mark{About: media.AboutAlbum, Album: a.ID, Maker: a.Maker})
}

// ChangeAlbum puts pictures into an album and takes others out.
func (s *Store) ChangeAlbum(ctx context.Context, id media.AlbumID, add, remove []media.ID) error {
	if _, err := s.album(ctx, id); err != nil {
		return err
	}
	if err := s.knownItems(ctx, add); err != nil {
		return err
	}
	var marks []media.Mark
	for _, it := range add {
		marks = append(marks, media.Mark{About: media.AboutEntry, Album: id, Item: it, On: true})
	}
	for _, it := range remove {
		marks = append(marks, media.Mark{About: media.AboutEntry, Album: id, Item: it})
	}
	return s.say(ctx, marks...)
}

// SetFavourite makes items favourites, or not.
func (s *Store) SetFavourite(ctx context.Context, ids []media.ID, on bool) error {
	if err := s.knownItems(ctx, ids); err != nil {
		return err
	}
	var marks []media.Mark
	for _, id := range ids {
		marks = append(marks, media.Mark{About: media.AboutFavourite, Item: id, On: on})
	}
	return s.say(ctx, marks...)
}

// SetCaption gives an item a caption; "" = none.
func (s *Store) SetCaption(ctx context.Context, id media.ID, text string) error {
	if err := media.ValidCaption(text); err != nil {
		return fmt.Errorf("caption: %w: %w", ErrText, err)
	}
	if err := s.knownItems(ctx, []media.ID{id}); err != nil {
		return err
	}
	return s.say(ctx, media.Mark{About: media.AboutCaption, Item: id, Text: text})
}

// knownItems reports, as media.ErrNotHeld, an item of which nothing is known.
func (s *Store) knownItems(ctx context.Context, ids []media.ID) error {
	for _, id := range ids {
		known, err := s.cat.Knows(ctx, id)
		if err == nil && !known {
			err = fmt.Errorf("nothing is known of %s: %w", id, media.ErrNotHeld)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sayBatch is how many marks one transaction states.
const sayBatch = 2000

// say states marks, which travel to every device.
func (s *Store) say(ctx context.Context, marks ...media.Mark) error {
	for len(marks) > 0 {
		some := marks[:min(len(marks), sayBatch)]
		marks = marks[len(some):]
		if err := s.cat.Say(ctx, some, s.marks.append); err != nil {
			if errors.Is(err, catalogue.ErrNoRoom) {
				err = fmt.Errorf("%w: %w", ErrStateFull, err)
			}
			return fmt.Errorf("record what was said: %w", err)
		}
	}
	return nil
}

package node

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"homeroll/node/internal/web/home"
	"homeroll/store"
	"homeroll/store/media"
)

var _ home.Marks = (*page)(nil)

// Albums returns all albums, those with the latest pictures first.
func (p *page) Albums(ctx context.Context) ([]home.Album, error) {
	found, err := p.store.Albums(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(a, b store.Album) int {
		return cmp.Or(b.To.Compare(a.To), cmp.Compare(a.Title, b.Title), slices.Compare(a.ID[:], b.ID[:]))
	})
	return p.albums(found), nil
}

// Album returns one.
func (p *page) Album(ctx context.Context, id string) (*home.Album, error) {
	return p.withAlbum(id, func(id media.AlbumID) (store.Album, error) { return p.store.Album(ctx, id) })
}

// NewAlbum makes one.
func (p *page) NewAlbum(ctx context.Context, title string) (*home.Album, error) {
	found, err := p.store.NewAlbum(ctx, title)
	if err != nil {
		return nil, err
	}
	doc := p.album(found)
	return &doc, nil
}

// RenameAlbum gives it another title.
func (p *page) RenameAlbum(ctx context.Context, id, title string) error {
	return p.changeAlbum(id, func(id media.AlbumID) error { return p.store.RenameAlbum(ctx, id, title) })
}

// SetCover chooses its cover; the zero ID = its latest picture.
func (p *page) SetCover(ctx context.Context, id string, cover media.ID) error {
	return p.changeAlbum(id, func(id media.AlbumID) error { return p.store.SetCover(ctx, id, cover) })
}

// DeleteAlbum deletes it; the pictures stay.
func (p *page) DeleteAlbum(ctx context.Context, id string) error {
	return p.changeAlbum(id, func(id media.AlbumID) error { return p.store.DeleteAlbum(ctx, id) })
}

// ChangeAlbum puts pictures in and takes others out.
func (p *page) ChangeAlbum(ctx context.Context, id string, add, remove []media.ID) error {
	return p.changeAlbum(id, func(id media.AlbumID) error { return p.store.ChangeAlbum(ctx, id, add, remove) })
}

// SetFavourite makes pictures favourites, or not.
func (p *page) SetFavourite(ctx context.Context, ids []media.ID, on bool) error {
	return p.store.SetFavourite(ctx, ids, on)
}

// SetCaption gives a picture a caption; "" = none.
func (p *page) SetCaption(ctx context.Context, id media.ID, text string) error {
	return p.store.SetCaption(ctx, id, text)
}

// MarksOf returns what is said of one picture.
func (p *page) MarksOf(ctx context.Context, id media.ID) (*home.Said, error) {
	found, err := p.store.Said(ctx, id)
	if err != nil {
		return nil, err
	}
	said := &home.Said{Favourite: found.Favourite, Caption: found.Caption, Albums: p.albums(found.Albums)}
	if found.Trashed {
		said.Trashed = timeOrNil(found.Since)
	}
	return said, nil
}

// Trash hides pictures on every device.
func (p *page) Trash(ctx context.Context, ids []media.ID) error {
	_, err := p.store.Trash(ctx, ids)
	return err
}

// Restore shows them again.
func (p *page) Restore(ctx context.Context, ids []media.ID) error {
	_, err := p.store.Restore(ctx, ids)
	return err
}

// EmptyTrash deletes what this device's vault has in .trash.
func (p *page) EmptyTrash(ctx context.Context) (home.Count, error) {
	n, err := p.store.EmptyTrash(ctx)
	return home.Count{Files: n.Items, Bytes: n.Bytes}, err
}

func (p *page) changeAlbum(id string, change func(media.AlbumID) error) error {
	_, err := p.withAlbum(id, func(id media.AlbumID) (store.Album, error) { return store.Album{}, change(id) })
	return err
}

// withAlbum tells that there is no such album in the words of package home.
func (p *page) withAlbum(text string, do func(media.AlbumID) (store.Album, error)) (*home.Album, error) {
	id, err := media.ParseAlbumID(text)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", text, home.ErrNoAlbum)
	}
	found, err := do(id)
	if errors.Is(err, store.ErrNoAlbum) {
		err = fmt.Errorf("%s: %w", text, home.ErrNoAlbum)
	}
	if err != nil {
		return nil, err
	}
	doc := p.album(found)
	return &doc, nil
}

func (p *page) albums(found []store.Album) []home.Album {
	docs := make([]home.Album, 0, len(found))
	for _, a := range found {
		docs = append(docs, p.album(a))
	}
	return docs
}

func (p *page) album(a store.Album) home.Album {
	doc := home.Album{
		ID: a.ID.String(), Title: a.Title, Pictures: a.Pictures, From: localDay(a.From), To: localDay(a.To), By: (*Node)(p).nameOf(a.Maker),
	}
	if !a.Cover.IsZero() {
		doc.Cover = &a.Cover
	}
	return doc
}

// localDay returns the day of a wall clock, "" if it is unknown.
func localDay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

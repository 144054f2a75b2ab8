package catalogue

import (
	"context"
	"time"

	"homeroll/store/media"
)

// Said is what people said of an item.
type Said struct {
	Favourite bool
	Caption   string
	Trashed   bool
	Since     time.Time // when this device learned that it is trashed
	Albums    []media.AlbumID
}

// Said returns what the marks that count say of an item, known or not.
func (c *Catalogue) Said(ctx context.Context, id media.ID) (Said, error) {
	row, _, err := one(ctx, c.readers, scanSaid, selectSaid+` WHERE hash=?`, id[:])
	if err != nil {
		return Said{}, err
	}
	s := Said{Favourite: row.favourite, Caption: row.caption, Trashed: row.trashed}
	if s.Trashed {
		s.Since = stamp{sec: row.since}.time()
	}
	s.Albums, err = list(ctx, c.readers, func(r scanner) (a media.AlbumID, err error) {
		var b []byte
		err = r.Scan(&b)
		copy(a[:], b)
		return a, err
	}, `SELECT a.id FROM album_item e JOIN album a ON a.id=e.album WHERE e.hash=? ORDER BY a.title, a.id LIMIT ?`, id[:], MaxAlbums)
	return s, err
}

// Album is an album that is there, and what is shown of it.
type Album struct {
	ID       media.AlbumID
	Title    string
	Maker    media.Device
	Chosen   media.ID // as its cover; zero = none
	Cover    media.ID // the chosen one if it is shown, else the latest; zero = nothing is
	Pictures int64    // items that somebody holds, trashed ones aside
	From, To time.Time
}

// MaxAlbums bounds the albums that are told.
const MaxAlbums = 10_000

const (
	selectAlbums = `SELECT id, title, maker, coalesce(cover, x'') FROM album`
	// What is shown of an album: NULLIF leaves those aside of which nothing says when.
	fromShown = ` FROM album_item e JOIN item i ON i.hash=e.hash AND i.trashed=0 AND i.holders != 0 LEFT JOIN picture p ON p.item=i.id`
)

func scanAlbum(r scanner) (a Album, err error) {
	var id, cover []byte
	err = r.Scan(&id, &a.Title, &a.Maker, &cover)
	copy(a.ID[:], id)
	copy(a.Chosen[:], cover)
	return a, err
}

// Albums returns the albums in the order of their identities, at most MaxAlbums.
func (c *Catalogue) Albums(ctx context.Context) ([]Album, error) {
	all, err := list(ctx, c.readers, scanAlbum, selectAlbums+` ORDER BY id LIMIT ?`, MaxAlbums)
	for i := range all {
		if err == nil {
			err = c.fillAlbum(ctx, &all[i])
		}
	}
	return all, err
}

// CountAlbums counts the albums that are there.
func (c *Catalogue) CountAlbums(ctx context.Context) (int64, error) {
	n, _, err := one(ctx, c.readers, scanInt, `SELECT count(*) FROM album`)
	return n, err
}

// Album returns one, and false if it is not there.
func (c *Catalogue) Album(ctx context.Context, id media.AlbumID) (Album, bool, error) {
	a, ok, err := one(ctx, c.readers, scanAlbum, selectAlbums+` WHERE id=?`, id[:])
	if err != nil || !ok {
		return a, ok, err
	}
	return a, true, c.fillAlbum(ctx, &a)
}

// fillAlbum adds what is shown of an album.
func (c *Catalogue) fillAlbum(ctx context.Context, a *Album) error {
	var least, most *int64
	_, _, err := one(ctx, c.readers, func(r scanner) (struct{}, error) {
		return struct{}{}, r.Scan(&a.Pictures, &least, &most)
	}, `SELECT count(*), min(NULLIF(p.taken, ?1)), max(NULLIF(p.taken, ?1))`+fromShown+` WHERE e.album=?2`, int64(undated), a.ID[:])
	if err != nil || a.Pictures == 0 {
		return err
	}
	if least != nil {
		a.From, a.To = time.Unix(0, *least).UTC(), time.Unix(0, *most).UTC()
	}
	cover, _, err := one(ctx, c.readers, scanBytes, `SELECT e.hash`+fromShown+` WHERE e.album=? ORDER BY e.hash=? DESC, p.taken DESC, e.hash LIMIT 1`, a.ID[:], a.Chosen[:])
	copy(a.Cover[:], cover)
	return err
}

// Knows reports whether anything here refers to an item.
func (c *Catalogue) Knows(ctx context.Context, id media.ID) (bool, error) {
	_, ok, err := one(ctx, c.readers, scanInt, `SELECT 1 FROM item WHERE hash=? LIMIT 1`, id[:])
	return ok, err
}

// Together returns the members of the picture that an item is part of, at most so
// many as are ever grouped; the item alone if it is in no group.
func (c *Catalogue) Together(ctx context.Context, id media.ID) ([]media.ID, error) {
	ids, err := list(ctx, c.readers, func(r scanner) (id media.ID, err error) {
		var b []byte
		err = r.Scan(&b)
		copy(id[:], b)
		return id, err
	}, `SELECT DISTINCT j.hash FROM item i JOIN picture p ON p.item=i.id JOIN picture g ON g.lead=p.lead JOIN item j ON j.id=g.item
		WHERE i.hash=? AND p.kind != 0 AND g.kind != 0 ORDER BY j.hash LIMIT ?`, id[:], maxMates)
	if len(ids) == 0 {
		ids = []media.ID{id}
	}
	return ids, err
}

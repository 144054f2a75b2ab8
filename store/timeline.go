package store

import (
	"context"
	"fmt"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/media"
)

// Shown is one picture of the timeline: an item alone, or what is shown of its
// group.
type Shown struct {
	Item    media.Item
	Picture media.Picture
	Kind    media.GroupKind // of the group, "" = in none
	Members int             // of the group, itself included
	Note    string          // why it cannot be shown, "" if nothing says so
	At      Cursor
}

// Cursor is a place in the timeline. The zero value is its beginning.
type Cursor struct {
	taken, row int64
	set        bool
}

// Before returns the place before all that was taken before a wall clock.
func Before(local time.Time) Cursor {
	return Cursor{taken: local.UnixNano(), set: true}
}

// String is the cursor as text, for ParseCursor.
func (c Cursor) String() string {
	if !c.set {
		return ""
	}
	return fmt.Sprintf("%d.%d", c.taken, c.row)
}

// ParseCursor reads what String wrote.
func ParseCursor(text string) (Cursor, error) {
	if text == "" {
		return Cursor{}, nil
	}
	c := Cursor{set: true}
	if _, err := fmt.Sscanf(text, "%d.%d", &c.taken, &c.row); err != nil || c.String() != text {
		return Cursor{}, fmt.Errorf("%q is no place in the timeline", text)
	}
	return c, nil
}

// maxTimeline bounds a page.
const maxTimeline = 1000

// Timeline returns up to limit (at most 1000) of the pictures of the home, one for
// each group, the latest wall clock first, from the first after a place.
func (s *Store) Timeline(ctx context.Context, after Cursor, limit int) ([]Shown, error) {
	at := catalogue.Newest
	if after.set {
		at = catalogue.Cursor{Taken: after.taken, Row: after.row}
	}
	page, err := s.cat.Timeline(ctx, at, min(limit, maxTimeline))
	shown := make([]Shown, len(page))
	for i, p := range page {
		shown[i] = Shown{
			Item: p.Item, Picture: p.Picture, Kind: p.Kind, Members: p.Members, Note: noteReasons[p.Note],
			At: Cursor{p.At.Taken, p.At.Row, true},
		}
	}
	return shown, err
}

// Month counts the timeline's pictures of a month; Year 0 is of those of which
// nothing says when.
type Month = catalogue.Month

// MonthKey is a month of the wall clock; Year 0 is of those of which nothing says
// when.
type MonthKey = catalogue.MonthKey

// TimelineRow is what is shown of one picture of the timeline.
type TimelineRow = catalogue.Tile

// Months counts the pictures of the home that a filter lets through by month, the
// latest first.
func (s *Store) Months(ctx context.Context, f Filter) ([]Month, error) { return s.cat.MonthsOf(ctx, f) }

// PicturesOf returns those of a month, the latest first.
func (s *Store) PicturesOf(ctx context.Context, f Filter, m MonthKey) ([]TimelineRow, error) {
	return s.cat.TilesOf(ctx, f, m)
}

// Filter says which pictures.
type Filter = catalogue.Filter

// Term is one condition of a Filter on the words of a picture.
type Term = catalogue.Term

// Where is which words of a picture a Term looks at.
type Where = catalogue.Where

// Area is a part of the earth in degrees; West > East crosses the date line.
type Area = catalogue.Area

// Where a Term looks.
const (
	Anywhere = catalogue.Anywhere
	InName   = catalogue.InName
	InFolder = catalogue.InFolder
	InCamera = catalogue.InCamera
	InLens   = catalogue.InLens
	InPlace  = catalogue.InPlace
	InType   = catalogue.InType
)

// ShownVersion changes, in this run, whenever Months may return something else.
func (s *Store) ShownVersion() uint64 { return s.cat.Shown() }

// ShownVersionIn changes whenever PicturesOf a month with the zero Filter may return
// something else.
func (s *Store) ShownVersionIn(m MonthKey) uint64 { return s.cat.ShownIn(m) }

// Pictured is closed when ShownVersion changes. Take it before looking.
func (s *Store) Pictured() <-chan struct{} { return s.cat.Pictured() }

// Same returns the other items held here that are the same picture with other
// metadata.
func (s *Store) Same(ctx context.Context, id media.ID) ([]media.ID, error) {
	p, err := s.pictureOf(ctx, id)
	if err != nil {
		return nil, err
	}
	items, err := s.cat.Same(ctx, p)
	ids := make([]media.ID, len(items))
	for i, it := range items {
		ids[i] = it.ID
	}
	return ids, err
}

// Alike is a picture that looks like another.
type Alike struct {
	ID   media.ID
	Bits int // of 64 that differ
}

// Alike returns the other pictures held here that look like an item, with at
// most so many differing bits, at most 7; the most alike first.
func (s *Store) Alike(ctx context.Context, id media.ID, bits int) ([]Alike, error) {
	p, err := s.pictureOf(ctx, id)
	if err != nil {
		return nil, err
	}
	found, err := s.cat.Alike(ctx, p, bits)
	alike := make([]Alike, len(found))
	for i, a := range found {
		alike[i] = Alike{a.Item.ID, a.Bits}
	}
	return alike, err
}

// pictureOf returns what was read of an item held here; the zero value if it
// was not read yet.
func (s *Store) pictureOf(ctx context.Context, id media.ID) (catalogue.Picture, error) {
	it, err := s.cat.HeldItem(ctx, id)
	if err != nil {
		return catalogue.Picture{}, err
	}
	p, _, err := s.cat.Picture(ctx, it)
	return p, err
}

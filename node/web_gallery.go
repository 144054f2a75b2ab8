package node

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"homeroll/node/api"
	"homeroll/node/internal/web/home"
	"homeroll/store"
	"homeroll/store/media"
)

var _ home.Gallery = (*page)(nil)

// Months counts the pictures that a filter lets through by month.
func (p *page) Months(ctx context.Context, f home.Filter) ([]home.Month, error) {
	filter, err := p.filter(ctx, f)
	if err != nil {
		return nil, err
	}
	found, err := p.store.Months(ctx, filter)
	months := make([]home.Month, len(found))
	for i, m := range found {
		months[i] = home.Month{Year: m.Year, Month: m.Month, Pictures: m.Pictures, Ratio: m.Ratio}
	}
	return months, err
}

// Pictures returns those of one month.
func (p *page) Pictures(ctx context.Context, f home.Filter, year int, month time.Month) ([]home.Picture, error) {
	filter, err := p.filter(ctx, f)
	if err != nil {
		return nil, err
	}
	found, err := p.store.PicturesOf(ctx, filter, store.MonthKey{Year: year, Month: month})
	pictures := make([]home.Picture, len(found))
	for i := range found {
		pictures[i] = pictureOf(&found[i])
	}
	return pictures, err
}

func pictureOf(r *store.TimelineRow) home.Picture {
	doc := home.Picture{
		ID: r.Item.ID, Size: r.Item.Size, Width: r.Width, Height: r.Height, Type: r.Type, Seconds: r.Seconds, Kind: string(r.Kind),
		Hash: r.Thumb, Favourite: r.Favourite, Held: r.Held,
	}
	if r.Kind != "" {
		doc.Members = r.Members
	}
	if local, ok := r.At.Local(); ok {
		doc.Local = local.Format("2006-01-02T15:04:05")
	}
	return doc
}

// Spots gathers pictures on the map.
func (p *page) Spots(ctx context.Context, f home.Filter, area home.Area, columns, rows int) ([]home.Spot, error) {
	filter, err := p.filter(ctx, f)
	if err != nil {
		return nil, err
	}
	found, err := p.store.Spots(ctx, filter, store.Area(area), columns, rows)
	spots := make([]home.Spot, len(found))
	for i, s := range found {
		spots[i] = home.Spot{Latitude: s.At.Latitude, Longitude: s.At.Longitude, Pictures: s.Pictures, Cover: s.Cover, Area: home.Area(s.Area)}
	}
	return spots, err
}

// PlacesKnown reports whether names of places can be told.
func (p *page) PlacesKnown() bool { return true }

// run tells the versions of this run from those of others.
var run = rand.Uint64()

// Version is an entity tag of what Pictures or, for month 0, Months answers.
func (p *page) Version(f home.Filter, year int, month time.Month) string {
	if f.IsZero() && (year != 0 || month != 0) {
		return fmt.Sprintf("%x-%d", run, p.store.ShownVersionIn(store.MonthKey{Year: year, Month: month}))
	}
	return fmt.Sprintf("%x-%d", run, p.store.ShownVersion())
}

// Changed is closed when pictures, or what is said of them, change.
func (p *page) Changed() <-chan struct{} { return p.store.Pictured() }

// similar is in how many bits of 64 the looks of pictures differ that are shown as
// similar.
const similar = 7

// filter is a filter in the words of the store.
func (p *page) filter(ctx context.Context, f home.Filter) (to store.Filter, err error) {
	to = store.Filter{Favourite: f.Favourite, Trashed: f.Trashed}
	for _, word := range f.Words {
		to.Terms = append(to.Terms, store.Term{In: store.Anywhere, Text: word, Devices: p.devicesLike(word)})
	}
	for _, t := range []store.Term{
		{In: store.InFolder, Text: f.Folder}, {In: store.InCamera, Text: f.Camera}, {In: store.InLens, Text: f.Lens},
		{In: store.InPlace, Text: f.Place}, {In: store.InType, Text: f.Type},
	} {
		if t.Text != "" {
			to.Terms = append(to.Terms, t)
		}
	}
	for part := range strings.SplitSeq(f.Name, "*") {
		if strings.TrimSpace(part) != "" {
			to.Terms = append(to.Terms, store.Term{In: store.InName, Text: part})
		}
	}
	if f.Device != "" {
		to.Terms = append(to.Terms, store.Term{Devices: p.devicesLike(f.Device)})
	}
	if to.From, err = dayOf(f.From, 0); err != nil {
		return to, err
	}
	if to.To, err = dayOf(f.To, 1); err != nil {
		return to, err
	}
	if f.Area != nil {
		to.Area = (*store.Area)(f.Area)
	}
	if f.Album != "" {
		if to.Album, err = p.albumLike(ctx, f.Album); err != nil {
			return to, err
		}
	}
	return to, p.choose(ctx, f, &to)
}

// choose adds what names pictures one by one.
func (p *page) choose(ctx context.Context, f home.Filter, to *store.Filter) error {
	to.Chosen, to.Only = len(f.Only) > 0, f.Only
	if !f.SameAs.IsZero() {
		same, err := p.store.Same(ctx, f.SameAs)
		if err != nil {
			return err
		}
		to.Only = narrow(to, append(same, f.SameAs))
	}
	if !f.LooksLike.IsZero() {
		found, err := p.store.Alike(ctx, f.LooksLike, similar)
		if err != nil {
			return err
		}
		alike := []media.ID{f.LooksLike}
		for _, a := range found {
			alike = append(alike, a.ID)
		}
		to.Only = narrow(to, alike)
	}
	return nil
}

// narrow keeps of what was chosen what is among ids, too.
func narrow(to *store.Filter, ids []media.ID) []media.ID {
	if !to.Chosen {
		to.Chosen = true
		return ids
	}
	among := make(map[media.ID]bool, len(ids))
	for _, id := range ids {
		among[id] = true
	}
	var both []media.ID
	for _, id := range to.Only {
		if among[id] {
			both = append(both, id)
		}
	}
	return both
}

// dayOf returns the beginning of a local day, or of one so many days later.
func dayOf(text string, later int) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return t, &api.Error{Code: api.ExitUsage, Message: fmt.Sprintf("%q is no day", text), Hint: "write it like 2024-10-16"}
	}
	return t.AddDate(0, 0, later), nil
}

// devicesLike returns the members whose names have a word that begins so.
func (p *page) devicesLike(text string) (found []media.Device) {
	for _, m := range p.host.Members() {
		if wordsBegin(m.Name, text) {
			found = append(found, m.Device)
		}
	}
	return found
}

// wordsBegin reports whether a name has the words of a text in a row, the last of
// them only begun.
func wordsBegin(name, text string) bool {
	words := store.Words(text)
	return len(words) > 0 && strings.Contains(" "+strings.Join(store.Words(name), " "), " "+strings.Join(words, " "))
}

// albumLike returns an album by its ID or its title.
func (p *page) albumLike(ctx context.Context, text string) (*media.AlbumID, error) {
	if id, err := media.ParseAlbumID(text); err == nil {
		return &id, nil
	}
	albums, err := p.store.Albums(ctx)
	if err != nil {
		return nil, err
	}
	for _, exact := range []bool{true, false} {
		for _, a := range albums {
			if same := strings.EqualFold(a.Title, text); same || !exact && wordsBegin(a.Title, text) {
				return &a.ID, nil
			}
		}
	}
	return &media.AlbumID{}, nil // which has no picture
}

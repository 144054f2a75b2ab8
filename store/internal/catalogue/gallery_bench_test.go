package catalogue

import (
	"context"
	"os"
	"testing"
	"time"

	"homeroll/store/media"
)

// galleryPicture spreads pictures over ten years, 5,000 of them in one month, three
// of four with a position.
func galleryPicture(u Pending) Read {
	r := millionPicture(u)
	r.Lent, r.Picture.ContentID = Own, ""
	n := u.Row
	r.Picture.Taken.Local = time.Date(2014, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(n*7919%315_000_000) * time.Second)
	if n%20 == 0 {
		r.Picture.Taken.Local = time.Date(2020, 7, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(n*7919%2_600_000) * time.Second)
	}
	r.Picture.GPS = nil
	if n%4 != 0 {
		r.Picture.GPS = &media.Position{Latitude: float64(n*31%120) - 50 + float64(n%97)/100, Longitude: float64(n*17%360) - 180 + float64(n%89)/100}
	}
	return r
}

// What the page asks of 100,000 pictures. It takes a minute to make them, so it wants
// HOMEROLL_GALLERY=1.
func TestGalleryOfAHundredThousand(t *testing.T) {
	if os.Getenv("HOMEROLL_GALLERY") == "" {
		t.Skip("HOMEROLL_GALLERY=1 makes 100,000 pictures")
	}
	const items = 100_000
	ctx := context.Background()
	p := newPlace(t, t.TempDir(), 1)
	defer func() { _ = p.Close() }()
	introduce(t, p)
	fillMillion(t, p, items)
	began := time.Now()
	for {
		page := must(p.Unread(ctx, 0, 256))(t)
		if len(page) == 0 {
			break
		}
		reads := make([]Read, len(page))
		for i, u := range page {
			reads[i] = galleryPicture(u)
			reads[i].Thumb = []byte("a thumbhash of 25 bytes!")
		}
		if err := p.PutPictures(ctx, reads, whole{}); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("read and grouped %d in %v", items, time.Since(began).Round(time.Millisecond))
	began = time.Now()
	for must(p.Reindex(ctx, 256))(t) > 0 {
	}
	t.Logf("wrote their words in %v", time.Since(began).Round(time.Millisecond))
	p.reopen(t)
	month := 0
	world := Area{-90, -180, 90, 180}
	for _, ask := range []struct {
		what string
		do   func() int
	}{
		{"months", func() int { return len(must(p.Months(ctx))(t)) }},
		{"a month", func() int {
			month++
			return len(must(p.Tiles(ctx, MonthKey{2014 + month%10, time.Month(1 + month*7%12)}))(t))
		}},
		{"a month of 5,000", func() int { return len(must(p.Tiles(ctx, MonthKey{2020, 7}))(t)) }},
		{"months of a word in all", func() int { return len(must(p.MonthsOf(ctx, words("apple")))(t)) }},
		{"months of a word in one of twelve", func() int { return len(must(p.MonthsOf(ctx, words("iphone 7")))(t)) }},
		{"months of a beginning", func() int { return len(must(p.MonthsOf(ctx, words("img")))(t)) }},
		{"months of words", func() int { return len(must(p.MonthsOf(ctx, words("img", "apple", "jpg")))(t)) }},
		{"a month of a word", func() int { return len(must(p.TilesOf(ctx, words("iphone 7"), MonthKey{2020, 7}))(t)) }},
		{"months of a year", func() int {
			return len(must(p.MonthsOf(ctx, Filter{From: time.Date(2019, 2, 3, 0, 0, 0, 0, time.UTC), To: time.Date(2020, 2, 3, 0, 0, 0, 0, time.UTC)}))(t))
		}},
		{"spots of the world", func() int { return len(must(p.Spots(ctx, Filter{}, world, 16, 12))(t)) }},
		{"spots of a country", func() int { return len(must(p.Spots(ctx, Filter{}, Area{45, 5, 50, 15}, 16, 12))(t)) }},
		{"names for suggestions", func() int { return len(must(p.NamesLike(ctx, "img_00", 5))(t)) }},
		{"facets", func() int { p.facets.last = nil; return len(must(p.Facets(ctx))(t).Cameras) }},
	} {
		var took []time.Duration
		n := 0
		for range 50 {
			began := time.Now()
			n = ask.do()
			took = append(took, time.Since(began))
		}
		t.Logf("%-36s %5d rows: %s", ask.what, n, spread(took))
	}
}

func words(all ...string) (f Filter) {
	for _, text := range all {
		f.Terms = append(f.Terms, Term{In: Anywhere, Text: text})
	}
	return f
}

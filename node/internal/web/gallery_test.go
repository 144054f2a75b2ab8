package web

import (
	"context"
	"net/http"
	"reflect"
	"testing"
	"time"

	"homeroll/node/internal/web/home"
	"homeroll/store/media"
)

// shownPictures is a gallery of one picture, which remembers what it was asked.
type shownPictures struct {
	asked   home.Filter
	version string
}

func (g *shownPictures) Months(_ context.Context, f home.Filter) ([]home.Month, error) {
	if g.asked = f; len(f.Words) > 0 {
		return nil, nil
	}
	return []home.Month{{Year: 2024, Month: time.October, Pictures: 1, Ratio: 1.33}}, nil
}

func (g *shownPictures) Pictures(_ context.Context, f home.Filter, _ int, _ time.Month) ([]home.Picture, error) {
	g.asked = f
	return []home.Picture{{ID: media.ID{10}, Width: 4032, Height: 3024, Local: "2024-10-16T11:34:05", Type: "image/heic", Held: true}}, nil
}

func (g *shownPictures) Suggest(context.Context, string, int) ([]home.Suggestion, error) {
	return []home.Suggestion{{Kind: "place", Text: "Lyon", Query: "place:Lyon", Count: 3}}, nil
}

func (g *shownPictures) Spots(_ context.Context, f home.Filter, area home.Area, _, _ int) ([]home.Spot, error) {
	g.asked = f
	return []home.Spot{{Latitude: 45.76, Longitude: 4.83, Pictures: 3, Area: area}}, nil
}

func (g *shownPictures) PlacesKnown() bool                           { return true }
func (g *shownPictures) Version(home.Filter, int, time.Month) string { return g.version }
func (g *shownPictures) Changed() <-chan struct{}                    { return nil }

// What is asked for reaches the gallery; what does not fit is refused before.
func TestFiltersAreReadFromAddresses(t *testing.T) {
	id := media.ID{10}
	g := &shownPictures{version: "7"}
	b := member(t, newServer(t, Config{Gallery: g}))
	for path, want := range map[string]home.Filter{
		"/api/v1/timeline": {},
		"/api/v1/timeline/2024-10?q=lake+type:video&trash=1":                {Words: []string{"lake"}, Type: "video", Trashed: true},
		"/api/v1/timeline?album=aa&same=" + id.String():                     {Album: "aa", SameAs: id},
		"/api/v1/timeline/unknown?area=-10,170,10,-170&like=" + id.String(): {LooksLike: id, Area: &home.Area{South: -10, West: 170, North: 10, East: -170}},
		"/api/v1/map?area=1,2,3,4&q=sea":                                    {Words: []string{"sea"}},
	} {
		g.asked = home.Filter{Name: "nothing was asked"}
		if r := b.do(http.MethodGet, path, ""); r.StatusCode != http.StatusOK || !reflect.DeepEqual(g.asked, want) {
			t.Errorf("%s: %d, asked for %+v, want %+v", path, r.StatusCode, g.asked, want)
		}
	}
	for _, path := range []string{
		"/api/v1/timeline/2024-13", "/api/v1/timeline/0000-01", "/api/v1/timeline?same=x", "/api/v1/timeline?area=1,2,3", "/api/v1/timeline?area=NaN,0,1,1",
		"/api/v1/timeline?area=2,0,1,1", "/api/v1/suggest?q=a&limit=51", "/api/v1/map?columns=65", "/api/v1/map?rows=0", "/api/v1/items/x",
	} {
		if r := b.do(http.MethodGet, path, ""); r.StatusCode != http.StatusBadRequest && path != "/api/v1/items/x" {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
}

// A browser that has the answer is told so, until it changes.
func TestTimelinesAreRevalidated(t *testing.T) {
	g := &shownPictures{version: "7"}
	b := member(t, newServer(t, Config{Gallery: g}))
	first := b.do(http.MethodGet, "/api/v1/timeline/2024-10", "")
	tag := first.Header.Get("ETag")
	for version, want := range map[string]int{"7": http.StatusNotModified, "8": http.StatusOK} {
		g.version = version
		r := b.do(http.MethodGet, "/api/v1/timeline/2024-10", "", func(r *http.Request) { r.Header.Set("If-None-Match", tag) })
		if r.StatusCode != want || tag != `"7"` {
			t.Errorf("version %s, tag %s: %d", version, tag, r.StatusCode)
		}
	}
}

package catalogue

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"homeroll/store/media"
)

// What is read at once and what the database gathers are the same heaps, across the
// date line, too; each picture of the area is in one of them.
func TestSpotsHoldEachPictureOnce(t *testing.T) {
	ctx := t.Context()
	p := newPlace(t, t.TempDir(), 1)
	defer func() { _ = p.Close() }()
	introduce(t, p)
	fillFiles(t, p, 0, 300)
	var reads []Read
	for _, u := range must(p.Unread(ctx, 0, 1000))(t) {
		r := testPicture(u.Item)
		r.Row, r.Sidecar, r.Picture.ContentID = u.Row, false, ""
		r.Picture.GPS = &media.Position{Latitude: float64(u.Row%160) - 80, Longitude: float64(u.Row*7%360) - 180}
		r.Picture.Taken = media.Taken{Local: testTime(int(u.Row))}
		reads = append(reads, r)
	}
	if err := p.PutPictures(ctx, reads, whole{}); err != nil {
		t.Fatal(err)
	}
	sorted := func(spots []Spot) []Spot {
		for i := range spots {
			s := &spots[i]
			for _, v := range []*float64{&s.At.Latitude, &s.At.Longitude} {
				*v = float64(int(*v * 1e6))
			}
		}
		slices.SortFunc(spots, func(a, b Spot) int { return slices.Compare(a.Cover[:], b.Cover[:]) })
		return spots
	}
	always := Filter{From: time.Date(1700, 1, 1, 0, 0, 0, 0, time.UTC)}
	for _, area := range []Area{{-90, -180, 90, 180}, {0, 10, 50, 90}, {-60, 150, 60, -150}} {
		one := sorted(must(p.Spots(ctx, Filter{}, area, 7, 5))(t))
		other := sorted(must(p.Spots(ctx, always, area, 7, 5))(t))
		if !reflect.DeepEqual(one, other) {
			t.Errorf("%v: %+v, or %+v", area, one, other)
		}
		var n, want int64
		for _, s := range one {
			n += s.Pictures
		}
		for _, m := range must(p.MonthsOf(ctx, Filter{Area: &area}))(t) {
			want += m.Pictures
		}
		if n != want || n == 0 {
			t.Errorf("%v: %d pictures in spots, %d in the area", area, n, want)
		}
	}
}

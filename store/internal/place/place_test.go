package place

import (
	"strings"
	"testing"

	"homeroll/store/media"
)

func TestPositionsHaveTheNamesThatPeopleGiveThem(t *testing.T) {
	for _, c := range []struct {
		lat, lon        float64
		begins, country string
	}{
		{45.7578, 4.8320, "Lyon, Auvergne-Rhône-Alpes, France", "Frankreich"},
		{52.5163, 13.3777, "Berlin, ", "Deutschland"},
		{40.7484, -73.9857, "New York City, New York, United States", "Vereinigte Staaten"},
		{35.6586, 139.7454, "Tokyo, Tokyo, Japan", "Japan"},
		{-17.8, 179.9, "", ""},
		{0, -150, "", ""},
		{90, 0, "", ""},
	} {
		name, also := Name(media.Position{Latitude: c.lat, Longitude: c.lon})
		if !strings.HasPrefix(name, c.begins) || c.begins == "" && name != "" && c.lat != -17.8 || !strings.HasPrefix(also, c.country) && c.lat != -17.8 {
			t.Errorf("%v %v is %q, also %q", c.lat, c.lon, name, also)
		}
	}
}

func BenchmarkName(b *testing.B) {
	for b.Loop() {
		Name(media.Position{Latitude: 50.9, Longitude: 6.9})
	}
}

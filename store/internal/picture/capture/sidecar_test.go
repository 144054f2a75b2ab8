package capture

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homeroll/store/internal/need"
	"homeroll/store/media/formattest"
)

const packet = `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">`

func TestReadSidecarOfXMP(t *testing.T) {
	attributes := packet + `<rdf:Description rdf:about="" xmlns:e="http://ns.adobe.com/exif/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
 e:DateTimeOriginal="2018-03-25T10:12:13.45+02:00" e:GPSLatitude="47,30.5S" e:GPSLongitude="8,15,30E" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>`
	elements := packet + `<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/">
<xmp:CreateDate>2011-01-01T01:01:01</xmp:CreateDate><photoshop:DateCreated>2018-03-25T10:12:13.45+02:00</photoshop:DateCreated>
<exif:GPSLatitude>47,30,30S</exif:GPSLatitude><exif:GPSLongitude>8,15.5E</exif:GPSLongitude></rdf:Description></rdf:RDF></x:xmpmeta>`
	for name, text := range map[string]string{"DateTimeOriginal": attributes, "DateCreated": elements} {
		s, ok := ReadSidecar([]byte(text))
		if want := "2018-03-25T10:12:13.45+02:00 sidecar XMP " + name; !ok || told(s.Taken) != want {
			t.Errorf("taken %q, want %q", told(s.Taken), want)
		}
		if s.GPS == nil || math.Abs(s.GPS.Latitude+47.508333) > 1e-5 || math.Abs(s.GPS.Longitude-8.258333) > 1e-5 {
			t.Errorf("%s: place %+v", name, s.GPS)
		}
		if (s.Orientation == 6) != (name == "DateTimeOriginal") {
			t.Errorf("%s: orientation %d", name, s.Orientation)
		}
	}
}

func TestReadSidecarOfTakeout(t *testing.T) {
	s, ok := ReadSidecar([]byte(`{"title":"a.jpg","photoTakenTime":{"timestamp":"1696573800","formatted":"x"},
"geoData":{"latitude":0.0,"longitude":0.0},"geoDataExif":{"latitude":48.85,"longitude":2.29},"url":"u"}`))
	if !ok || s.Title != "a.jpg" || s.Taken.UTC.Unix() != 1696573800 || s.Taken.Source != "sidecar JSON photoTakenTime" {
		t.Errorf("%v %+v", ok, s)
	}
	if s.GPS == nil || s.GPS.Latitude != 48.85 || s.GPS.Longitude != 2.29 {
		t.Errorf("place %+v", s.GPS)
	}
	if s, ok := ReadSidecar([]byte(`{"photoTakenTime":{"timestamp":-100000000},"geoData":{"latitude":0,"longitude":0}}`)); !ok ||
		s.Taken.UTC.Year() != 1966 || s.GPS != nil {
		t.Errorf("a number before 1970: %v %+v", ok, s)
	}
	for _, text := range []string{
		`{"title":"Album","description":"","access":"protected","date":{"timestamp":"1697872351"}}`,
		`{"albumData":{"title":"x"},"photoTakenTime":{"timestamp":"1697872351"}}`,
		`{"name":"package","version":"1.0.0"}`, `[1,2]`, `{`, ``, `text`, `<html></html>`, `<plist></plist>`,
	} {
		if s, ok := ReadSidecar([]byte(text)); ok {
			t.Errorf("%s is a sidecar: %+v", text, s)
		}
	}
	if _, ok := ReadSidecar([]byte(strings.Repeat(" ", MaxSidecar) + `{"photoTakenTime":{"timestamp":1}}`)); ok {
		t.Error("a sidecar has no bound")
	}
}

func TestReadSidecarOfTheCorpus(t *testing.T) {
	root := need.Corpus(t)
	b, err := os.ReadFile(filepath.Join(root, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var corpus struct {
		Takeout []struct {
			Path, Title         string
			Taken               *int64 `json:"photo_taken_time"`
			Latitude, Longitude *float64
		} `json:"takeout_json"`
	}
	if err := json.Unmarshal(b, &corpus); err != nil {
		t.Fatal(err)
	}
	for _, want := range corpus.Takeout {
		b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(want.Path)))
		if err != nil {
			t.Fatal(err)
		}
		s, ok := ReadSidecar(b)
		if ok != (want.Taken != nil) {
			t.Errorf("%s: a sidecar: %v", want.Path, ok)
			continue
		}
		if ok && (s.Taken.UTC.Unix() != *want.Taken || s.Title != want.Title) {
			t.Errorf("%s: %+v", want.Path, s)
		}
		if ok && want.Latitude != nil && (s.GPS == nil || s.GPS.Latitude != *want.Latitude || s.GPS.Longitude != *want.Longitude) {
			t.Errorf("%s: place %+v", want.Path, s.GPS)
		}
	}
	if len(corpus.Takeout) == 0 {
		t.Error("the corpus has no sidecars of Takeout")
	}
}

// What reading a sidecar may allocate, in bytes, and 128 for each byte of it.
const sidecarMemory = 1 << 20

func FuzzReadSidecar(f *testing.F) {
	f.Add([]byte(packet + `<rdf:Description exif:GPSLatitude="1,2,3N" exif:GPSLongitude="1E" exif:DateTimeOriginal="2018"/>`))
	f.Add([]byte(`{"title":"a","photoTakenTime":{"timestamp":"1e300"},"geoData":{"latitude":"NaN","longitude":1e400}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s Sidecar
		var ok bool
		formattest.Bounded(t, sidecarMemory+128*uint64(len(b)), func() { s, ok = ReadSidecar(b) })
		if !ok && (s != Sidecar{}) {
			t.Fatalf("no sidecar says %+v", s)
		}
		if s.GPS != nil && !(math.Abs(s.GPS.Latitude) <= 90 && math.Abs(s.GPS.Longitude) <= 180) {
			t.Fatalf("no place on earth: %+v", s.GPS)
		}
		if y := s.Taken.UTC.Year(); !s.Taken.UTC.IsZero() && (y < 1800 || y > 2101) {
			t.Fatalf("no time: %+v", s.Taken)
		}
	})
}

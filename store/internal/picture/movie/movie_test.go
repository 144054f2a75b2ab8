package movie

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"testing"
	"time"

	"homeroll/store/media"
	"homeroll/store/media/formattest"
)

func TestAMovieOfManyGigabytesIsReadAtItsEnds(t *testing.T) {
	const media = int64(12 << 30)
	wide := append(append(words(1), "mdat"...), binary.BigEndian.AppendUint64(nil, uint64(media))...)
	moov := boxOf("moov", mvhd(qt, 3600), trak(3840, 2160))
	end := int64(len(ftyp)) + media
	c := &counted{parts: map[int64][]byte{0: append(bytes.Clone(ftyp), wide...), end: moov}, size: end + int64(len(moov))}
	p, err := Read(t.Context(), c, c.size)
	if err != nil || p.Width != 3840 || p.Height != 2160 || p.Duration != time.Hour || p.Taken.Source != "QuickTime CreateDate" {
		t.Errorf("%+v, %v", p, err)
	}
	if c.bytes > 64<<10 || c.calls > 10 {
		t.Errorf("%d bytes were read in %d calls", c.bytes, c.calls)
	}
}

func TestTimesOfAMovie(t *testing.T) {
	apple := keys("com.apple.quicktime.make", "Apple", "com.apple.quicktime.creationdate", "2020-05-06T09:08:09+0200")
	sony := boxOf("meta", words(0), boxOf("xml ", words(0), []byte(
		`<?xml version="1.0"?><NonRealTimeMeta xmlns="urn:x"><CreationDate value="2020-05-06T16:08:09+09:00"/>`+
			`<Device manufacturer="Sony" modelName="ILCE-7M3"/><Lens modelName="FE 35mm"/></NonRealTimeMeta>`)))
	for _, test := range []struct {
		what string
		moov [][]byte
		want string // wall clock, or instant with Z, and source
	}{
		{"the header is in UTC", [][]byte{mvhd(qt, 1)}, "2020-05-06 07:08:09Z QuickTime CreateDate"},
		{"no time is no time", [][]byte{mvhd(0, 1)}, ""},
		{"nor is the start of Unix's clock", [][]byte{mvhd(untilUnix, 1)}, ""},
		{"a header that counts from 1970", [][]byte{mvhd(qt-untilUnix, 1)}, "2020-05-06 07:08:09Z QuickTime CreateDate"},
		{"the track's time stands in", [][]byte{mvhd(0, 1), trak(1, 1)}, "2020-05-06 07:08:09Z QuickTime MediaCreateDate"},
		{"Apple's keys know the wall clock", [][]byte{mvhd(qt, 1), apple}, "2020-05-06 09:08:09 QuickTime Keys:CreationDate"},
		{"Sony's notes, too", [][]byte{mvhd(qt, 1), sony}, "2020-05-06 16:08:09 XML CreationDateValue"},
		{"GoPro writes the wall clock into the header", [][]byte{mvhd(qt, 1), boxOf("udta", text("\xa9mod", "GoPro HERO9"))},
			"2020-05-06 07:08:09 QuickTime CreateDate"},
		{"so does Canon", [][]byte{mvhd(qt, 1), boxOf("udta", text("\xa9mak", "Canon"))}, "2020-05-06 07:08:09 QuickTime CreateDate"},
		{"and Apple does not", [][]byte{mvhd(qt, 1), boxOf("udta", text("\xa9mak", "Apple"))}, "2020-05-06 07:08:09Z QuickTime CreateDate"},
		{"a date of the original comes first", [][]byte{mvhd(qt, 1), apple, boxOf("udta", boxOf("date", []byte("2020-05-06T01:08:09-0600")))},
			"2020-05-06 01:08:09 QuickTime UserData:DateTimeOriginal"},
	} {
		p := read(t, ftyp, boxOf("moov", test.moov...))
		got := digits(p.Taken)
		switch {
		case got == "":
		case p.Taken.Local.IsZero():
			got += "Z " + p.Taken.Source
		default:
			got += " " + p.Taken.Source
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.what, got, test.want)
		}
	}
}

func TestCameraAndPlaceOfAMovie(t *testing.T) {
	loci := boxOf("loci", words(0), []byte{0x15, 0xc7}, []byte("home\x00\x00"), words(uint32(8.25*65536), 0xffffffff-uint32(47.5*65536)+1, 0), []byte("earth\x00\x00"))
	nikon := boxOf("NCDT", boxOf("NCTG",
		words(1, 2<<16|5), []byte("NIKON"), words(2, 2<<16|3), []byte("Z 6"), words(0x12, 2<<16|19), []byte("2020:05:06 09:08:09")))
	gopro := boxOf("GPMF", []byte("DEVC\x00\x01\x00\x0cMINFc\x01\x00\x03Max\x00"))
	for _, test := range []struct {
		what        string
		part        []byte
		maker, name string
		lat, lon    float64
	}{
		{"Apple's keys", keys("com.apple.quicktime.make", "Apple", "com.apple.quicktime.model", "iPhone 99",
			"com.apple.quicktime.location.ISO6709", "-47.5000+008.2500+400.000/"), "Apple", "iPhone 99", -47.5, 8.25},
		{"Android's keys", keys("com.android.manufacturer", "Google", "com.android.model", "Pixel 9"), "Google", "Pixel 9", 0, 0},
		{"user data", boxOf("udta", text("\xa9mak", "Maker"), text("\xa9mod", "Model"), text("\xa9xyz", "-47.5000+008.2500/")),
			"Maker", "Model", -47.5, 8.25},
		{"3GPP's place", boxOf("udta", loci), "", "", -47.5, 8.25},
		{"no fix is no place", boxOf("udta", text("\xa9xyz", "+00.0000+000.0000/")), "", "", 0, 0},
		{"Nikon's list", boxOf("udta", nikon), "NIKON", "Z 6", 0, 0},
		{"GoPro's settings", boxOf("udta", gopro), "", "Max", 0, 0},
		{"a camera of the 2000s", boxOf("udta", boxOf("TAGS", []byte("FUJIFILM DIGITAL CAMERA\x00FinePix S1\x00\x00\x00\x00\x00\x00"))),
			"FUJIFILM DIGITAL CAMERA", "FinePix S1", 0, 0},
	} {
		p := read(t, ftyp, boxOf("moov", mvhd(qt, 1), test.part))
		if p.Make != test.maker || p.Model != test.name {
			t.Errorf("%s: %q %q", test.what, p.Make, p.Model)
		}
		if (p.GPS != nil) != (test.lat != 0) || p.GPS != nil && *p.GPS != (media.Position{Latitude: test.lat, Longitude: test.lon}) {
			t.Errorf("%s: %+v", test.what, p.GPS)
		}
	}
	if p := read(t, ftyp, boxOf("moov", keys("com.apple.quicktime.content.identifier", "A-B"))); p.ContentID != "A-B" {
		t.Errorf("content ID %q", p.ContentID)
	}
}

func TestPlacesOfISO6709(t *testing.T) {
	for text, want := range map[string]*media.Position{
		"+47.5-008.25/":             {Latitude: 47.5, Longitude: -8.25},
		"+4730.0-00815.0+100/":      {Latitude: 47.5, Longitude: -8.25},
		"+473000.0-0081500.0CRSx/":  {Latitude: 47.5, Longitude: -8.25},
		"-90+180":                   {Latitude: -90, Longitude: 180},
		"+91+000/":                  nil,
		"+00.0000+000.0000/":        nil,
		"47.5 8.25":                 nil,
		"+47.5":                     nil,
		"":                          nil,
		"+1e5+1/":                   nil,
		"+99999999999999999999+1.1": nil,
	} {
		p, ok := iso6709(text)
		if ok != (want != nil) || ok && (math.Abs(p.Latitude-want.Latitude) > 1e-9 || math.Abs(p.Longitude-want.Longitude) > 1e-9) {
			t.Errorf("%q: %v %v", text, p, ok)
		}
	}
}

func TestTypesByBrand(t *testing.T) {
	for brands, want := range map[string]string{
		"isom\x00\x00\x02\x00isomavc1": "video/mp4",
		"qt  \x00\x00\x02\x00qt  ":     "video/quicktime",
		"M4V \x00\x00\x00\x01M4V ":     "video/x-m4v",
		"3gp5\x00\x00\x00\x013gp5":     "video/3gpp",
		"3g2a\x00\x00\x00\x013g2a":     "video/3gpp2",
		"M4A \x00\x00\x00\x00M4A ":     "audio/mp4",
		"XAVC\x00\x00\x00\x00XAVCiso6": "video/mp4",
		"????\x00\x00\x00\x00????qt  ": "video/quicktime",
	} {
		if p := read(t, boxOf("ftyp", []byte(brands))); p.Type != want {
			t.Errorf("%q: %s, want %s", brands, p.Type, want)
		}
	}
	for _, still := range []string{"heic", "mif1", "avif", "crx ", "jxl "} {
		if Is(boxOf("ftyp", []byte(still+"\x00\x00\x00\x00"+still))) {
			t.Errorf("%s is a video", still)
		}
	}
	for _, text := range []string{"", "free", "some text that is none", "\x00\x00\x00\x08", "RIFF\x00\x00\x00\x00WEBPVP8 "} {
		if Is([]byte(text)) {
			t.Errorf("%q is a video", text)
		}
	}
	if p := read(t, boxOf("wide"), boxOf("mdat", []byte("x")), boxOf("moov", mvhd(qt, 2))); p.Type != "video/quicktime" || p.Duration != 2*time.Second {
		t.Errorf("QuickTime of old: %+v", p)
	}
}

// endless is a file of a tebibyte, all of boxes of a mebibyte.
type endless struct{ bytes int64 }

func (e *endless) ReadAt(p []byte, off int64) (int, error) {
	for i := range p {
		p[i] = "\x00\x10\x00\x00free"[(off+int64(i))%8]
	}
	e.bytes += int64(len(p))
	return len(p), nil
}

func TestTheBudgetHolds(t *testing.T) {
	var e endless
	p, err := Read(t.Context(), &e, 1<<40)
	if err != nil || p.Type != "video/quicktime" || e.bytes > budget {
		t.Errorf("%d bytes were read: %+v, %v", e.bytes, p, err)
	}
}

func TestTimesOfPacks(t *testing.T) {
	for zone, want := range map[byte]string{
		0x44: "2019:04:24 22:24:05+02:00", 0x27: "2019:04:24 22:24:05-03:30", 0x00: "2019:04:24 22:24:05+00:00", 0xff: "2019:04:24 22:24:05",
	} {
		if got := packTime([]byte{zone, 0x20, 0x19, 0x04}, []byte{0x24, 0x22, 0x24, 0x05}); got != want {
			t.Errorf("zone %x: %s, want %s", zone, got, want)
		}
	}
}

// errDisk is what a broken disk says.
var errDisk = errors.New("disk")

type brokenDisk struct{}

func (brokenDisk) ReadAt([]byte, int64) (int, error) { return 0, errDisk }

func TestAFailureOfTheFileIsAnError(t *testing.T) {
	if _, err := Read(t.Context(), brokenDisk{}, 1000); !errors.Is(err, errDisk) {
		t.Errorf("error %v", err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Read(stopped, bytes.NewReader(ftyp), int64(len(ftyp))); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// FuzzRead holds that no content costs more than the budget, and that numbers
// are such as videos have.
// What reading one film's metadata may allocate, in bytes.
const readMemory = 64 << 20

func FuzzRead(f *testing.F) {
	f.Add(bytes.Join([][]byte{ftyp, boxOf("moov", mvhd(qt, 1), trak(640, 480), keys("com.apple.quicktime.model", "x"))}, nil))
	f.Add(boxOf("moov", boxOf("udta", boxOf("meta", words(0), boxOf("meta", boxOf("udta", boxOf("meta")))))))
	f.Add([]byte("RIFF\x40\x00\x00\x00AVI LIST\x30\x00\x00\x00hdrlavih\x08\x00\x00\x00\x01\x00\x00\x00\xff\xff\xff\xffLIST\x00\x00\x00\x00strl"))
	f.Add([]byte("\x1a\x45\xdf\xa3\x84\x42\x82\x81w\x18\x53\x80\x67\xff\x15\x49\xa9\x66\x88\x44\x89\x84\x7f\xff\xff\xff"))
	f.Add(append([]byte(asfHeader), make([]byte, 40)...))
	f.Add([]byte("FLV\x01\x05\x00\x00\x00\x09\x00\x00\x00\x00\x12\x00\x00\x40\x00\x00\x00\x00\x00\x00\x00\x02\x00\x0aonMetaData\x08\x00\x00\x00\x01\x00\x05width\x00\x40\x74\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x2a\x80theora\x03\x02\x01"))
	f.Add(append([]byte(mxfPartition+"\x02\x04"), 0x83, 0, 0, 1))
	f.Add([]byte{0, 0, 1, 0xba, 0x44, 0, 4, 0, 4, 1, 0, 0, 0, 0, 0, 1, 0xb3, 0x14, 0x00, 0xf0, 0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5, 0x21})
	ts := make([]byte, 3*packet)
	for i := 0; i < len(ts); i += packet {
		copy(ts[i:], []byte{sync, 0x40, 0, 0x10, 0, 0, 0xb0, 0x0d})
	}
	f.Add(ts)
	dv := make([]byte, 12*dvSequence*dvBlock)
	copy(dv, []byte{0x1f, 7, 0, 0xbf})
	f.Add(dv)
	f.Fuzz(func(t *testing.T, b []byte) {
		c := &counted{parts: map[int64][]byte{0: b}, size: int64(len(b))}
		var p media.Picture
		var err error
		formattest.Bounded(t, readMemory, func() { p, err = Read(t.Context(), c, c.size) })
		if err != nil {
			t.Fatal(err)
		}
		if c.bytes > budget {
			t.Fatalf("%d bytes were read", c.bytes)
		}
		if p.Width < 0 || p.Height < 0 || p.Duration < 0 || p.Duration > 1e7*time.Second {
			t.Fatalf("%+v", p)
		}
		if Is(b[:min(len(b), 400)]) != (p.Type != "") {
			t.Fatalf("a video without a type, or the reverse: %q", p.Type)
		}
		if p.GPS != nil && !(math.Abs(p.GPS.Latitude) <= 90 && math.Abs(p.GPS.Longitude) <= 180) {
			t.Fatalf("no place on earth: %+v", p.GPS)
		}
	})
}

package picture_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"homeroll/store/internal/picture"
	"homeroll/store/media"
)

const wall = "2006-01-02T15:04:05.999999999"

// exifTimes is a JPEG whose EXIF directory has the fields of an EXIF directory,
// and whose first directory may have more.
func exifTimes(first, exif *dir) []byte {
	return exifSegment(first.with(0x8769, exif))
}

func d() *dir { return &dir{} }

// gpsStamp is a GPS directory with a time.
func gpsStamp(date string, h, m, s uint32) *dir {
	return d().with(7, [][2]uint32{{h, 1}, {m, 1}, {s, 1}}).with(29, date)
}

func TestTaken(t *testing.T) {
	const none = "none"
	for _, tc := range []struct {
		what                       string
		segments                   [][]byte
		local, utc, offset, source string
	}{
		{"SubSec and offset", [][]byte{exifTimes(d(), d().with(0x9003, "2023:10:06 08:30:00").with(0x9291, "07 ").with(0x9011, "+02:00"))},
			"2023-10-06T08:30:00.07", "2023-10-06T06:30:00.07", "+02:00", "EXIF SubSecDateTimeOriginal"},
		{"a time alone", [][]byte{exifTimes(d(), d().with(0x9003, "2023:10:06 08:30:00"))},
			"2023-10-06T08:30:00", none, none, "EXIF DateTimeOriginal"},
		{"zeros, then CreateDate", [][]byte{exifTimes(d(), d().with(0x9003, "0000:00:00 00:00:00").with(0x9004, "2023:10:06 08:30:00").with(0x9292, "5").with(0x9012, "-03:30"))},
			"2023-10-06T08:30:00.5", "2023-10-06T12:00:00.5", "-03:30", "EXIF SubSecCreateDate"},
		{"blanks, then CreateDate", [][]byte{exifTimes(d(), d().with(0x9003, "    :  :     :  :  ").with(0x9004, "2023:10:06 08:30:00"))},
			"2023-10-06T08:30:00", none, none, "EXIF CreateDate"},
		{"a thirteenth month", [][]byte{exifTimes(d(), d().with(0x9003, "2023:13:06 08:30:00").with(0x9004, "2023:02:30 08:30:00"))},
			none, none, none, ""},
		{"a camera that was never set", [][]byte{exifTimes(d(), d().with(0x9003, "2002:12:08 12:00:00"))},
			"2002-12-08T12:00:00", none, none, "EXIF DateTimeOriginal"},
		{"a modification is no capture", [][]byte{exifTimes(d().with(0x0132, "2023:10:06 08:30:00"), d().with(0x9010, "+02:00"))},
			none, none, none, ""},
		{"OffsetTime, of a file that is as it was taken", [][]byte{exifTimes(d().with(0x0132, "2023:10:06 08:30:00"), d().with(0x9003, "2023:10:06 08:30:00").with(0x9010, "+02:00"))},
			"2023-10-06T08:30:00", "2023-10-06T06:30:00", "+02:00", "EXIF DateTimeOriginal"},
		{"OffsetTime, of an editor elsewhere", [][]byte{exifTimes(d().with(0x0132, "2024:01:01 10:00:00"), d().with(0x9003, "2023:10:06 08:30:00").with(0x9010, "+08:00"))},
			"2023-10-06T08:30:00", none, none, "EXIF DateTimeOriginal"},
		{"TIFF/EP's place", [][]byte{exifSegment(d().with(0x9003, "2023:10:06 08:30:00"))},
			"2023-10-06T08:30:00", none, none, "EXIF DateTimeOriginal"},
		{"an early camera's blanks", [][]byte{exifTimes(d(), d().with(0x9003, "2000: 1: 6  8: 3: 0"))},
			"2000-01-06T08:03:00", none, none, "EXIF DateTimeOriginal"},
		{"an offset that XMP states", [][]byte{exifTimes(d(), d().with(0x9003, "2023:10:06 08:30:00")), xmpSegment(`exif:DateTimeOriginal="2023-10-06T08:30:00+05:45">`)},
			"2023-10-06T08:30:00", "2023-10-06T02:45:00", "+05:45", "EXIF DateTimeOriginal"},
		{"an offset of another time", [][]byte{exifTimes(d(), d().with(0x9003, "2023:10:06 08:30:00")), xmpSegment(`xmp:CreateDate="2023-10-07T08:30:00+05:45">`)},
			"2023-10-06T08:30:00", none, none, "EXIF DateTimeOriginal"},
		{"XMP alone, as elements", [][]byte{xmpSegment(`><exif:DateTimeOriginal>2023-10-06T08:30:00.25-07:00</exif:DateTimeOriginal>`)},
			"2023-10-06T08:30:00.25", "2023-10-06T15:30:00.25", "-07:00", "XMP DateTimeOriginal"},
		{"a scan: when it was made before when it was scanned", [][]byte{exifTimes(d(), d().with(0x9004, "2023:10:06 08:30:00")), xmpSegment(`photoshop:DateCreated="1967-08-01T12:30:00">`)},
			"1967-08-01T12:30:00", none, none, "XMP DateCreated"},
		{"a day alone is less than a time", [][]byte{exifTimes(d(), d().with(0x9004, "2023:10:06 08:30:00")), xmpSegment(`photoshop:DateCreated="1967-08-01">`)},
			"2023-10-06T08:30:00", none, none, "EXIF CreateDate"},
		{"IPTC", [][]byte{iptcSegment("20231006", "083000+0545")},
			"2023-10-06T08:30:00", "2023-10-06T02:45:00", "+05:45", "IPTC DateTimeCreated"},
		{"IPTC without a zone", [][]byte{iptcSegment("20231006", "083000+0000")},
			"2023-10-06T08:30:00", none, none, "IPTC DateTimeCreated"},
		{"GPS gives the instant, not the zone", [][]byte{exifSegment(d().with(0x8769, d().with(0x9003, "2023:10:06 08:30:00")).with(0x8825, gpsStamp("2023:10:06", 6, 29, 48)))},
			"2023-10-06T08:30:00", "2023-10-06T06:30:00", none, "EXIF DateTimeOriginal"},
		{"an old fix gives nothing", [][]byte{exifSegment(d().with(0x8769, d().with(0x9003, "2023:10:06 08:30:00")).with(0x8825, gpsStamp("2023:10:06", 6, 23, 0)))},
			"2023-10-06T08:30:00", none, none, "EXIF DateTimeOriginal"},
		{"a fix of another day", [][]byte{exifSegment(d().with(0x8769, d().with(0x9003, "2008:10:22 16:30:00")).with(0x8825, gpsStamp("2008:10:23", 14, 30, 0)))},
			"2008-10-22T16:30:00", none, none, "EXIF DateTimeOriginal"},
		{"GPS alone", [][]byte{exifSegment(d().with(0x8825, gpsStamp("2023:10:06", 6, 30, 0)))},
			none, "2023-10-06T06:30:00", none, "GPS GPSDateTime"},
		{"a receiver without a fix", [][]byte{exifSegment(d().with(0x8825, gpsStamp("1980:01:06", 0, 0, 0)))},
			none, none, none, ""},
	} {
		t.Run(tc.what, func(t *testing.T) {
			taken := read(t, jpegFile(tc.segments...)).Taken
			got := [4]string{none, none, none, taken.Source}
			if !taken.Local.IsZero() {
				got[0] = taken.Local.Format(wall)
			}
			if !taken.UTC.IsZero() {
				got[1] = taken.UTC.Format(wall)
			}
			if taken.Offset != nil {
				got[2] = time.Unix(0, 0).In(time.FixedZone("", *taken.Offset)).Format("-07:00")
			}
			if want := [4]string{tc.local, tc.utc, tc.offset, tc.source}; got != want {
				t.Errorf("%q, not %q", got, want)
			}
		})
	}
}

func iptcSegment(date, clock string) []byte {
	set := func(number byte, s string) []byte {
		return append(append([]byte{0x1c, 2, number}, u16(len(s))...), s...)
	}
	body := append(set(55, date), set(60, clock)...)
	return jpegSegment(0xed, "Photoshop 3.0\x00", "8BIM\x04\x04\x00\x00", string(u32(len(body))), string(body))
}

func TestPlace(t *testing.T) {
	gps := func(latRef string, lat [][2]uint32, lonRef string, lon [][2]uint32) []byte {
		return exifSegment(d().with(0x8825, d().with(1, latRef).with(2, lat).with(3, lonRef).with(4, lon)))
	}
	paris := [][2]uint32{{48, 1}, {51, 1}, {3018, 100}}
	for _, tc := range []struct {
		what    string
		segment []byte
		want    string
	}{
		{"degrees, minutes, seconds", gps("N", paris, "E", [][2]uint32{{2, 1}, {17, 1}, {3084, 100}}), "48.85838 2.29190"},
		{"south and west", gps("S", paris, "W", [][2]uint32{{2, 1}, {175, 10}, {0, 0}}), "-48.85838 -2.29167"},
		{"off the globe", gps("N", [][2]uint32{{213, 1}, {0, 1}, {0, 1}}, "E", paris), ""},
		{"no fix", gps("N", [][2]uint32{{0, 1}, {0, 1}, {0, 1}}, "E", [][2]uint32{{0, 1}, {0, 1}, {0, 1}}), ""},
		{"on the equator", gps("N", [][2]uint32{{0, 1}, {0, 1}, {0, 1}}, "E", paris), "0.00000 48.85838"},
		{"fractions of zero", gps("N", [][2]uint32{{0, 0}, {0, 0}, {0, 0}}, "E", paris), ""},
		{"no hemisphere", gps("", paris, "", paris), ""},
		{"text", exifSegment(d().with(0x8825, d().with(1, "N").with(2, "48 51 30.18").with(3, "W").with(4, "2/1,35/2,0"))), "48.85838 -2.29167"},
		{"XMP", xmpSegment(`exif:GPSLatitude="48,51.503S" exif:GPSLongitude="2,17,30.84E">`), "-48.85838 2.29190"},
		{"XMP with a sign", xmpSegment(`exif:GPSLatitude="-48.85838" exif:GPSLongitude="2.2919">`), "-48.85838 2.29190"},
		{"XMP of no number", xmpSegment(`exif:GPSLatitude="nanN" exif:GPSLongitude="infE">`), ""},
	} {
		t.Run(tc.what, func(t *testing.T) {
			p := read(t, jpegFile(tc.segment)).GPS
			got := ""
			if p != nil {
				got = placeText(*p)
			}
			if got != tc.want {
				t.Errorf("%q, not %q", got, tc.want)
			}
		})
	}
}

func TestAppleJoins(t *testing.T) {
	w := tiffWriter{order: be, b: append([]byte("Apple iOS\x00\x00\x01"), "MM"...)}
	w.dir(d().with(0x000b, "B0B0").with(0x0011, "C0C0"))
	note := exifTimes(d().with(0x010f, "Apple"), d().with(0x927c, w.b))
	if p := read(t, jpegFile(note)); p.ContentID != "C0C0" || p.Burst != "B0B0" {
		t.Errorf("%q, %q", p.ContentID, p.Burst)
	}
	if p := read(t, jpegFile(xmpSegment(`GCamera:BurstID="B1B1">`))); p.Burst != "B1B1" {
		t.Errorf("%q", p.Burst)
	}
}

func TestMotion(t *testing.T) {
	video := bytes.Join([][]byte{bx("ftyp", []byte("mp42"), u32(0)), bx("mdat", make([]byte, 84))}, nil) // 16 + 92 bytes
	micro := xmpSegment(`GCamera:MicroVideo="1" GCamera:MicroVideoOffset="108">`)
	item := func(mime, semantic, length string) string {
		return `<rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="` + mime + `" Item:Semantic="` + semantic + `" Item:Length="` + length + `"/></rdf:li>`
	}
	container := xmpSegment(`GCamera:MotionPhoto="1"><Container:Directory><rdf:Seq>` + item("image/jpeg", "Primary", "0") +
		item("video/mp4", "MotionPhoto", "108") + item("image/jpeg", "GainMap", "10") + `</rdf:Seq></Container:Directory>`)
	head := append([]byte{0, 0, 0x30, 0x0a}, append(le.AppendUint32(nil, 16), "MotionPhoto_Data"...)...)
	samsung := append(append(jpegFile(), head...), video...)
	table := append([]byte("SEFH"), le.AppendUint32(le.AppendUint32(nil, 107), 1)...)
	table = append(table, 0, 0, 0x30, 0x0a)
	table = le.AppendUint32(le.AppendUint32(table, uint32(len(head)+len(video))), uint32(len(head)+len(video)))
	samsung = append(append(samsung, table...), append(le.AppendUint32(nil, uint32(len(table))), "SEFT"...)...)
	for _, tc := range []struct {
		what string
		file []byte
		want bool
	}{
		{"a MicroVideo", append(jpegFile(micro), video...), true},
		{"a MicroVideo that was cut off", jpegFile(micro), false},
		{"a video that the still does not speak of", append(jpegFile(), video...), false},
		{"a container with a gain map behind", append(append(jpegFile(container), video...), make([]byte, 10)...), true},
		{"a container of nothing", append(jpegFile(container), make([]byte, 118)...), false},
		{"Samsung's trailer", samsung, true},
		{"Samsung's trailer, of something else", bytes.Replace(samsung, []byte("ftyp"), []byte("free"), 1), false},
		{"HEIC with a video in a box", heicFile("heic", description(), bx("mpvd", video)), true},
		{"HEIC", heicFile("heic", description()), false},
	} {
		if p := read(t, tc.file); p.Motion != tc.want {
			t.Errorf("%s: %v", tc.what, p.Motion)
		}
		v, ok, err := picture.MotionVideo(t.Context(), bytes.NewReader(tc.file), int64(len(tc.file)))
		if err != nil || ok != tc.want || ok && !bytes.HasPrefix(tc.file[v.Offset:v.Offset+v.Length], video) {
			t.Errorf("%s: the video is at %+v (%v), %v", tc.what, v, ok, err)
		}
	}
}

func TestPreviews(t *testing.T) {
	thumbnail := pixels(24, 12)
	inExif := d().with(0x0112, uint16(6))
	inExif.next = d().with(0x0201, uint32(0)).with(0x0202, uint32(len(thumbnail))).with(0x00fe, thumbnail)
	body := tiffFile(be, 42, inExif)
	be.PutUint32(body[bytes.Index(body, u32(0x02010004, 1, 0))+8:], uint32(bytes.Index(body, thumbnail)))
	for _, tc := range []struct {
		what        string
		file        []byte
		sizes       [][2]int
		orientation int
	}{
		{"the thumbnail of a JPEG", jpegFile(jpegSegment(0xe1, "Exif\x00\x00", string(body))), [][2]int{{24, 12}}, 6},
		{"a RAW like TIFF", rawFile("NIKON CORPORATION", 42, nil), [][2]int{{24, 12}}, 6},
		{"RAF", rafFile(), [][2]int{{32, 16}}, 6},
		{"CRW", crwFile(), [][2]int{{24, 12}}, 6},
		{"CR3", cr3File(), [][2]int{{24, 12}, {16, 8}}, 6},
		{"X3F", x3fFile(), [][2]int{{32, 16}}, 6},
		{"Nikon's note", nikonPreview(), [][2]int{{24, 12}}, 6},
		{"none", gifFile(), nil, 0},
	} {
		got := picture.Previews(bytes.NewReader(tc.file), int64(len(tc.file)))
		if len(got) != len(tc.sizes) {
			t.Errorf("%s: %+v", tc.what, got)
			continue
		}
		for i, e := range got {
			embedded := tc.file[e.Offset : e.Offset+e.Length]
			if e.Width != tc.sizes[i][0] || e.Height != tc.sizes[i][1] || e.Orientation != tc.orientation || !bytes.HasPrefix(embedded, []byte{0xff, 0xd8}) || !bytes.HasSuffix(embedded, []byte{0xff, 0xd9}) {
				t.Errorf("%s: %+v", tc.what, e)
			}
		}
	}
}

// nikonPreview is a RAW with its preview behind a TIFF of its own within the maker's note.
func nikonPreview() []byte {
	preview := pixels(24, 12)
	inner := tiffFile(le, 42, d().with(0x0011, d().with(0x0201, uint32(0)).with(0x0202, uint32(len(preview))).with(0x0999, preview)))
	field := bytes.Index(inner, []byte{0x01, 0x02, 4, 0, 1, 0, 0, 0, 0, 0, 0, 0})
	le.PutUint32(inner[field+8:], uint32(bytes.Index(inner, preview)))
	note := append([]byte("Nikon\x00\x02\x10\x00\x00"), inner...)
	raw := d().with(0x010f, "NIKON CORPORATION").with(0x0106, uint16(32803)).with(0x0112, uint16(6)).with(0x8769, d().with(0x927c, note))
	return tiffFile(le, 42, raw)
}

func TestScansAreNoRAW(t *testing.T) {
	for _, maker := range []string{"NIKON CORPORATION", "Canon", "EPSON", "SAMSUNG"} {
		scan := tiffFile(be, 42, d().with(0x0100, uint32(32)).with(0x0101, uint32(16)).with(0x0106, uint16(2)).with(0x010f, maker))
		if p := read(t, scan); p.Type != "image/tiff" {
			t.Errorf("%s: %s", maker, p.Type)
		}
	}
}

// A sequence says when it was made by the clock of its container, which is UTC.
func TestTakenOfASequence(t *testing.T) {
	made := time.Date(2023, 10, 6, 6, 30, 0, 0, time.UTC)
	since := int(made.Sub(time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)) / time.Second)
	b := append(bx("ftyp", []byte("hevc"), u32(0)), bx("moov", full("mvhd", 0, be.AppendUint32(nil, uint32(since)), u32(0, 1000, 1360)))...)
	if p := read(t, b); p.Taken != (media.Taken{UTC: made, Source: "QuickTime CreateDate"}) || p.Duration != 1360*time.Millisecond {
		t.Errorf("%+v, %v", p.Taken, p.Duration)
	}
}

func placeText(p media.Position) string {
	return fmt.Sprintf("%.5f %.5f", p.Latitude, p.Longitude)
}

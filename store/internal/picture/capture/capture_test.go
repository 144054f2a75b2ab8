package capture

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"homeroll/store/internal/picture/stamp"
	"homeroll/store/media"
)

// at is a time by its text; it panics at what is none, as only tests do.
func at(text, source string) media.Taken {
	t, ok := stamp.Parse(text, source)
	if !ok {
		panic(text)
	}
	return t
}

// told writes a time as the tests compare it: the wall clock, the offset that is
// stated or else (how far the instant is from it), and what said so.
func told(t media.Taken) string {
	if t.Local.IsZero() {
		return t.Source
	}
	text := t.Local.Format("2006-01-02T15:04:05.999")
	if t.Offset != nil {
		text += time.Unix(0, 0).In(time.FixedZone("", *t.Offset)).Format("-07:00")
		if !t.UTC.Equal(t.Local.Add(-time.Duration(*t.Offset) * time.Second)) {
			text += " and another instant"
		}
	} else if !t.UTC.IsZero() {
		text += " (" + t.Local.Sub(t.UTC).String() + ")"
	}
	return text + " " + t.Source
}

func TestChoose(t *testing.T) {
	tokyo := time.FixedZone("JST", 9*3600)
	mtime := time.Date(2022, 2, 2, 2, 2, 2, 0, time.UTC)
	exif := at("2019:01:02 03:04:05.678", "EXIF SubSecDateTimeOriginal")
	header := at("2019-01-02T03:04:05Z", "QuickTime CreateDate")
	xmp := at("2018-05-06T07:08:09", "sidecar XMP DateTimeOriginal")
	takeout := at("2018-05-06T05:08:09Z", "sidecar JSON photoTakenTime")
	for _, test := range []struct {
		what string
		e    Evidence
		want string
	}{
		{"what the bytes say is believed first", Evidence{Embedded: exif, Sidecars: []media.Taken{takeout, xmp}, Names: []string{"IMG_20200102_030405.jpg"}, MTime: mtime},
			"2019-01-02T03:04:05.678 EXIF SubSecDateTimeOriginal"},
		{"then XMP, whatever the order", Evidence{Sidecars: []media.Taken{takeout, xmp}, Names: []string{"IMG_20200102_030405.jpg"}},
			"2018-05-06T07:08:09 sidecar XMP DateTimeOriginal"},
		{"then Takeout, in the home's zone", Evidence{Sidecars: []media.Taken{takeout}, Names: []string{"x.jpg"}, Zone: tokyo},
			"2018-05-06T14:08:09 (9h0m0s) sidecar JSON photoTakenTime"},
		{"then the name", Evidence{Names: []string{"IMG_0001.JPG", "IMG_20200102_030405.jpg"}, MTime: mtime, Zone: tokyo},
			"2020-01-02T03:04:05 file name"},
		{"a name with a time before one with a date", Evidence{Names: []string{"IMG-20200102-WA0001.jpg", "IMG_20200102_030405.jpg"}},
			"2020-01-02T03:04:05 file name"},
		{"then the date of the file", Evidence{Names: []string{"IMG_0001.JPG"}, MTime: mtime, Zone: tokyo},
			"2022-02-02T11:02:02 (9h0m0s) mtime"},
		{"nothing says nothing", Evidence{Names: []string{"DSC01234.JPG"}}, ""},
		{"a day alone is its noon", Evidence{Names: []string{"IMG-20190102-WA0001.jpg"}, MTime: mtime, Zone: tokyo},
			"2019-01-02T12:00:00 file name, date only"},
		{"an offset of its own is kept", Evidence{Embedded: at("2019-01-02T03:04:05+01:00", "QuickTime Keys:CreationDate"), Zone: tokyo},
			"2019-01-02T03:04:05+01:00 QuickTime Keys:CreationDate"},
		{"an instant is seen at a sidecar's offset", Evidence{Embedded: header, Video: true, Sidecars: []media.Taken{at("2018-05-06T07:08:09-05:00", "sidecar XMP CreateDate")}, Zone: tokyo},
			"2019-01-01T22:04:05-05:00 QuickTime CreateDate"},
		{"an instant without a hint is seen from home", Evidence{Embedded: header, Video: true, Names: []string{"MVI_0001.MP4"}, Zone: tokyo},
			"2019-01-02T12:04:05 (9h0m0s) QuickTime CreateDate"},
		{"a header with the digits of the name is the wall clock", Evidence{Embedded: header, Video: true, Names: []string{"20190102_030403.mp4"}, Zone: tokyo},
			"2019-01-02T03:04:05 QuickTime CreateDate"},
		{"a header some hours from the name has that offset", Evidence{Embedded: header, Video: true, Names: []string{"VID_20190102_083335.mp4"}, Zone: tokyo},
			"2019-01-02T08:34:05 (5h30m0s) QuickTime CreateDate"},
		{"a name that is some minutes off says nothing of the zone", Evidence{Embedded: header, Video: true, Names: []string{"VID_20190102_084000.mp4"}, Zone: tokyo},
			"2019-01-02T12:04:05 (9h0m0s) QuickTime CreateDate"},
		{"early or late", Evidence{Embedded: header, Video: true, Names: []string{"VID_20190102_082805.mp4"}, Zone: tokyo},
			"2019-01-02T12:04:05 (9h0m0s) QuickTime CreateDate"},
		{"nor one that is further off than any zone", Evidence{Embedded: header, Video: true, Names: []string{"VID_20190101_140405.mp4"}, Zone: tokyo},
			"2019-01-02T12:04:05 (9h0m0s) QuickTime CreateDate"},
		{"a name in UTC says nothing of the zone", Evidence{Embedded: header, Video: true, Names: []string{"PXL_20190102_030405123.mp4"}, Zone: tokyo},
			"2019-01-02T12:04:05 (9h0m0s) QuickTime CreateDate"},
		{"a name of another day says nothing of the zone", Evidence{Embedded: header, Video: true, Names: []string{"VID_20210102_083335.mp4"}, Zone: tokyo},
			"2019-01-02T12:04:05 (9h0m0s) QuickTime CreateDate"},
		{"the instant of GPS remains one", Evidence{Embedded: at("2019-01-02T03:04:05Z", "EXIF GPSDateTime"), Names: []string{"IMG_20190102_030405.jpg"}, Zone: tokyo},
			"2019-01-02T03:04:05 (0s) EXIF GPSDateTime"},
		{"what is yet to come is doubted", Evidence{Embedded: at("2036:02:06 06:28:16", "QuickTime CreateDate"), Names: []string{"20200102_030405.mp4"}, Now: mtime},
			"2020-01-02T03:04:05 file name"},
		{"but believed before the date of the file", Evidence{Embedded: at("2036:02:06 06:28:16", "QuickTime CreateDate"), MTime: mtime, Now: mtime},
			"2036-02-06T06:28:16 QuickTime CreateDate"},
	} {
		if got := told(Choose(test.e)); got != test.want {
			t.Errorf("%s:\n got %q\nwant %q", test.what, got, test.want)
		}
	}
}

func TestFromName(t *testing.T) {
	for name, want := range map[string]string{
		"IMG_20190102_030405.jpg":                             "2019-01-02T03:04:05 file name",
		"IMG_20190102_030405_1.jpg":                           "2019-01-02T03:04:05 file name",
		"IMG_20190102_030405~2.jpg":                           "2019-01-02T03:04:05 file name",
		"IMG_20190102_030405123.jpg":                          "2019-01-02T03:04:05.123 file name",
		"MVIMG_20190102_030405.jpg":                           "2019-01-02T03:04:05 file name",
		"VID_20190102_030405.mp4":                             "2019-01-02T03:04:05 file name",
		"20190102_030405.jpg":                                 "2019-01-02T03:04:05 file name",
		"20190102_030405(0).jpg":                              "2019-01-02T03:04:05 file name",
		"PANO_20190102_030405.vr.jpg":                         "2019-01-02T03:04:05 file name",
		"IMG20190102030405.jpg":                               "2019-01-02T03:04:05 file name",
		"00000IMG_00000_BURST20190102030405123_COVER.jpg":     "2019-01-02T03:04:05.123 file name",
		"IMG_20190102_030405_BURST007.jpg":                    "2019-01-02T03:04:05 file name",
		"Screenshot_20190102-030405_Chrome.jpg":               "2019-01-02T03:04:05 file name",
		"Screenshot_2019-01-02-03-04-05-678_com.android.jpg":  "2019-01-02T03:04:05.678 file name",
		"Screenshot 2019-01-02 at 03.04.05.png":               "2019-01-02T03:04:05 file name",
		"Screen Shot 2019-01-02 at 3.04.05 PM.png":            "2019-01-02T15:04:05 file name",
		"Screenshot 2019-01-02 at 12.04.05\u202fAM.png":       "2019-01-02T00:04:05 file name",
		"Bildschirmfoto 2019-01-02 um 13.04.05.png":           "2019-01-02T13:04:05 file name",
		"Captura de pantalla 2019-01-02 a la(s) 13.04.05.png": "2019-01-02T13:04:05 file name",
		"Screenshot 2019-01-02 030405.png":                    "2019-01-02T03:04:05 file name",
		"Screenshot from 2019-01-02 03-04-05.png":             "2019-01-02T03:04:05 file name",
		"WhatsApp Image 2019-01-02 at 03.04.05.jpeg":          "2019-01-02T03:04:05 file name",
		"signal-2019-01-02-030405.jpeg":                       "2019-01-02T03:04:05 file name",
		"signal-2019-01-02-03-04-05-678.jpg":                  "2019-01-02T03:04:05.678 file name",
		"photo_2019-01-02_03-04-05.jpg":                       "2019-01-02T03:04:05 file name",
		"video_12@02-01-2019_03-04-05 (1).mp4":                "2019-01-02T03:04:05 file name",
		"telegram_2020-01-30_09-57-18.jpg":                    "2020-01-30T09:57:18 file name",
		"2019-01-02 03.04.05.jpg":                             "2019-01-02T03:04:05 file name",
		"2018-04-12 19_24_49.mov":                             "2018-04-12T19:24:49 file name",
		"WIN_20190102_03_04_05_Pro.jpg":                       "2019-01-02T03:04:05 file name",
		"DJI_20190102030405_0001_D.MP4":                       "2019-01-02T03:04:05 file name",
		"C360_2019-01-02-03-04-05-678.jpg":                    "2019-01-02T03:04:05.678 file name",
		"20240413-203800-Unknown.jpg":                         "2024-04-13T20:38:00 file name",
		"PXL_20231006_063000139.jpg":                          "UTC 2023-10-06T06:30:00.139 file name",
		"PXL_20231006_063000139.MP.jpg":                       "UTC 2023-10-06T06:30:00.139 file name",
		"original_PXL_20231006_063000139.jpg":                 "UTC 2023-10-06T06:30:00.139 file name",
		"mmexport1546398245123.jpg":                           "UTC 2019-01-02T03:04:05.123 file name",
		"FB_IMG_1546398245123.jpg":                            "UTC 2019-01-02T03:04:05.123 file name",
		"1546398245123.jpg":                                   "UTC 2019-01-02T03:04:05.123 file name",
		"IMG-20190102-WA0001.jpg":                             "2019-01-02T12:00:00 file name, date only",
		"VID-20200511-WA0000.mp4":                             "2020-05-11T12:00:00 file name, date only",
		"2019-01-02 at the sea.jpg":                           "2019-01-02T12:00:00 file name, date only",
		"photo1_2024-10-06_w_exif.jpg":                        "2024-10-06T12:00:00 file name, date only",
		"20190102.jpg":                                        "2019-01-02T12:00:00 file name, date only",
		"IMG_0001.JPG":                                        "",
		"DSC01234.JPG":                                        "",
		"DSC_20190230_030405.jpg":                             "", // the 30th of February
		"IMG_20191302_030405.jpg":                             "",
		"IMG_20190102_256199.jpg":                             "2019-01-02T12:00:00 file name, date only",
		"0123456789012345678901.jpg":                          "",
		"21ad703b38e2c350215bb92a849486f3.jpg":                "",
		"12345678.jpg":                                        "",
		"2019-01.02.jpg":                                      "",
		"":                                                    "",
		".jpg":                                                "",
	} {
		got, whole := FromName(name)
		text := told(got)
		if got.Local.IsZero() && !got.UTC.IsZero() {
			text = "UTC " + got.UTC.Format("2006-01-02T15:04:05.999") + " " + got.Source
		}
		if text != want {
			t.Errorf("%s: %q, want %q", name, text, want)
		}
		if whole != (known(got) && got.Source == nameSource) {
			t.Errorf("%s: whole is %v", name, whole)
		}
	}
}

// TestAnyChoiceIsWhole holds what is true of all choices: there is a wall clock,
// and it fits the instant.
func TestAnyChoiceIsWhole(t *testing.T) {
	texts := []string{"2019-01-02T03:04:05Z", "2019-01-02T05:04:05+02:00", "2019:01:02 03:04:05", "2031-01-01T00:00:00Z"}
	some := rapid.Custom(func(t *rapid.T) media.Taken {
		return at(rapid.SampledFrom(texts).Draw(t, "text"), rapid.SampledFrom([]string{"QuickTime CreateDate", "sidecar XMP CreateDate", "EXIF GPSDateTime"}).Draw(t, "source"))
	})
	names := rapid.SampledFrom([]string{"IMG_20190102_030405.jpg", "20190102_083400.mp4", "PXL_20190102_030405123.jpg", "IMG-20190102-WA0001.jpg", "a.jpg"})
	rapid.Check(t, func(t *rapid.T) {
		e := Evidence{
			Sidecars: rapid.SliceOfN(some, 0, 2).Draw(t, "sidecars"),
			Names:    rapid.SliceOfN(names, 0, 2).Draw(t, "names"),
			Video:    rapid.Bool().Draw(t, "video"),
			Zone:     time.FixedZone("", rapid.IntRange(-48, 56).Draw(t, "zone")*900),
			MTime:    time.Date(2022, 2, 2, 2, 2, 2, 0, time.UTC),
		}
		if rapid.Bool().Draw(t, "is embedded") {
			e.Embedded = some.Draw(t, "embedded")
		}
		if rapid.Bool().Draw(t, "knows the time") {
			e.Now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		got := Choose(e)
		if got.Local.IsZero() || got.Source == "" || got.Local.Location() != time.UTC {
			t.Fatalf("not a time: %+v", got)
		}
		if got.Offset != nil && got.Local.Sub(got.UTC) != time.Duration(*got.Offset)*time.Second {
			t.Fatalf("wall clock and instant do not fit: %+v", got)
		}
	})
}

func FuzzFromName(f *testing.F) {
	f.Add("IMG_20190102_030405.jpg")
	f.Add("Screen Shot 2019-01-02 at 3.04.05 PM.png")
	f.Fuzz(func(t *testing.T, name string) {
		got, whole := FromName(name)
		if whole && !known(got) {
			t.Fatalf("a time of day without a time: %q", name)
		}
		if known(got) && countDigits(name) < 8 {
			t.Fatalf("%q says %v", name, got)
		}
	})
}

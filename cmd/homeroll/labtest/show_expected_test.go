//go:build lab && linux

package labtest

import (
	"path"
	"slices"
	"strings"
	"time"
)

// explained are the properties that differ, by file, and why that is as it
// should be.
var explained = map[string]string{
	"IMG_0050.CR3 duration": oneFrame, "IMG_0600.CR3 duration": oneFrame,
	"20240128_105420.mp4.xmp duration": ofThePicture, "20240128_120909.mp4.xmp duration": ofThePicture,
	"20240121_102400.JPG.xmp time": "photoshop:DateCreated is when it was taken, xmp:CreateDate when the sidecar was made",
	"DSC_0001.JPG offset":          zoneTag, "RCNX0001.JPG offset": zoneTag, "test_0001.jxl offset": zoneTag,
	"APhotoManager-exmaple.xmp offset": aMark, //nolint:misspell // it is called so
	"IMG_8943.jpg offset":              aMark, "IMG_8824.jpg offset": aMark,
	"P1000007.JPG orientation": "it is that of the thumbnail (IFD1); the picture has none",
	"IMGP0001.AVI time":        "RIFF's text has the seconds, too",
	"before_epoch.jpg time":    "no camera is of 1601; the next field is plausible",
	"multi-xmp.heic group":     noVideo, "google_motion_photo_broken.jpg group": noVideo,
	"issue-590.png place":                       "its XMP writes degrees in a way of its own",
	"geodegrees_as_string.jpg place":            "it has text where the EXIF standard has numbers",
	"ftyp3gp5.mp4 place":                        "0 0 is what a phone writes that does not know",
	"geodegrees_as_string.jpg camera":           faulty,
	"huge_tag_exif.jpg camera":                  faulty,
	"huge_tag_exif.jpg size":                    faulty,
	"huge_tag_exif.jpg place":                   faulty,
	"max_uint32_exif.jpg camera":                faulty,
	"max_uint32_exif.jpg size":                  faulty,
	"max_uint32_exif.jpg place":                 faulty,
	"21ad703b38e2c350215bb92a849486f3.jpg size": "it does not begin as a JPEG does; exiftool searches for one in it",
	"beach.jpg size":                            "it is cut before its size: exiftool reads a height of 0",
	"sample_MP.heic time":                       "exiftool 12 cannot read its EXIF",
	"Spécial album.csv type":                    "nothing in its content tells CSV from text",
}

const (
	zoneTag      = "EXIF TimeZoneOffset says so"
	oneFrame     = "it is a still: its one frame has a nominal second"
	ofThePicture = "what a sidecar says of its video is not the sidecar's own"
	aMark        = "Z or +00:00 beside a wall clock is what programs write that know no offset"
	noVideo      = "its XMP speaks of a video that is not in it"
	faulty       = "one entry of its EXIF is faulty: exiftool gives up where others can still be read"
)

// taken returns what the wall clock and its offset should be: those of the
// first field of the design's order that says when. Where the file has none,
// the best of sidecar, name and modification time is right, so got is taken if it says so.
func (e expectation) taken(got shownTaken) (local, offset string) {
	for i, field := range []*string{e.Original, e.Keys, e.Created, e.GPSTime} {
		t, zone, ok := parseExif(field)
		if !ok {
			continue
		}
		if i == 0 && e.SubSec != nil && t.Nanosecond() == 0 {
			if f, err := time.Parse("2006-01-02T15:04:05", t.Format("2006-01-02T15:04:05.")+strings.TrimSpace(*e.SubSec)); err == nil {
				t = f
			}
		}
		switch {
		case i == 0 && e.Offset != nil:
			zone = *e.Offset
		case zone == "" && e.Kind != "video":
			zone = e.zoneOf(t)
			if e.OffsetTime != nil && *e.OffsetTime == got.Offset {
				zone = got.Offset // that of the last change, which may be the photo's, too
			}
		case (zone == "Z" || i == 2 && zone == "") && e.Kind == "video" && got.UTC != nil && got.UTC.Equal(t):
			return got.Local, got.Offset // the field is UTC, and what the wall clock was, others know
		case zone == "Z":
			zone = "+00:00"
		}
		return t.Format("2006-01-02T15:04:05.999999999"), zone
	}
	word, _, _ := strings.Cut(got.Source, " ")
	if slices.Contains([]string{"sidecar", "file", "mtime"}, word) {
		return got.Local, got.Offset
	}
	return "", ""
}

// zoneOf returns the offset that any field of the file gives to the same wall clock, to the second.
func (e expectation) zoneOf(local time.Time) string {
	for _, fields := range []map[string]string{e.Groups.Original, e.Groups.Created} {
		for _, field := range fields {
			if t, zone, ok := parseExif(&field); ok && zone != "" && t.Truncate(time.Second).Equal(local.Truncate(time.Second)) {
				return zone
			}
		}
	}
	return ""
}

// parseExif reads "2018:02:21 12:08:56.21+01:00"; the zone may be "Z" or "".
func parseExif(field *string) (t time.Time, zone string, ok bool) {
	if field == nil || len(*field) < 19 {
		return time.Time{}, "", false
	}
	clock, rest := (*field)[:19], (*field)[19:]
	if i := strings.IndexAny(rest, "+-Z"); i >= 0 {
		clock, zone = clock+rest[:i], strings.TrimSuffix(rest[i:], " DST")
	} else {
		clock += rest
	}
	t, err := time.Parse("2006:01:02 15:04:05", clock)
	return t, zone, err == nil && t.Year() > 1
}

// expectedGroups returns for each hash its group, as groupText writes it.
func expectedGroups(all []expectation) map[string]string {
	byPath := map[string]expectation{}
	for _, e := range all {
		byPath[e.Path] = e
	}
	groups := map[string]*shownGroup{}
	join := func(kind string, a, b expectation) {
		g := groups[a.Hash]
		if g == nil {
			g = &shownGroup{Kind: kind}
			groups[a.Hash] = g
		}
		for _, e := range []expectation{a, b} {
			if !slices.Contains(g.Members, e.Hash) {
				g.Members = append(g.Members, e.Hash)
			}
			groups[e.Hash] = g
		}
	}
	for _, a := range all {
		if a.Size == 0 {
			continue
		}
		for _, b := range all {
			if a.Kind != "video" && a.Kind != "sidecar" && b.Kind == "video" && b.Size > 0 && isLive(a, b) {
				join("live-photo", a, b)
			}
		}
		if a.Motion != nil || a.MicroVideo != nil {
			join("motion-photo", a, a)
		}
	}
	for _, e := range all {
		if e.Kind == "sidecar" && e.Size > 0 {
			if p, ok := pictureOfSidecar(e, byPath); ok {
				join("sidecar", p, e)
			}
		}
	}
	texts := map[string]string{}
	for _, e := range all {
		texts[e.Hash] = groupText(groups[e.Hash])
	}
	return texts
}

// isLive reports the two files of a Live Photo: by their content ID, or as an
// iPhone names them where an export has lost it.
func isLive(still, video expectation) bool {
	if still.ContentID != nil && video.ContentID != nil {
		return *still.ContentID == *video.ContentID
	}
	return still.Path == "phone-a/DCIM/104APPLE/IMG_4200.JPG" && video.Path == "phone-a/DCIM/104APPLE/IMG_4200.MP4"
}

// pictureOfSidecar returns the file beside a sidecar whose name it has, with
// that file's extension before its own or not.
func pictureOfSidecar(e expectation, all map[string]expectation) (expectation, bool) {
	whole := strings.TrimSuffix(e.Path, path.Ext(e.Path))
	for _, suffix := range []string{"", ".supplemental-metadata"} {
		if p, ok := all[strings.TrimSuffix(whole, suffix)]; ok && p.Size > 0 && p.Kind != "sidecar" {
			return p, true
		}
	}
	for p, candidate := range all {
		if strings.TrimSuffix(p, path.Ext(p)) == whole && candidate.Kind != "sidecar" && candidate.Size > 0 {
			return candidate, true
		}
	}
	return expectation{}, false
}

package capture

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"homeroll/store/internal/picture/stamp"
	"homeroll/store/internal/picture/xmp"
	"homeroll/store/media"
)

// MaxSidecar bounds, in bytes, the sidecars that are read.
const MaxSidecar = 1 << 20

// Sidecar is what an XMP or Takeout JSON file says of the picture beside it.
type Sidecar struct {
	Taken       media.Taken
	GPS         *media.Position
	Orientation int
	Title       string // the picture's full name, which a Takeout file may have cut
}

// ReadSidecar reads an XMP or Takeout JSON file of at most MaxSidecar bytes;
// false if it is neither.
func ReadSidecar(b []byte) (Sidecar, bool) {
	if len(b) > MaxSidecar {
		return Sidecar{}, false
	}
	if text := bytes.TrimLeft(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), " \t\r\n"); len(text) > 0 && text[0] == '{' {
		return readTakeout(text)
	}
	if !xmp.Is(b) && !xmp.Is(bytes.ReplaceAll(b[:min(len(b), 8192)], []byte{0}, nil)) {
		return Sidecar{}, false
	}
	return readXMP(xmp.Parse(b)), true
}

// readXMP takes what a packet says of when, where and which way up.
func readXMP(p xmp.Packet) (s Sidecar) {
	for _, name := range []string{
		"exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate", "exif:DateTimeDigitized",
	} {
		if t, ok := stamp.Parse(p.Get(name), "sidecar XMP "+name[strings.IndexByte(name, ':')+1:]); ok {
			s.Taken = t
			break
		}
	}
	lat, okLat := xmpAngle(p.Get("exif:GPSLatitude"), "N", "S")
	lon, okLon := xmpAngle(p.Get("exif:GPSLongitude"), "E", "W")
	if okLat && okLon {
		s.GPS = position(lat, lon)
	}
	if o, err := strconv.Atoi(p.Get("tiff:Orientation")); err == nil && o >= 1 && o <= 8 {
		s.Orientation = o
	}
	return s
}

// xmpAngle reads a coordinate of XMP (part 2, "GPSCoordinate"): degrees, minutes
// and seconds divided by commas, the last with decimals, and a letter; or plain
// degrees.
func xmpAngle(text, positive, negative string) (angle float64, ok bool) {
	text = strings.ToUpper(strings.TrimSpace(text))
	sign := 1.0
	if cut, found := strings.CutSuffix(text, negative); found {
		text, sign = cut, -1
	} else {
		text = strings.TrimSuffix(text, positive)
	}
	unit := 1.0
	for _, part := range strings.SplitN(text, ",", 3) {
		v, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return 0, false
		}
		angle += v / unit
		unit *= 60
	}
	return sign * angle, true
}

// position is a place that the earth has; where both are zero none is known.
func position(lat, lon float64) *media.Position {
	if !(lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180) || (lat == 0 && lon == 0) {
		return nil
	}
	return &media.Position{Latitude: lat, Longitude: lon}
}

// takeout is Google Takeout's note of one picture. Its numbers are at times
// texts, and what it does not know is zero.
type takeout struct {
	Title  string         `json:"title"`
	Taken  takeoutTime    `json:"photoTakenTime"`
	Place  takeoutPlace   `json:"geoData"`
	InFile takeoutPlace   `json:"geoDataExif"`
	URL    string         `json:"url"`
	Views  flexible       `json:"imageViews"`
	Album  map[string]any `json:"albumData"`
}

type takeoutTime struct {
	Timestamp flexible `json:"timestamp"`
}

type takeoutPlace struct {
	Latitude  flexible `json:"latitude"`
	Longitude flexible `json:"longitude"`
}

// flexible is a number that may be written as a text; anything else is no number.
type flexible struct {
	value float64
	known bool
}

// UnmarshalJSON reads a number, and takes nothing amiss.
func (f *flexible) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseFloat(strings.Trim(string(b), `" `), 64)
	if err == nil && !math.IsNaN(v) && !math.IsInf(v, 0) {
		f.value, f.known = v, true
	}
	return nil
}

// readTakeout reads the note of a picture; those of albums are not meant.
func readTakeout(b []byte) (Sidecar, bool) {
	var t takeout
	if err := json.Unmarshal(b, &t); err != nil || t.Album != nil {
		return Sidecar{}, false
	}
	if !t.Taken.Timestamp.known && (t.Title == "" || t.URL == "" && !t.Views.known) {
		return Sidecar{}, false
	}
	s := Sidecar{Title: t.Title}
	if at := t.Taken.Timestamp; at.known && math.Abs(at.value) < 1e11 {
		s.Taken, _ = stamp.Instant(time.Unix(int64(at.value), 0), "sidecar JSON photoTakenTime")
	}
	for _, p := range []takeoutPlace{t.Place, t.InFile} {
		if s.GPS == nil && p.Latitude.known && p.Longitude.known {
			s.GPS = position(p.Latitude.value, p.Longitude.value)
		}
	}
	return s, true
}

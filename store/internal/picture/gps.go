package picture

import (
	"math"
	"strconv"
	"strings"
	"time"

	"homeroll/store/internal/picture/tiff"
	"homeroll/store/internal/picture/xmp"
	"homeroll/store/media"
)

// Tags of the GPS directory.
const (
	gpsLatitudeRef  = 1
	gpsLatitude     = 2
	gpsLongitudeRef = 3
	gpsLongitude    = 4
	gpsTime         = 7
	gpsDate         = 29
)

// fix is the instant that a satellite receiver gave, in UTC. It is that of the
// last position, and so may be somewhat before the picture.
type fix struct{ at time.Time }

// gps reads the GPS directory of EXIF.
func (f *facts) gps(d *tiff.Directory) {
	latitude, ok1 := degrees(gpsNumbers(d, gpsLatitude), d.Text(gpsLatitudeRef), "N", "S")
	longitude, ok2 := degrees(gpsNumbers(d, gpsLongitude), d.Text(gpsLongitudeRef), "E", "W")
	if ok1 && ok2 {
		f.position(latitude, longitude)
	}
	if clock := d.Numbers(gpsTime, 3); len(clock) == 3 {
		f.fix.set(d.Text(gpsDate), clock)
	}
}

// gpsNumbers reads a coordinate, which some applications write as text.
func gpsNumbers(d *tiff.Directory, tag uint16) []float64 {
	if n := d.Numbers(tag, 3); len(n) > 0 {
		return n
	}
	return list(d.Text(tag))
}

// list reads numbers and fractions between blanks or commas; nil if something else is among them.
func list(s string) []float64 {
	var all []float64
	for text := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ' ' || r == ',' || r == ';' }) {
		above, below, fraction := strings.Cut(text, "/")
		v, err := strconv.ParseFloat(above, 64)
		if err != nil || len(all) == 3 {
			return nil
		}
		if fraction {
			unit, err := strconv.ParseFloat(below, 64)
			if err != nil {
				return nil
			}
			v /= unit
		}
		all = append(all, v)
	}
	return all
}

// position settles the place, once. What is off the globe is no place, nor is
// the meridian's meeting with the equator, which receivers give when they have
// no position: nobody keeps photos of that stretch of sea.
func (f *facts) position(latitude, longitude float64) {
	if f.picture.GPS != nil || !(math.Abs(latitude) <= 90 && math.Abs(longitude) <= 180) {
		return
	}
	if latitude == 0 && longitude == 0 {
		return
	}
	f.picture.GPS = &media.Position{Latitude: latitude, Longitude: longitude}
}

// degrees joins degrees, minutes and seconds. Without its hemisphere a number is no place.
func degrees(parts []float64, ref, positive, negative string) (float64, bool) {
	if len(parts) == 0 || math.IsNaN(parts[0]) || math.IsInf(parts[0], 0) {
		return 0, false
	}
	v, unit := 0.0, 1.0
	for _, p := range parts {
		if !math.IsNaN(p) && !math.IsInf(p, 0) {
			v += p * unit
		}
		unit /= 60
	}
	switch {
	case len(ref) == 0:
		return 0, false
	case strings.EqualFold(ref[:1], negative):
		return -v, true
	case strings.EqualFold(ref[:1], positive):
		return v, true
	}
	return 0, false
}

// set joins the date and the time of day. A receiver without a position counts from an epoch.
func (x *fix) set(date string, clock []float64) {
	day, ok := parseTime(date)
	if !ok || !x.at.IsZero() {
		return
	}
	for _, v := range clock {
		if !(v >= 0 && v <= 60) {
			return
		}
	}
	seconds := clock[0]*3600 + clock[1]*60 + clock[2]
	x.setTime(time.Date(day.wall.Year(), day.wall.Month(), day.wall.Day(), 0, 0, 0, 0, time.UTC).
		Add(time.Duration(math.Round(seconds*1e3)) * time.Millisecond))
}

func (x *fix) setTime(at time.Time) {
	if x.at.IsZero() && at.Year() > 1980 {
		x.at = at
	}
}

// gpsXMP reads what XMP says of the place (XMP part 2, GPSCoordinate).
func (f *facts) gpsXMP(p *xmp.Packet) {
	latitude, ok1 := coordinate(p.Get("exif:GPSLatitude"), p.Get("exif:GPSLatitudeRef"), "N", "S")
	longitude, ok2 := coordinate(p.Get("exif:GPSLongitude"), p.Get("exif:GPSLongitudeRef"), "E", "W")
	if ok1 && ok2 {
		f.position(latitude, longitude)
	}
	if t, ok := parseTime(p.First("exif:GPSTimeStamp", "exif:GPSDateTime")); ok && t.dated {
		f.fix.setTime(t.utc())
	}
}

// coordinate reads "59,22.431N" and "59,22,25N", and plain degrees with a sign
// or with a hemisphere of their own.
func coordinate(s, ref, positive, negative string) (float64, bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0, false
	}
	if last := s[len(s)-1:]; strings.ContainsAny(last, "NSEWnsew") {
		s, ref = s[:len(s)-1], last
	}
	parts := list(s)
	if ref == "" && len(parts) == 1 {
		return parts[0], true
	}
	return degrees(parts, ref, positive, negative)
}

package picture

import (
	"strings"
	"time"

	"homeroll/store/internal/picture/stamp"
	"homeroll/store/media"
)

// claim is one field that says when the picture was taken.
type claim struct {
	reading
	source string
}

// taken chooses the best claim. The time of a modification is no claim.
func (f *facts) taken() media.Taken {
	all := f.claims()
	for _, dated := range []bool{true, false} { // a day alone is the last resort
		for _, c := range all {
			if c.source != "" && c.dated == dated {
				return f.complete(c)
			}
		}
	}
	if t, ok := stamp.Instant(f.made, "QuickTime CreateDate"); ok {
		return t
	}
	if !f.fix.at.IsZero() {
		return media.Taken{UTC: f.fix.at, Source: "GPS GPSDateTime"}
	}
	return media.Taken{}
}

// claims are all, the best first: whatever says when the shutter opened, before
// what says when the picture became digital, which differs for scans.
func (f *facts) claims() []claim {
	return []claim{
		f.original.claim("EXIF", "DateTimeOriginal"),
		text(f.xmp.First("exif:DateTimeOriginal", "ExifIFD:DateTimeOriginal"), "XMP DateTimeOriginal"),
		f.iptc.claim(),
		f.maker.claim(f.makerName, "DateTimeOriginal"),
		text(f.xmp.Get("photoshop:DateCreated"), "XMP DateCreated"),
		f.digitized.claim("EXIF", "CreateDate"),
		text(f.xmp.First("xmp:CreateDate", "exif:DateTimeDigitized", "ExifIFD:CreateDate"), "XMP CreateDate"),
		text(f.created, "PNG CreationTime"),
	}
}

// claim joins the fields, in exiftool's words: with SubSec where there is more than the second.
func (s moment) claim(group, name string) claim {
	r, ok := parseTime(s.text)
	if !ok {
		return claim{}
	}
	digits := leading(strings.TrimSpace(s.subsec))
	if r.wall.Nanosecond() == 0 {
		r.wall = r.wall.Add(fraction(digits))
	}
	if offset, ok := stamp.Offset(s.offset); ok {
		r.offset = &offset
	}
	if digits != "" || r.offset != nil {
		name = "SubSec" + name
	}
	return claim{r, group + " " + name}
}

func text(s, source string) claim {
	if r, ok := parseTime(s); ok {
		return claim{r, source}
	}
	return claim{}
}

// complete adds the offset where the file states it elsewhere, and the instant.
func (f *facts) complete(c claim) media.Taken {
	if c.offset == nil {
		c.offset = f.offsetOf(c.wall)
	}
	t := media.Taken{Local: c.wall, Offset: c.offset, Source: c.source}
	if c.offset != nil {
		t.UTC = c.utc()
	} else {
		t.UTC = f.instantOf(c.wall)
	}
	return t
}

// offsetOf finds an offset that another field states with the same second of the
// same clock. EXIF OffsetTime is that of ModifyDate: once an editor has changed
// the one, it is the editor's zone, not the camera's.
func (f *facts) offsetOf(wall time.Time) *int {
	others := []claim{
		text(f.xmp.First("exif:DateTimeOriginal", "ExifIFD:DateTimeOriginal"), ""),
		text(f.xmp.Get("photoshop:DateCreated"), ""),
		text(f.xmp.Get("xmp:CreateDate"), ""),
		f.iptc.claim(),
		f.digitized.claim("", ""),
		f.modified.claim("", ""),
	}
	for _, o := range others {
		if o.offset != nil && o.wall.Truncate(time.Second).Equal(wall.Truncate(time.Second)) {
			return o.offset
		}
	}
	return f.zone
}

// staleFix is how old a position may be, in seconds, when the picture is taken,
// for its clock to tell the instant: an old one would pass for another zone.
const staleFix = 30

// instantOf is the instant of a wall clock without an offset, from the time of
// the GPS fix: that which is a whole number of quarters of an hour from it. It
// is no statement of an offset, and is not given for one.
func (f *facts) instantOf(wall time.Time) time.Time {
	if f.fix.at.IsZero() {
		return time.Time{}
	}
	rest, offset := apart(wall, f.fix.at)
	if rest > staleFix || offset < -12*3600 || offset > 14*3600 {
		return time.Time{}
	}
	return wall.Add(-time.Duration(offset) * time.Second)
}

package stamp

import (
	"strings"
	"time"

	"homeroll/store/media"
)

// Parse reads a date and time as EXIF, XMP (ISO 8601), QuickTime and XML write
// them: year, month and day divided by ":" or "-", then " " or "T" (":" of
// some cameras), then the time with its seconds and their fraction, if any, and
// an offset, if any, as "Z", "+02:00", "+0200", "+02" or "GMT+02:00". A "Z" says the instant alone, since it is
// written by what knows no place. A date without a time is its noon (see
// package capture).
func Parse(text, source string) (media.Taken, bool) {
	text = strings.TrimSpace(strings.TrimRight(text, "\x00"))
	c := cursor{rest: text}
	year, ok := c.digits(4)
	month, okMonth := c.after(":-/", 2)
	day, okDay := c.after(":-/", 2)
	if !ok || !okMonth || !okDay {
		return media.Taken{}, false
	}
	if c.rest == "" {
		return date(year, month, day, 12, 0, 0, 0, time.UTC, Wall, source)
	}
	hour, okHour := c.after(" T:", 2)
	minute, okMinute := c.after(":", 2)
	if !okHour || !okMinute {
		return media.Taken{}, false
	}
	second, _ := c.after(":", 2)
	nanos := c.fraction()
	zone, known, ok := c.zone()
	switch {
	case !ok:
		return media.Taken{}, false
	case !known:
		return date(year, month, day, hour, minute, second, nanos, time.UTC, Wall, source)
	case zone == nil:
		return date(year, month, day, hour, minute, second, nanos, time.UTC, Instant, source)
	}
	return date(year, month, day, hour, minute, second, nanos, zone, Zoned, source)
}

// Offset reads an offset alone, as EXIF's OffsetTimeOriginal has it, in seconds
// east of Greenwich.
func Offset(text string) (int, bool) {
	c := cursor{rest: strings.TrimSpace(strings.TrimRight(text, "\x00"))}
	zone, known, ok := c.zone()
	if !ok || !known {
		return 0, false
	}
	if zone == nil {
		return 0, true
	}
	_, offset := time.Unix(0, 0).In(zone).Zone()
	return offset, true
}

// date builds a time of numbers that a calendar and a clock must have.
func date(year, month, day, hour, minute, second, nanos int, zone *time.Location,
	build func(time.Time, string) (media.Taken, bool), source string,
) (media.Taken, bool) {
	t := time.Date(year, time.Month(month), day, hour, minute, second, nanos, zone)
	if t.Month() != time.Month(month) || t.Day() != day || hour > 23 || minute > 59 || second > 59 {
		return media.Taken{}, false
	}
	return build(t, source)
}

// cursor reads a text from its front.
type cursor struct{ rest string }

func (c *cursor) digits(n int) (int, bool) {
	if len(c.rest) < n {
		return 0, false
	}
	v := 0
	for _, d := range []byte(c.rest[:n]) {
		if d < '0' || d > '9' {
			return 0, false
		}
		v = 10*v + int(d-'0')
	}
	c.rest = c.rest[n:]
	return v, true
}

// after reads n digits that follow one of the separators.
func (c *cursor) after(separators string, n int) (int, bool) {
	if c.rest == "" || !strings.ContainsRune(separators, rune(c.rest[0])) {
		return 0, false
	}
	d := cursor{rest: c.rest[1:]}
	v, ok := d.digits(n)
	if ok {
		c.rest = d.rest
	}
	return v, ok
}

// fraction reads the decimals of a second in nanoseconds.
func (c *cursor) fraction() int {
	if len(c.rest) < 2 || (c.rest[0] != '.' && c.rest[0] != ',') {
		return 0
	}
	nanos, unit, i := 0, 100_000_000, 1
	for ; i < len(c.rest) && c.rest[i] >= '0' && c.rest[i] <= '9'; i++ {
		nanos += int(c.rest[i]-'0') * unit
		unit /= 10
	}
	c.rest = c.rest[i:]
	return nanos
}

// zone reads an offset that ends the text; a nil zone that is known is "Z".
func (c *cursor) zone() (zone *time.Location, known, ok bool) {
	text := strings.TrimSuffix(strings.TrimSpace(c.rest), " DST")
	if text == "" {
		return nil, false, true
	}
	if text == "Z" || text == "z" {
		return nil, true, true
	}
	text = strings.TrimPrefix(text, "GMT")
	if text == "" || text[0] != '+' && text[0] != '-' {
		return nil, false, false
	}
	d := cursor{rest: strings.ReplaceAll(text[1:], ":", "")}
	hours, ok := d.digits(2)
	if !ok {
		return nil, false, false
	}
	minutes, _ := d.digits(2)
	offset := hours*3600 + minutes*60
	if d.rest != "" || offset > 15*3600 || minutes > 59 {
		return nil, false, false
	}
	if text[0] == '-' {
		offset = -offset
	}
	return time.FixedZone("", offset), true, true
}

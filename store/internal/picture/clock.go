package picture

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// reading is a time as a file writes it.
type reading struct {
	wall   time.Time // in time.UTC for want of a zone
	offset *int      // seconds, if it is written with it
	dated  bool      // has a time of day
}

func (r reading) utc() time.Time {
	if r.offset == nil {
		return r.wall
	}
	return r.wall.Add(-time.Duration(*r.offset) * time.Second)
}

// parseTime reads the forms of EXIF ("2023:10:06 08:30:00"), XMP (ISO 8601) and
// of software between them. A date that does not exist, such as one of zeros or
// blanks, is none.
func parseTime(s string) (reading, bool) {
	n, rest := numbers(strings.TrimSpace(s))
	if len(n) < 3 || n[0] < 1 {
		return reading{}, false
	}
	for len(n) < 6 {
		n = append(n, 0)
	}
	if n[5] == 60 {
		n[5] = 59 // a leap second, which time.Time does not know
	}
	wall := time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, time.UTC)
	if wall.Year() != n[0] || int(wall.Month()) != n[1] || wall.Day() != n[2] || wall.Hour() != n[3] || wall.Minute() != n[4] || wall.Second() != n[5] {
		return reading{}, false
	}
	r := reading{wall: wall, dated: len(strings.TrimSpace(s)) > 10}
	if strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, ",") {
		digits := leading(rest[1:])
		r.wall = r.wall.Add(fraction(digits))
		rest = rest[1+len(digits):]
	}
	if offset, ok := parseOffset(rest); ok {
		r.offset = &offset
	}
	return r, true
}

// numbers reads year, month, day, hour, minute and second, as many as there are.
func numbers(s string) ([]int, string) {
	var all []int
	for len(all) < 6 {
		digits := leading(s)
		if len(digits) == 0 || len(digits) > 4 || (len(all) == 0 && len(digits) != 4) || (len(all) > 0 && len(digits) > 2) {
			break
		}
		v, _ := strconv.Atoi(digits)
		all = append(all, v)
		s = s[len(digits):]
		// Between date and time stands a blank or a T; a sign there begins an offset.
		separators := ":-/. "
		switch {
		case len(all) == 3:
			separators = " T\t:"
		case len(all) > 3:
			separators = ":"
		}
		if len(all) == 6 || s == "" || !strings.Contains(separators, s[:1]) {
			break
		}
		trimmed := strings.TrimLeft(s[1:], " ")
		if leading(trimmed) == "" {
			break
		}
		s = trimmed
	}
	return all, strings.TrimSpace(s)
}

func leading(s string) string {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return s[:i]
		}
	}
	return s
}

// fraction reads the digits after the decimal point of a second.
func fraction(digits string) time.Duration {
	digits = leading(strings.TrimSpace(digits))
	if digits == "" {
		return 0
	}
	digits = (digits + "000000000")[:9]
	n, _ := strconv.Atoi(digits)
	return time.Duration(n)
}

// maxOffset is beyond every zone that there ever was.
const maxOffset = 16 * 3600

// parseOffset reads "+02:00", "-0400", "+5" and "Z", in seconds.
func parseOffset(s string) (int, bool) {
	s = strings.TrimSpace(s)
	if s == "Z" || s == "z" {
		return 0, true
	}
	if len(s) < 2 || (s[0] != '+' && s[0] != '-') {
		return 0, false
	}
	hours, minutes, split := strings.Cut(s[1:], ":")
	if !split && len(hours) == 4 {
		hours, minutes = hours[:2], hours[2:]
	}
	if minutes, _, _ = strings.Cut(minutes, ":"); minutes == "" {
		minutes = "0"
	}
	h, err1 := strconv.Atoi(hours)
	m, err2 := strconv.Atoi(minutes)
	seconds := h*3600 + m*60
	if err1 != nil || err2 != nil || h < 0 || m < 0 || m > 59 || seconds > maxOffset {
		return 0, false
	}
	if s[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}

// apart is how far, in seconds, two instants are from being whole quarters of an
// hour apart, and how many seconds these are.
func apart(wall, instant time.Time) (rest, quarters float64) {
	difference := wall.Sub(instant).Seconds()
	quarters = math.Round(difference/900) * 900
	return math.Abs(difference - quarters), quarters
}

// Package stamp turns the dates that files write as text or number into
// [media.Taken]: a wall clock, an instant, or both. It refuses what no camera
// means: zeros, the epochs of containers, days that no calendar has.
package stamp

import (
	"time"

	"homeroll/store/media"
)

// Earliest and latest year that a file is believed to mean. The first
// photograph is of 1826.
const (
	firstYear = 1826
	lastYear  = 2100
)

// Instant returns a time of which only the instant is known; false if it is
// implausible.
func Instant(t time.Time, source string) (media.Taken, bool) {
	if !plausible(t) {
		return media.Taken{}, false
	}
	return media.Taken{UTC: t.UTC(), Source: source}, true
}

// Wall returns a time of which only the wall clock is known, that of t in its
// own location; false if it is implausible.
func Wall(t time.Time, source string) (media.Taken, bool) {
	t = clock(t)
	if !plausible(t) {
		return media.Taken{}, false
	}
	return media.Taken{Local: t, Source: source}, true
}

// Zoned returns a time of which all is known: its wall clock is that of t in
// its own location.
func Zoned(t time.Time, source string) (media.Taken, bool) {
	taken, ok := Wall(t, source)
	if !ok {
		return media.Taken{}, false
	}
	_, offset := t.Zone()
	taken.UTC, taken.Offset = t.UTC(), &offset
	return taken, true
}

// At says on which wall clock a known instant was seen, offset seconds east of
// Greenwich.
func At(t media.Taken, offset int) media.Taken {
	t.Local = t.UTC.Add(time.Duration(offset) * time.Second)
	t.Offset = &offset
	return t
}

// clock keeps the digits of t's wall clock and calls them UTC.
func clock(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// plausible refuses the zeros of Unix and of QuickTime, which devices without a
// clock write, give or take the hours of a time zone.
func plausible(t time.Time) bool {
	if t.IsZero() || t.Year() < firstYear || t.Year() > lastYear {
		return false
	}
	for _, zero := range []time.Time{time.Unix(0, 0), time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if d := t.Sub(zero); d > -15*time.Hour && d < 15*time.Hour {
			return false
		}
	}
	return true
}

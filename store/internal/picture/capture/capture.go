// Package capture decides when a picture was taken, from all that says so.
//
// [Choose] believes, in this order:
//
//  1. what the bytes say, whichever field their reader preferred
//     (SubSecDateTimeOriginal, DateTimeOriginal, QuickTime Keys:CreationDate,
//     CreateDate, the time of GPS);
//  2. an XMP sidecar (exif:DateTimeOriginal, photoshop:DateCreated, xmp:CreateDate),
//     then Google Takeout's photoTakenTime, so that its epoch never overrides a
//     wall clock that the camera wrote;
//  3. the name of the file, as phones, messengers and screenshots give it;
//  4. the date of the file.
//
// A time that is yet to come is believed only before the date of the file: a
// clock was wrong.
//
// Days are counted by the wall clock, so each time gets one. An instant of which
// no place is known is seen at, in this order: an offset that it states itself, one
// that a sidecar states, one that the file's name implies, the home's time zone.
// QuickTime's header is to be in UTC, and many cameras write their wall clock, as
// Takeout does with what it found in a name: so where the name of a file has the
// very digits of the instant, they are the wall clock and the instant is unknown;
// where it differs by some quarters of an hour, that is the offset.
//
// An offset is told only where something states it; else the wall clock and the
// instant, if both are known, tell it.
//
// A name that has a date and no time, such as WhatsApp's, is taken for the noon
// of that day: no time zone moves it to another one, and it lies among its
// neighbours.
package capture

import (
	"slices"
	"strings"
	"time"

	"homeroll/store/internal/picture/stamp"
	"homeroll/store/media"
)

// Evidence is what is known of one item.
type Evidence struct {
	Embedded media.Taken   // what its bytes say, zero if nothing
	Sidecars []media.Taken // what its sidecars say, by ReadSidecar
	Names    []string      // base names of its files
	MTime    time.Time     // the earliest of its files'
	GPS      *media.Position
	Video    bool
	Zone     *time.Location // the home's, for times of which only the instant is known
	Now      time.Time      // what is yet to come is doubted; zero = nothing is
}

// Choose returns the best evidence; docs of the package give the order.
func Choose(e Evidence) media.Taken {
	names := e.named()
	sidecars := e.ordered()
	candidates := slices.Concat([]media.Taken{e.Embedded}, sidecars, names)
	late := media.Taken{}
	for _, t := range candidates {
		switch {
		case !known(t):
		case e.yetToCome(t):
			if !known(late) {
				late = t
			}
		default:
			return e.local(t, sidecars, names)
		}
	}
	if known(late) {
		return e.local(late, sidecars, names)
	}
	if t, ok := stamp.Instant(e.MTime, "mtime"); ok {
		return e.local(t, nil, nil)
	}
	return media.Taken{}
}

// known reports whether a time says anything.
func known(t media.Taken) bool { return !t.Local.IsZero() || !t.UTC.IsZero() }

// yetToCome reports whether a time lies after tomorrow.
func (e Evidence) yetToCome(t media.Taken) bool {
	at := t.UTC
	if at.IsZero() {
		at = t.Local
	}
	return !e.Now.IsZero() && at.After(e.Now.Add(48*time.Hour))
}

// ordered puts the sidecars that know a wall clock before those that know the
// instant alone, and leaves the order otherwise.
func (e Evidence) ordered() []media.Taken {
	s := slices.Clone(e.Sidecars)
	slices.SortStableFunc(s, func(a, b media.Taken) int { return rank(a) - rank(b) })
	return s
}

func rank(t media.Taken) int {
	switch {
	case !t.Local.IsZero():
		return 0
	case strings.Contains(t.Source, "XMP"):
		return 1
	}
	return 2
}

// named is what the names say: those with a time of day first.
func (e Evidence) named() (all []media.Taken) {
	var days []media.Taken
	for _, name := range e.Names {
		switch t, whole := FromName(name); {
		case !known(t):
		case whole:
			all = append(all, t)
		default:
			days = append(days, t)
		}
	}
	return append(all, days...)
}

// local completes a time: an instant by a wall clock, and a wall clock with an
// offset by the instant.
func (e Evidence) local(t media.Taken, sidecars, names []media.Taken) media.Taken {
	switch {
	case !t.Local.IsZero():
		if t.Offset != nil && t.UTC.IsZero() {
			t.UTC = t.Local.Add(-time.Duration(*t.Offset) * time.Second)
		}
		return t
	case t.Offset != nil:
		return stamp.At(t, *t.Offset)
	}
	for _, s := range sidecars {
		if s.Offset != nil {
			return stamp.At(t, *s.Offset)
		}
	}
	if named, ok := byName(t, names); ok {
		return named
	}
	zone := e.Zone
	if zone == nil {
		zone = time.UTC
	}
	_, offset := t.UTC.In(zone).Zone()
	return seen(t, time.Duration(offset)*time.Second)
}

// seen gives an instant the wall clock at an offset that nothing states.
func seen(t media.Taken, offset time.Duration) media.Taken {
	t.Local = t.UTC.Add(offset)
	return t
}

// How far a video's header may be from its name: the name is of the start, the
// header often of the end.
const (
	sameDigits = 10 * time.Second
	nameBefore = 3 * time.Minute
	nameAfter  = 20 * time.Second
	quarter    = 15 * time.Minute
)

// byName says by the wall clock in a name what the digits of an instant are: the
// wall clock itself, or the instant at some offset from it. The instant of GPS
// is one.
func byName(t media.Taken, names []media.Taken) (media.Taken, bool) {
	for _, n := range names {
		if n.Local.IsZero() || n.Source != nameSource {
			continue
		}
		d := n.Local.Sub(t.UTC)
		if d >= -sameDigits && d <= sameDigits && !strings.Contains(t.Source, "GPS") {
			t.Local, t.UTC = t.UTC, time.Time{}
			return t, true
		}
		offset := (d + (nameBefore-nameAfter)/2).Round(quarter)
		if offset < -12*time.Hour || offset > 14*time.Hour {
			continue
		}
		if late := offset - d; late <= nameBefore && late >= -nameAfter {
			return seen(t, offset), true
		}
	}
	return media.Taken{}, false
}

package policy

import (
	"slices"
	"time"
)

// Window is a part of the day, by the clock of a place, on some days of the
// week.
type Window struct {
	Days     [7]bool // by time.Weekday: the days on which it begins
	From, To int     // minutes since midnight; To <= From reaches into the next day
}

// Hours are windows; they may overlap.
type Hours []Window

// span is a window on one day: from its first moment until the one after its last.
type span struct{ from, to time.Time }

// At reports whether a moment is in one of the windows, by the clock of its
// location, and until when that stays so; zero = for ever. A window begins at
// the first moment at which the clock shows its time or, where the clock is
// put forward over that, later; so each window begins once a day, also when an
// hour comes twice.
func (h Hours) At(now time.Time) (in bool, until time.Time) {
	for _, s := range h.near(now) {
		if now.Before(s.from) {
			return false, s.from
		}
		if now.Before(s.to) {
			if s.to.Sub(now) > 8*24*time.Hour {
				return true, time.Time{}
			}
			return true, s.to
		}
	}
	return false, time.Time{}
}

// near returns the spans around a moment, from those that began the day before to
// those of the same day a week later and beyond, merged and in order.
func (h Hours) near(now time.Time) []span {
	var spans []span
	year, month, day := now.Date()
	for ahead := -1; ahead <= 9; ahead++ {
		noon := time.Date(year, month, day+ahead, 12, 0, 0, 0, now.Location())
		for _, w := range h {
			if s := w.on(noon); w.Days[noon.Weekday()] && s.from.Before(s.to) {
				spans = append(spans, s)
			}
		}
	}
	return merged(spans)
}

// merged joins spans that overlap or touch.
func merged(spans []span) (out []span) {
	slices.SortFunc(spans, func(a, b span) int { return a.from.Compare(b.from) })
	for _, s := range spans {
		last := len(out) - 1
		switch {
		case last < 0 || s.from.After(out[last].to):
			out = append(out, s)
		case s.to.After(out[last].to):
			out[last].to = s.to
		}
	}
	return out
}

// on returns the window that begins on the day of noon. It may be empty, where
// the clock jumps over it.
func (w Window) on(noon time.Time) span {
	next := noon
	if w.To <= w.From {
		next = noon.AddDate(0, 0, 1)
	}
	return span{clockAt(noon, w.From), clockAt(next, w.To)}
}

// clockAt returns the first moment at which the clock on the day of noon shows a
// minute or, having been put forward, a later one. [time.Date] leaves open
// which of two such moments it returns.
func clockAt(noon time.Time, minute int) time.Time {
	year, month, day := noon.Date()
	t := time.Date(year, month, day, 0, minute, 0, 0, noon.Location())
	shown := func(t time.Time) bool {
		y, m, d := t.Date()
		want := time.Date(year, month, day, 0, minute, 0, 0, time.UTC)
		return time.Date(y, m, d, t.Hour(), t.Minute(), 0, 0, time.UTC).Equal(want)
	}
	start, end := t.ZoneBounds()
	if !shown(t) {
		// The clock is put forward over this minute, either before t or after it.
		if !start.IsZero() && t.Sub(start) < 12*time.Hour {
			return start
		}
		return end
	}
	if start.IsZero() {
		return t
	}
	// The same minute may have been shown before the clock was put back.
	_, after := t.Zone()
	_, before := start.Add(-time.Second).Zone()
	if earlier := t.Add(time.Duration(after-before) * time.Second); before > after && earlier.Before(start) && shown(earlier) {
		return earlier
	}
	return t
}

// Schedule is when media may travel: in Open, or always if that is empty, and
// never in Closed.
type Schedule struct{ Open, Closed Hours }

// Allows reports whether media may travel at a moment and until when that
// stays so; zero = for ever.
func (s Schedule) Allows(now time.Time) (allowed bool, until time.Time) {
	allowed, until = s.look(now)
	for range 100 { // where a window of one kind ends or begins without a difference
		if until.IsZero() {
			return allowed, until
		}
		next, later := s.look(until)
		if next != allowed {
			return allowed, until
		}
		until = later
	}
	return allowed, time.Time{}
}

// look is Allows until the next border of any window.
func (s Schedule) look(now time.Time) (bool, time.Time) {
	open, border := true, time.Time{}
	if len(s.Open) > 0 {
		open, border = s.Open.At(now)
	}
	closed, other := s.Closed.At(now)
	if border.IsZero() || !other.IsZero() && other.Before(border) {
		border = other
	}
	return open && !closed, border
}

// After returns when work that takes so long while media may travel, begun
// now, is done; zero if the schedule never lets it end.
func (s Schedule) After(now time.Time, work time.Duration) time.Time {
	for range 1000 {
		allowed, until := s.Allows(now)
		switch {
		case allowed && (until.IsZero() || until.Sub(now) >= work):
			return now.Add(work)
		case until.IsZero():
			return time.Time{}
		case allowed:
			work -= until.Sub(now)
		}
		now = until
	}
	return time.Time{}
}

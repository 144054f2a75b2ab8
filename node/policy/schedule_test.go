package policy

import (
	"testing"
	"time"
	_ "time/tzdata" // places with all kinds of clocks, also where the system knows none

	"pgregory.net/rapid"
)

func everyDay(from, to int) Window {
	return Window{Days: [7]bool{true, true, true, true, true, true, true}, From: from, To: to}
}

func place(t testing.TB, name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestWindowsByTheClockOfAPlace(t *testing.T) {
	berlin := place(t, "Europe/Berlin")
	at := func(s string) time.Time {
		u, err := time.Parse("2006-01-02 15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	night := Hours{everyDay(22*60, 7*60)}
	weekend := Hours{{Days: [7]bool{time.Saturday: true, time.Sunday: true}, From: 0, To: 24 * 60}}
	for _, tc := range []struct {
		name  string
		hours Hours
		now   string // UTC; Berlin is one hour ahead in winter, two in summer
		in    bool
		until string // UTC; "" = for ever
	}{
		{"before a night", night, "2026-01-10 20:59", false, "2026-01-10 21:00"},
		{"as the night begins", night, "2026-01-10 21:00", true, "2026-01-11 06:00"},
		{"after midnight", night, "2026-01-11 00:30", true, "2026-01-11 06:00"},
		{"as it ends", night, "2026-01-11 06:00", false, "2026-01-11 21:00"},
		{"the night with an hour less", night, "2026-03-28 21:00", true, "2026-03-29 05:00"},
		{"the night with an hour more", night, "2026-10-24 20:00", true, "2026-10-25 06:00"},
		{"a window that the clock jumps over", Hours{everyDay(2*60, 3*60)}, "2026-03-28 23:00", false, "2026-03-30 00:00"},
		{"one that begins in the jump", Hours{everyDay(2*60+30, 4*60)}, "2026-03-28 23:00", false, "2026-03-29 01:00"},
		{"one that begins in the hour that comes twice", Hours{everyDay(2*60+30, 4*60)}, "2026-10-24 23:00", false, "2026-10-25 00:30"},
		{"and lasts through both", Hours{everyDay(2*60+30, 4*60)}, "2026-10-25 01:10", true, "2026-10-25 03:00"},
		{"the weekend is one window", weekend, "2026-11-28 12:00", true, "2026-11-29 23:00"},
		{"until the next weekend", weekend, "2026-11-30 12:00", false, "2026-12-04 23:00"},
		{"windows that touch", Hours{everyDay(600, 700), everyDay(700, 800)}, "2026-01-10 10:00", true, "2026-01-10 12:20"},
		{"all day", Hours{everyDay(0, 24*60)}, "2026-01-10 10:00", true, ""},
		{"no window", nil, "2026-01-10 10:00", false, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in, until := tc.hours.At(at(tc.now).In(berlin))
			want := time.Time{}
			if tc.until != "" {
				want = at(tc.until)
			}
			if in != tc.in || !until.Equal(want) {
				t.Errorf("got %v until %v, want %v until %v", in, until.UTC(), tc.in, want)
			}
		})
	}
}

var places = []string{"UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "America/Santiago", "Africa/Cairo", "Asia/Kolkata"}

func drawHours(t *rapid.T, name string) Hours {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Window {
		w := Window{From: rapid.IntRange(0, 24*60-1).Draw(t, "from"), To: rapid.IntRange(0, 24*60).Draw(t, "to")}
		for i := range w.Days {
			w.Days[i] = rapid.Bool().Draw(t, "day")
		}
		return w
	}), 0, 4).Draw(t, name)
}

// What At says of a moment holds until the moment that it names, and not at that one, on days with 23, 24 and 25 hours;
// and it agrees with what a clock on the wall shows wherever that is not put forward or back.
func TestWindowsAreConstantBetweenTheirBorders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc, err := time.LoadLocation(rapid.SampledFrom(places).Draw(t, "place"))
		if err != nil {
			t.Fatal(err)
		}
		h := drawHours(t, "hours")
		now := time.Unix(rapid.Int64Range(1_750_000_000, 1_820_000_000).Draw(t, "now"), 0).In(loc)
		in, until := h.At(now)
		if !until.IsZero() {
			if !until.After(now) {
				t.Fatalf("%v until %v, which is not later", now, until)
			}
			if after, _ := h.At(until); after == in {
				t.Fatalf("nothing changes at %v", until)
			}
			between := now.Add(time.Duration(rapid.Int64Range(0, int64(until.Sub(now))-1).Draw(t, "later")))
			if same, again := h.At(between); same != in || !again.Equal(until) {
				t.Fatalf("at %v: %v until %v; before: %v until %v", between, same, again, in, until)
			}
		}
		if _, offset := now.Zone(); !sameOffset(now.Add(-50*time.Hour), now.Add(2*time.Hour), offset) {
			return
		}
		if wall := h.onTheWall(now); wall != in {
			t.Fatalf("%v: %v, by the wall %v", now, in, wall)
		}
	})
}

func sameOffset(a, b time.Time, offset int) bool {
	_, x := a.Zone()
	_, y := b.Zone()
	return x == offset && y == offset
}

// onTheWall decides by hour and minute alone.
func (h Hours) onTheWall(now time.Time) bool {
	minute := 60*now.Hour() + now.Minute()
	yesterday := (now.Weekday() + 6) % 7
	for _, w := range h {
		overnight := w.To <= w.From
		today := minute >= w.From && (overnight || minute < w.To)
		if w.Days[now.Weekday()] && today || w.Days[yesterday] && overnight && minute < w.To {
			return true
		}
	}
	return false
}

// A schedule of both kinds of windows names the next moment at which something changes, and work ends in the time that it
// is given.
func TestScheduleNamesTheNextChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc, err := time.LoadLocation(rapid.SampledFrom(places).Draw(t, "place"))
		if err != nil {
			t.Fatal(err)
		}
		s := Schedule{Open: drawHours(t, "open"), Closed: drawHours(t, "closed")}
		now := time.Unix(rapid.Int64Range(1_750_000_000, 1_820_000_000).Draw(t, "now"), 0).In(loc)
		allowed, until := s.Allows(now)
		closed, _ := s.Closed.At(now)
		open, _ := s.Open.At(now)
		if want := (open || len(s.Open) == 0) && !closed; allowed != want {
			t.Fatalf("allowed %v, want %v", allowed, want)
		}
		if !until.IsZero() {
			if next, _ := s.Allows(until); next == allowed || !until.After(now) {
				t.Fatalf("nothing changes at %v", until)
			}
		}
		work := time.Duration(rapid.Int64Range(1, int64(100*time.Hour)).Draw(t, "work"))
		done := s.After(now, work)
		if done.IsZero() {
			return
		}
		var free time.Duration
		for at := now; at.Before(done); {
			allowed, until := s.Allows(at)
			if until.IsZero() || until.After(done) {
				until = done
			}
			if allowed {
				free += until.Sub(at)
			}
			at = until
		}
		if free != work {
			t.Fatalf("work of %v is done after %v of free time", work, free)
		}
	})
}

package node

import (
	"testing"
	"time"

	"homeroll/node/policy"
)

// night is a schedule that lets media travel from 22:00 to 07:00.
func night() policy.Schedule {
	return policy.Schedule{Open: policy.Hours{{Days: [7]bool{true, true, true, true, true, true, true}, From: 22 * 60, To: 7 * 60}}}
}

func TestScheduleAndPausesTogether(t *testing.T) {
	dir := t.TempDir()
	p, err := openPause(dir, night())
	if err != nil {
		t.Fatal(err)
	}
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 6, day, hour, minute, 0, 0, time.Local) }
	check := func(when time.Time, on, bySchedule bool, until time.Time) {
		t.Helper()
		if h := p.state(when); h.on != on || on && (h.bySchedule != bySchedule || !h.until.Equal(until)) {
			t.Errorf("at %v: %+v", when, h)
		}
	}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(at(1, 21, 59), true, true, at(1, 22, 0))
	check(at(1, 22, 0), false, false, time.Time{})
	check(at(2, 6, 59), false, false, time.Time{})
	check(at(2, 7, 0), true, true, at(2, 22, 0))

	do(p.clear(at(2, 12, 0))) // resume: until the schedule would have let go by itself, and no longer
	check(at(2, 12, 1), false, false, time.Time{})
	check(at(2, 23, 0), false, false, time.Time{})
	check(at(3, 7, 0), true, true, at(3, 22, 0))
	again, err := openPause(dir, night())
	do(err)
	if again.state(at(2, 13, 0)).on {
		t.Error("a restart forgot that somebody resumed")
	}

	do(p.clear(at(3, 12, 0)))
	do(p.set(at(3, 14, 0))) // a pause takes the resumption back
	check(at(3, 13, 0), true, true, at(3, 22, 0))
	do(p.set(at(4, 3, 0)))
	check(at(4, 2, 0), true, false, at(4, 3, 0))
	check(at(4, 3, 0), false, false, time.Time{})
	do(p.set(time.Time{}))
	check(at(4, 23, 0), true, false, time.Time{})
	do(p.clear(at(4, 23, 0))) // in a time that the schedule allows, there is nothing to pass over
	check(at(5, 7, 0), true, true, at(5, 22, 0))
}

// A border of the schedule ends the transfers under way and is told to those who wait; the other border lets them begin.
func TestBordersOfTheScheduleAreEnforced(t *testing.T) {
	p, err := openPause(t.TempDir(), night())
	if err != nil {
		t.Fatal(err)
	}
	allowed := time.Date(2026, 6, 2, 6, 0, 0, 0, time.Local)
	h, wake := p.enforce(allowed)
	if border := time.Date(2026, 6, 2, 7, 0, 0, 0, time.Local); h.on || !wake.Equal(border) {
		t.Fatalf("%+v, wake %v", h, wake)
	}
	transfer, cancel, ok := p.allow(t.Context(), allowed)
	if !ok {
		t.Fatal("not allowed at night")
	}
	defer cancel()
	changed := p.changed.wait()
	if h, _ := p.enforce(wake); !h.on || !h.bySchedule {
		t.Fatalf("%+v", h)
	}
	<-transfer.Done()
	<-changed
	if _, _, ok := p.allow(t.Context(), wake); ok {
		t.Error("allowed by day")
	}
	if err := p.clear(wake); err != nil {
		t.Fatal(err)
	}
	if h, _ := p.enforce(wake.Add(time.Hour)); h.on {
		t.Errorf("resumed: %+v", h)
	}
	if h, _ := p.enforce(wake.Add(24 * time.Hour)); !h.on {
		t.Errorf("the day after: %+v", h)
	}
}

// The time that remains is unknown while nothing moves, and counts the day between two nights.
func TestRemainingTimeKnowsTheSchedule(t *testing.T) {
	evening := time.Date(2026, 6, 1, 22, 0, 0, 0, time.Local)
	nine := int64(9 * 3600)
	for _, tc := range []struct {
		name       string
		schedule   policy.Schedule
		left, pace int64
		want       int64 // 0 = unknown
	}{
		{"nothing left", policy.Schedule{}, 0, 10, 0},
		{"nothing moves", policy.Schedule{}, 10, 0, 0},
		{"a part of a second", policy.Schedule{}, 1, 10, 1},
		{"always", policy.Schedule{}, 10 * nine, 5, 2 * nine},
		{"within the night", night(), 10 * nine, 10, nine},
		{"the rest in the next night", night(), 10*nine + 600, 10, 24*3600 + 60},
		{"a thousand years", policy.Schedule{}, 1 << 50, 10, 0},
	} {
		got := remaining(tc.schedule, evening, tc.left, tc.pace)
		if got == nil && tc.want != 0 || got != nil && *got != tc.want {
			t.Errorf("%s: %v, want %d", tc.name, got, tc.want)
		}
	}
}

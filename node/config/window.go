package config

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Window is a part of the day, by the local clock, on some days of the week.
type Window struct {
	Days     [7]bool // by time.Weekday: the days on which it begins
	From, To int     // minutes since midnight; To <= From reaches into the next day
}

// dayMinutes is the last minute that a window may name, "24:00".
const dayMinutes = 24 * 60

const windowsAccepted = `a list of times of day such as ["22:00-07:00"], with days if wanted: "mon-fri 22:00-07:00", "sat sun 00:00-24:00"`

// dayNames are in the order of a week as people say it.
var dayNames = []struct {
	name string
	day  time.Weekday
}{
	{"mon", time.Monday}, {"tue", time.Tuesday}, {"wed", time.Wednesday}, {"thu", time.Thursday},
	{"fri", time.Friday}, {"sat", time.Saturday}, {"sun", time.Sunday},
}

// ParseWindow reads "22:00-07:00", "mon-fri 18:30-23:00" or "sat sun 0:00-24:00". A window that
// ends before it begins goes on after midnight.
func ParseWindow(s string) (Window, error) {
	var w Window
	words := strings.Fields(strings.ToLower(s))
	if len(words) == 0 {
		return w, fmt.Errorf("%q is not a time of day", s)
	}
	days, hours := words[:len(words)-1], words[len(words)-1]
	from, to, ok := strings.Cut(hours, "-")
	var okFrom, okTo bool
	w.From, okFrom = minuteOf(from)
	w.To, okTo = minuteOf(to)
	if !ok || !okFrom || !okTo {
		return w, fmt.Errorf("%q is not a time of day", s)
	}
	if w.From == w.To || w.From == dayMinutes {
		return w, fmt.Errorf("%q is no time at all (a whole day is 00:00-24:00)", s)
	}
	for _, word := range days {
		if !w.addDays(word) {
			return w, fmt.Errorf("%q has %q, which is no day", s, word)
		}
	}
	if len(days) == 0 {
		for i := range w.Days {
			w.Days[i] = true
		}
	}
	return w, nil
}

// minuteOf reads "7:30", "07:30" or "24:00".
func minuteOf(s string) (int, bool) {
	var h, m int
	var rest string
	if n, _ := fmt.Sscanf(s+" .", "%d:%d %s", &h, &m, &rest); n != 3 || rest != "." || len(s) > 5 || len(s) < 4 || s[len(s)-3] != ':' {
		return 0, false
	}
	minute := 60*h + m
	return minute, h >= 0 && m >= 0 && m < 60 && minute <= dayMinutes
}

// addDays adds "mon" or "mon-fri", which may go round the end of the week.
func (w *Window) addDays(word string) bool {
	first, last, isRange := strings.Cut(strings.TrimSuffix(word, ","), "-")
	if !isRange {
		last = first
	}
	from, to := dayIndex(first), dayIndex(last)
	if from < 0 || to < 0 {
		return false
	}
	for i := from; ; i = (i + 1) % len(dayNames) {
		w.Days[dayNames[i].day] = true
		if i == to {
			return true
		}
	}
}

// dayIndex finds "mon" or "monday" in dayNames, -1 if it is neither.
func dayIndex(word string) int {
	for i, d := range dayNames {
		if word == d.name || word == strings.ToLower(d.day.String()) {
			return i
		}
	}
	return -1
}

// String writes the window so that ParseWindow returns exactly it.
func (w Window) String() string {
	hours := fmt.Sprintf("%02d:%02d-%02d:%02d", w.From/60, w.From%60, w.To/60, w.To%60)
	if !slices.Contains(w.Days[:], false) {
		return hours
	}
	var words []string
	for i := 0; i < len(dayNames); i++ {
		if !w.Days[dayNames[i].day] {
			continue
		}
		last := i
		for last+1 < len(dayNames) && w.Days[dayNames[last+1].day] {
			last++
		}
		switch last - i {
		case 0:
			words = append(words, dayNames[i].name)
		case 1:
			words = append(words, dayNames[i].name, dayNames[last].name)
		default:
			words = append(words, dayNames[i].name+"-"+dayNames[last].name)
		}
		i = last
	}
	return strings.Join(append(words, hours), " ")
}

// windowsOf parses entries that have been checked.
func windowsOf(entries []string) (list []Window) {
	for _, e := range entries {
		if w, err := ParseWindow(e); err == nil {
			list = append(list, w)
		}
	}
	return list
}

func checkWindows(v any) error {
	list := *v.(*[]string)
	for i, entry := range list {
		w, err := ParseWindow(entry)
		if err != nil {
			return fmt.Errorf("has an entry that cannot be: %w", err)
		}
		list[i] = w.String()
	}
	return nil
}

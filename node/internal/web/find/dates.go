package find

import (
	"strings"
	"time"
)

// day is how a Filter writes days.
const day = "2006-01-02"

// dates reads a date or a range of dates as the first and the last day.
func dates(text string) (from, to string, ok bool) {
	first, last, isRange := strings.Cut(text, "..")
	if !isRange {
		last = first
	}
	if first == "" && last == "" {
		return "", "", false
	}
	if first != "" {
		if from, _, ok = date(first); !ok {
			return "", "", false
		}
	}
	if last != "" {
		if _, to, ok = date(last); !ok {
			return "", "", false
		}
	}
	return from, to, true
}

// date returns the first and the last day of a year, month or day.
func date(text string) (first, last string, ok bool) {
	for _, form := range []struct {
		layout              string
		years, months, days int
	}{{"2006", 1, 0, 0}, {"2006-01", 0, 1, 0}, {"2006-1", 0, 1, 0}, {day, 0, 0, 1}, {"2006-1-2", 0, 0, 1}} {
		if t, err := time.Parse(form.layout, text); err == nil {
			return t.Format(day), t.AddDate(form.years, form.months, form.days).AddDate(0, 0, -1).Format(day), true
		}
	}
	return "", "", false
}

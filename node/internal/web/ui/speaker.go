package ui

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Speaker writes texts, numbers and times in one language.
type Speaker struct {
	Language string
	texts    Texts
}

// Say returns a text with its placeholders filled in; see [Texts.Say]. Whole
// numbers are written with separators.
func (s *Speaker) Say(key string, pairs ...any) (string, error) {
	filled := make([]any, len(pairs))
	for i, v := range pairs {
		filled[i] = v
		if i%2 == 1 {
			filled[i] = s.value(v)
		}
	}
	return s.texts.Say(key, filled...)
}

func (s *Speaker) value(v any) any {
	switch v := v.(type) {
	case int:
		return s.Count(int64(v))
	case int64:
		return s.Count(v)
	}
	return v
}

// Begin is Say for the beginning of a sentence.
func (s *Speaker) Begin(key string, pairs ...any) (string, error) {
	text, err := s.Say(key, pairs...)
	return sentence(text), err
}

// sentence gives the first letter a capital.
func sentence(text string) string {
	for _, r := range text {
		return strings.ToUpper(string(r)) + text[len(string(r)):]
	}
	return text
}

// say is Say of a key that the tests know to exist.
func (s *Speaker) say(key string, pairs ...any) string {
	text, err := s.Say(key, pairs...)
	if err != nil {
		return key
	}
	return text
}

// Count writes a number with separators: 1,204.
func (s *Speaker) Count(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + s.say("number.group") + digits[i:]
	}
	return digits
}

// Bytes writes a size in the decimal units in which disks are sold: 5.7 GB.
func (s *Speaker) Bytes(n int64) string {
	value, unit := float64(n), "B"
	for _, next := range []string{"kB", "MB", "GB", "TB", "PB"} {
		if value < 999.5 {
			break
		}
		value, unit = value/1000, next
	}
	digits := fmt.Sprintf("%.0f", value)
	if value < 9.95 && unit != "B" {
		digits = strings.Replace(strings.TrimSuffix(fmt.Sprintf("%.1f", value), ".0"), ".", s.say("number.point"), 1)
	}
	return digits + "\u00a0" + unit
}

// Duration writes a time that something takes, roughly: 45 seconds, 12 minutes.
func (s *Speaker) Duration(d time.Duration) string {
	switch {
	case d < 90*time.Second:
		return s.say("time.seconds", "n", int64(max(d, 0)/time.Second))
	case d < 90*time.Minute:
		return s.say("time.minutes", "n", int64(d.Round(time.Minute)/time.Minute))
	case d < 36*time.Hour:
		return s.say("time.hours", "n", int64(d.Round(time.Hour)/time.Hour))
	}
	return s.say("time.days", "n", int64(d.Round(24*time.Hour)/(24*time.Hour)))
}

// Ago writes how long ago a time was, as i18n.js does.
func (s *Speaker) Ago(then *time.Time, now time.Time) string {
	if then == nil || then.IsZero() {
		return s.say("time.never")
	}
	switch d := now.Sub(*then); {
	case d < 45*time.Second:
		return s.say("time.now")
	case d < 90*time.Minute:
		return s.say("time.minutes-ago", "n", int64(d.Round(time.Minute)/time.Minute))
	case d < 36*time.Hour:
		return s.say("time.hours-ago", "n", int64(d.Round(time.Hour)/time.Hour))
	default:
		return s.say("time.days-ago", "n", int64(d.Round(24*time.Hour)/(24*time.Hour)))
	}
}

// Day writes a date: 23 November 2026.
func (s *Speaker) Day(t time.Time) string {
	return s.say("time.day", "day", strconv.Itoa(t.Day()), "month", s.say("month."+strconv.Itoa(int(t.Month()))), "year", strconv.Itoa(t.Year()))
}

// Clock writes a time of day, with the date unless it is that of now.
func (s *Speaker) Clock(t, now time.Time) string {
	t = t.In(now.Location())
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format("15:04")
	}
	return s.Day(t) + ", " + t.Format("15:04")
}

func iso(t *time.Time) string { return t.UTC().Format(time.RFC3339) }

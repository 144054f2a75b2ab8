package policy

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// count writes a number with thousands separated.
func count(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// size writes bytes in the decimal units in which disks are sold.
func size(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	v, unit := float64(n)/1000, 0
	for v >= 999.5 && unit < 4 {
		v, unit = v/1000, unit+1
	}
	if v < 9.95 {
		return fmt.Sprintf("%s %cB", strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0"), "kMGTP"[unit])
	}
	return fmt.Sprintf("%.0f %cB", v, "kMGTP"[unit])
}

// photos writes an amount, "3 photos (12 MB)".
func photos(a Amount) string {
	noun := "photos"
	if a.Items == 1 {
		noun = "photo"
	}
	if a.Bytes == 0 {
		return count(a.Items) + " " + noun
	}
	return fmt.Sprintf("%s %s (%s)", count(a.Items), noun, size(a.Bytes))
}

func have(a Amount) string {
	if a.Items == 1 {
		return "has"
	}
	return "have"
}

func do(a Amount) string {
	if a.Items == 1 {
		return "does"
	}
	return "do"
}

// ago writes a duration roughly, "2 h ago".
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", d/time.Hour)
	default:
		return fmt.Sprintf("%d days ago", d/(24*time.Hour))
	}
}

// clock writes a time as a person at now would, with the day unless it is
// today.
func clock(t, now time.Time) string {
	t = t.In(now.Location())
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format("15:04")
	}
	return t.Format("Mon 2 Jan 15:04")
}

// sentence gives the first letter a capital.
func sentence(s string) string {
	for _, r := range s {
		return string(unicode.ToUpper(r)) + strings.TrimPrefix(s, string(r))
	}
	return s
}

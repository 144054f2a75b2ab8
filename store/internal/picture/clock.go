package picture

import (
	"math"
	"strconv"
	"strings"
	"time"

	"homeroll/store/internal/picture/stamp"
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

// padding is how some early cameras write numbers below ten.
var padding = strings.NewReplacer(": ", ":0", "  ", " 0")

// parseTime reads what package stamp reads, and beside a still takes Z for an
// offset like others: it stands for the clock of the picture, not for that of a server.
func parseTime(s string) (reading, bool) {
	s = strings.TrimSpace(s)
	t, ok := stamp.Parse(padding.Replace(s), "")
	if !ok {
		return reading{}, false
	}
	r := reading{wall: t.Local, offset: t.Offset, dated: len(s) > len("2006:01:02")}
	if r.wall.IsZero() {
		r.wall, r.offset = t.UTC, new(int)
	}
	return r, true
}

// leading is the digits with which a text begins.
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
	if digits == "" {
		return 0
	}
	n, _ := strconv.Atoi((digits + "000000000")[:9])
	return time.Duration(n)
}

// apart is how far, in seconds, two instants are from being whole quarters of an
// hour apart, and how many seconds these are.
func apart(wall, instant time.Time) (rest, quarters float64) {
	difference := wall.Sub(instant).Seconds()
	quarters = math.Round(difference/900) * 900
	return math.Abs(difference - quarters), quarters
}

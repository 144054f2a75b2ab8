package media

import (
	"math"
	"time"
)

// The first and the last time of which operating systems can be told in
// nanoseconds since 1970: in the years 1677 and 2262.
var (
	firstTime = time.Unix(0, math.MinInt64).UTC()
	lastTime  = time.Unix(0, math.MaxInt64).UTC()
)

// BoundTime returns the nearest time that every device can give to a file and
// write down. Some filesystems hold modification times far outside, which only
// mistakes put there.
func BoundTime(t time.Time) time.Time {
	switch {
	case t.Before(firstTime):
		return firstTime
	case t.After(lastTime):
		return lastTime
	}
	return t
}

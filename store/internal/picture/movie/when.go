package movie

import (
	"strings"
	"time"

	"homeroll/store/internal/picture/stamp"
	"homeroll/store/media"
)

// untilUnix is how many seconds passed from the start of QuickTime's clock,
// 1904-01-01, to that of Unix.
const untilUnix = 2082844800

// quickTime reads the clock of QuickTime's headers, UTC by the specification.
// Zero is no time, and a value before 1970 was counted from there by mistake.
func quickTime(v uint64, source string) (media.Taken, bool) {
	if v > 1<<40 || v == 0 {
		return media.Taken{}, false
	}
	unix := int64(v)
	if unix >= untilUnix {
		unix -= untilUnix
	}
	return stamp.Instant(time.Unix(unix, 0), source)
}

// wallMakers write the camera's wall clock into the header that is to be UTC:
// cameras that know no time zone, or do not apply theirs to videos. Phones,
// and the cameras of Sony and Apple, write UTC.
var wallMakers = []string{
	"canon", "nikon", "panasonic", "olympus", "om digital", "fujifilm", "pentax", "ricoh", "kodak",
	"eastman kodak", "casio", "gopro", "leica", "minolta", "konica minolta", "sanyo", "sigma",
}

// time chooses among the times that were found. One that names its offset is
// believed before one that does not, as far as both are the camera's own.
func (m *movie) time(maker string) media.Taken {
	for r := range ranks {
		t := m.taken[r]
		if t.Source == "" {
			continue
		}
		if r >= byHeader && t.Local.IsZero() && m.clockIsWall(maker) {
			t.Local, t.UTC = t.UTC, time.Time{}
		}
		return t
	}
	return media.Taken{}
}

// clockIsWall reports whether the maker is known to keep the wall clock in the
// header.
func (m *movie) clockIsWall(maker string) bool {
	maker = strings.ToLower(maker)
	if maker == "" {
		maker = strings.ToLower(m.Picture.Model)
		for r := range ranks {
			maker += strings.ToLower(m.models[r])
		}
	}
	for _, w := range wallMakers {
		if strings.HasPrefix(maker, w) {
			return true
		}
	}
	return false
}

package group

import (
	"strings"
	"time"

	"homeroll/store/media"
)

// apart reports whether two pictures say that they were taken at different
// times, by more than some slack. Of one that knows only its wall clock, and
// one that knows only the instant, the time zone is not known: then any whole
// quarter of an hour lies between them.
func apart(a, b media.Taken, slack time.Duration) bool {
	if !telling(a) || !telling(b) {
		return false
	}
	switch {
	case !a.UTC.IsZero() && !b.UTC.IsZero():
		return beyond(a.UTC.Sub(b.UTC), slack) && !sameClock(a, b, slack)
	case sameClock(a, b, slack):
		return false
	}
	d := clockOf(a).Sub(clockOf(b))
	if d < -15*time.Hour || d > 15*time.Hour {
		return true
	}
	const quarter = 15 * time.Minute
	return beyond(d-d.Round(quarter), slack)
}

// telling reports whether a time was noted when the picture was taken: the date
// of a file is not, nor is one that is yet to come.
func telling(t media.Taken) bool {
	at := clockOf(t)
	if at.IsZero() || t.Source == "mtime" || at.After(time.Now().Add(48*time.Hour)) {
		return false
	}
	return !strings.HasPrefix(t.Source, "file name")
}

func sameClock(a, b media.Taken, slack time.Duration) bool {
	return !a.Local.IsZero() && !b.Local.IsZero() && !beyond(a.Local.Sub(b.Local), slack)
}

// clockOf is the wall clock, or that of Greenwich for want of it.
func clockOf(t media.Taken) time.Time {
	if t.Local.IsZero() {
		return t.UTC
	}
	return t.Local
}

func beyond(d, slack time.Duration) bool { return d > slack || d < -slack }

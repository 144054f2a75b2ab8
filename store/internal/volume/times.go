package volume

import (
	"errors"
	"os"
	"time"

	"homeroll/store/internal/disk"
	"homeroll/store/media"
)

// Local times shift by whole quarters of an hour, and by not more than lies
// between the first and the last zone.
const (
	zoneStep = 15 * time.Minute
	zoneSpan = 26 * time.Hour
)

// fatStep is how exactly filesystems with local times keep them at best.
const fatStep = 10 * time.Millisecond

// Settable returns the nearest time to which a file's can be set: beyond their
// range some filesystems turn to anything.
func (t Traits) Settable(at time.Time) time.Time {
	at = media.BoundTime(at)
	if t.OldWhole && at.Unix() < 0 {
		at = time.Unix(at.Unix(), 0)
	}
	switch {
	case !t.First.IsZero() && at.Before(t.First):
		return t.First
	case !t.Last.IsZero() && at.After(t.Last):
		return t.Last
	}
	return at
}

// SameTime reports whether a file to which the time want was given and that has
// the time got is as it was left.
func (t Traits) SameTime(want, got time.Time) bool {
	if t.Timeless || got.Equal(want) {
		return true
	}
	diff := got.Sub(t.Settable(want))
	if diff.Abs() < max(t.Step, 1) || (t.Step >= time.Second && diff.Abs() <= t.Step) {
		return true
	}
	_, shifted := t.Shift(t.Settable(want), got)
	return shifted
}

// Shift returns by how much a zone has shifted a time that was once seen as was
// and now as is, and false if no zone can have.
func (t Traits) Shift(was, is time.Time) (by time.Duration, ok bool) {
	if !t.Zoned || !wholeAt(is, fatStep) {
		return 0, false
	}
	diff := is.Sub(was)
	by = diff.Round(zoneStep)
	return by, by != 0 && by.Abs() <= zoneSpan && (diff-by).Abs() <= t.Step
}

// Truncated reports whether is may be what remains of was: a system can keep a
// time more exactly in memory than the filesystem does.
func (t Traits) Truncated(was, is time.Time) bool {
	diff := was.Sub(is)
	return t.Step > 1 && diff >= 0 && diff < t.Step && wholeAt(is, t.Step)
}

// wholeAt reports whether a time has no part finer than the step. Steps of more
// than a second are even seconds in a day, as FAT counts them.
func wholeAt(at time.Time, step time.Duration) bool {
	if step > time.Second {
		return at.Nanosecond() == 0 && at.Unix()%int64(step/time.Second) == 0
	}
	return step <= 1 || at.Nanosecond()%int(step) == 0
}

// SetTime sets the modification time of a file, and the access time to now:
// libfuse 2 passes nothing on to FAT and exFAT if only one of them is set.
func SetTime(root *os.Root, name string, mtime time.Time) error {
	return root.Chtimes(name, time.Now(), mtime)
}

// SetOpenTime is SetTime for a file that was written through f, which is still open:
// the time stays when f is closed.
func SetOpenTime(root *os.Root, name string, f *os.File, mtime time.Time) error {
	if err := disk.SetTimeOf(f, mtime); !errors.Is(err, disk.ErrUnsupported) {
		return err
	}
	return SetTime(root, name, mtime)
}

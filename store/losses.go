package store

import (
	"slices"
	"time"
)

// What may vanish from a folder or the vault within lossWindow without a
// question: at most lossFloor files, or one part in lossShare of them. A person
// who tidies stays below it for weeks; a lost disk or a wrong command does not.
const (
	lossWindow = 24 * time.Hour
	lossFloor  = 50
	lossShare  = 5
)

// losses are the files that a folder lost, by the hour.
type losses []lossHour

type lossHour struct {
	Hour  int64 `json:"hour"` // Unix time in hours
	Files int64 `json:"files"`
}

func hourOf(t time.Time) int64 { return t.Unix() / int64(time.Hour/time.Second) }

// within counts the files lost in the window that ends then.
func (l losses) within(end time.Time) (files int64) {
	from := hourOf(end.Add(-lossWindow))
	for _, h := range l {
		if h.Hour > from {
			files += h.Files
		}
	}
	return files
}

// add counts more, and forgets what the window has left behind.
func (l losses) add(now time.Time, files int64) losses {
	hour, from := hourOf(now), hourOf(now.Add(-lossWindow))
	kept := slices.DeleteFunc(slices.Clone(l), func(h lossHour) bool { return h.Hour <= from })
	for i := range kept {
		if kept[i].Hour == hour {
			kept[i].Files += files
			return kept
		}
	}
	return append(kept, lossHour{hour, files})
}

// loss is what is about to be concluded.
type loss struct {
	had    int64 // files on record
	gone   int64 // of them are gone
	lost   int64 // of these, the content is nowhere else in the folders
	recent int64 // lost within the window before
	other  bool  // another disk is in the place
}

// tooMuch reports a loss that a person must confirm.
func (l loss) tooMuch() bool {
	lost, had := l.lost+l.recent, l.had+l.recent
	switch {
	case l.lost == 0:
		return false
	case l.gone >= l.had && l.had > 1:
		return true // nothing is left
	case l.other:
		return lost*lossShare > had
	}
	return l.massive()
}

// massive reports a loss of more than the allowance.
func (l loss) massive() bool {
	lost, had := l.lost+l.recent, l.had+l.recent
	return lost > lossFloor && lost*lossShare > had
}

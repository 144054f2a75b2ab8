// Package volume knows what a filesystem can hold: which names it keeps as they
// are, which it takes for one another, how exactly it keeps times, and whether
// one content can have several names. Where the filesystem is homeroll's to
// write to, [Probe] tries it; where it is not, [Guess] goes by its type.
//
// Start with [Traits]. The zero Traits are those of a filesystem that holds
// every name and time exactly, as ext4 does, and can do nothing more.
package volume

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Traits are what a filesystem can do. It is written down as JSON, so that one
// is probed once.
type Traits struct {
	// FoldsCase and FoldsForm: names that differ only in case, or only in
	// their Unicode form (NFC, NFD), are one name.
	FoldsCase bool `json:"foldsCase,omitempty"`
	FoldsForm bool `json:"foldsForm,omitempty"`
	// Windows: names are those that Windows can open, be it the filesystem
	// that refuses others or its use on other computers that asks for it.
	Windows bool   `json:"windows,omitempty"`
	ASCII   bool   `json:"ascii,omitempty"`   // no other characters
	Unicode bool   `json:"unicode,omitempty"` // names are valid UTF-8
	Refuses string `json:"refuses,omitempty"` // characters, beyond what Windows says
	Units   bool   `json:"units,omitempty"`   // the length of a name counts UTF-16 units, not bytes

	Step time.Duration `json:"step,omitempty"` // of modification times; 0 = 1 ns
	// First and Last bound modification times; zero = as far as nanoseconds
	// since 1970 reach.
	First time.Time `json:"first,omitzero"`
	Last  time.Time `json:"last,omitzero"`
	// OldWhole: of times before 1970 only whole seconds are kept.
	OldWhole bool `json:"oldWhole,omitempty"`
	// Zoned: times are kept in local time and so shift, all of them alike, when
	// the computer's zone or daylight saving does.
	Zoned bool `json:"zoned,omitempty"`
	// Timeless: modification times cannot be set.
	Timeless bool `json:"timeless,omitempty"`

	// Restamps: a rename changes the modification time.
	Restamps bool `json:"restamps,omitempty"`

	Links  bool `json:"links"`  // hard links
	Clones bool `json:"clones"` // two files can share their blocks
}

// maxName is how long a name may be: in bytes, or in UTF-16 units.
const maxName = 255

// Folds reports whether two names can be one here.
func (t Traits) Folds() bool { return t.FoldsCase || t.FoldsForm }

// Holds reports whether the filesystem keeps the name of a file or directory
// exactly as it is.
func (t Traits) Holds(name string) bool {
	switch {
	case t.length(name) > maxName:
		return false
	case t.Windows && Portable(name) != name:
		return false
	case t.ASCII && strings.ContainsFunc(name, beyondASCII):
		return false
	case t.Unicode && !utf8.ValidString(name):
		return false
	}
	return !strings.ContainsAny(name, t.Refuses)
}

func (t Traits) length(name string) int {
	if !t.Units {
		return len(name)
	}
	n := 0
	for _, r := range name {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}

// Bend returns a name like this one that every filesystem can hold, also one
// with these traits. Different names may be bent alike.
func (t Traits) Bend(name string) string {
	name = Portable(name)
	if t.ASCII {
		name = Plain(name)
	}
	if t.Refuses == "" {
		return name
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(t.Refuses, r) {
			return '_'
		}
		return r
	}, name)
}

func beyondASCII(r rune) bool { return r > unicode.MaxASCII }

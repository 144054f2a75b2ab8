package catalogue

import (
	"time"

	"homeroll/store/media"
)

// Pending is an item held here of which something is still to be found out.
type Pending struct {
	Row  int64 // to continue after
	Item media.Item
	Read bool // its bytes are to be read; false: only its names have changed
}

// Lent says how much of a picture is known.
type Lent int

// The ways; the numbers are stored.
const (
	Own     Lent = 0 // its bytes were read here
	Guessed Lent = 1 // only its names are known
	Told    Lent = 2 // another device has told what its bytes say
)

// Read is what was found out of one item.
type Read struct {
	Row  int64 // of Pending
	Item media.Item
	// Picture is what the bytes say, Taken being only that; nil: they were not
	// read, since only the names of the item have changed.
	Picture *media.Picture
	Sidecar bool   // nothing to be looked at: no row of the timeline
	Title   string // a sidecar's, of the picture that it is about
	Lent    Lent   // Own only of what is held here, the others only of what is not
	Thumb   []byte // thumbhash, if one is known
	// Place names where it was taken, and after a tab what the country is called, too;
	// "" = unknown.
	Place string
}

// Seen is what came of looking at the pixels of one item.
type Seen struct {
	Row     int64
	Item    media.Item
	Payload media.ID // zero = none
	Look    uint64
	Looked  bool
	Note    Note
	At      time.Time // of the note
	Thumb   []byte    // thumbhash, empty = none
}

// Note says why a picture cannot be shown.
type Note int

// The notes; the numbers are stored.
const (
	NoteNone    Note = 0
	NoteLarge   Note = 1 // decoding it would cost too much
	NoteDamaged Note = 2 // its bytes do not decode
)

// Noted is an item with a note.
type Noted struct {
	Row  int64 // to continue after
	Item media.Item
	Type string
	Note Note
	At   time.Time
}

// MemberFile is a file of an item, in the vault under its original name.
type MemberFile struct {
	Device  media.Device
	Folder  media.FolderID
	Path    string // in the folder
	MTime   time.Time
	Version bool // an older version, set aside: beside no other file
}

// Member is an item that may be one picture with others. Picture.Taken is what
// the bytes say.
type Member struct {
	Item    media.Item
	Picture media.Picture
	Sidecar bool
	Title   string
	Files   []MemberFile
}

// Derived is what follows for a member.
type Derived struct {
	Taken media.Taken
	Lead  int // index of the member that is shown of its group; its own if it is in none
	Kind  media.GroupKind
}

// Deriver decides what belongs together and when it was taken. Its methods are
// pure functions of their arguments, and do not call the catalogue.
type Deriver interface {
	// Stem returns what the base names of files that belong together have in common.
	Stem(base string) string
	// Derive returns one Derived for each member, in their order.
	Derive(members []Member) []Derived
}

// Picture is what is known of an item that somebody holds.
type Picture struct {
	media.Picture // Taken is what was chosen
	Item          media.Item
	Sidecar       bool
	Note          Note
	Kind          media.GroupKind // of the group, "" = in none
	Members       int             // of the group, itself included
	Lent          Lent            // how it is known
	Held          bool            // here
	At            Cursor          // its place in the timeline
	group         int64           // lead
}

// Cursor is a place in the timeline.
type Cursor struct {
	Taken int64 // nanoseconds of the wall clock since 1970, as if in UTC
	Row   int64
}

// MonthKey is a month of the wall clock; Year 0 is of those of which nothing says
// when.
type MonthKey struct {
	Year  int
	Month time.Month
}

func (m MonthKey) number() int64 {
	if m.Year == 0 {
		return 0
	}
	return int64(m.Year)*12 + int64(m.Month) - 1
}

// between returns the first place in the timeline of a month, and of the next one.
func (m MonthKey) between() (from, to int64) {
	if m.Year == 0 {
		return undated, undated + 1
	}
	first := time.Date(m.Year, m.Month, 1, 0, 0, 0, 0, time.UTC)
	return takenKey(media.Taken{Local: first}), takenKey(media.Taken{Local: first.AddDate(0, 1, 0)})
}

// Month counts the pictures of a month of the wall clock. Year 0 is of those of
// which nothing says when.
type Month struct {
	Year     int
	Month    time.Month
	Pictures int64
	Ratio    float64 // the sum of width / height of them
}

// Readers are the versions of what reads metadata and pixels.
type Readers struct{ Read, Look int }

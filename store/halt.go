package store

import (
	"fmt"
	"time"
)

// haltKind says why nothing is concluded from what a folder shows.
type haltKind string

const (
	haltEmptied   haltKind = "emptied"    // no file is left
	haltOtherDisk haltKind = "other-disk" // another disk, or the mount point below it
	haltMassLoss  haltKind = "mass-loss"  // more is gone than a person deletes
	haltFewer     haltKind = "fewer"      // the catalogue was lost, and less is here than was last seen
)

// halt is a question to a person: files are gone, and their records stay as
// they are until the files are back or Store.ConfirmFolder accepts it.
type halt struct {
	Kind haltKind  `json:"kind"`
	Lost int64     `json:"lost"` // files
	Had  int64     `json:"had"`  // files, before
	At   time.Time `json:"at"`
}

// detail says what is seen, in a sentence without its full stop.
func (h *halt) detail() string {
	switch h.Kind {
	case haltEmptied:
		return fmt.Sprintf("it is empty, but held %s: is its disk connected? What is known of it stays as it is", files(h.Had))
	case haltOtherDisk:
		return fmt.Sprintf("another disk is in its place, without %d of its %s: is the right one connected? "+
			"What is known of it stays as it is", h.Lost, files(h.Had))
	case haltFewer:
		return fmt.Sprintf("%d of the %s that it held are not there, and the catalogue was rebuilt: is its disk connected?",
			h.Lost, files(h.Had))
	}
	return fmt.Sprintf("%d of its %s are gone all at once; what is known of them stays as it is", h.Lost, files(h.Had))
}

// advice says what to do.
func (h *halt) advice(path string) string {
	if h.Kind == haltMassLoss {
		return "bring the files back; if they were deleted on purpose: homeroll folders confirm " + path
	}
	return "connect its disk; if the files were removed on purpose: homeroll folders confirm " + path
}

func files(n int64) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}

// Package capture decides when a picture was taken, from all that says so.
package capture

import (
	"time"

	"homeroll/store/media"
)

// Evidence is what is known of one item.
type Evidence struct {
	Embedded media.Taken   // what its bytes say, zero if nothing
	Sidecars []media.Taken // what its sidecars say, by ReadSidecar
	Names    []string      // base names of its files
	MTime    time.Time     // the earliest of its files'
	GPS      *media.Position
	Video    bool
	Zone     *time.Location // the home's, for times of which only the instant is known
}

// Choose returns the best evidence; docs of the package give the order.
func Choose(e Evidence) media.Taken { panic("unwritten") }

// Sidecar is what an XMP or Takeout JSON file says of the picture beside it.
type Sidecar struct {
	Taken       media.Taken
	GPS         *media.Position
	Orientation int
	Title       string // the picture's full name, which a Takeout file may have cut
}

// ReadSidecar reads an XMP or Takeout JSON file of at most MaxSidecar bytes;
// false if it is neither.
func ReadSidecar(b []byte) (Sidecar, bool) { panic("unwritten") }

// MaxSidecar bounds, in bytes, the sidecars that are read.
const MaxSidecar = 1 << 20

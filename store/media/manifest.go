package media

import (
	"errors"
	"io"
)

// Errors that the keeper of manifests and items returns to its callers.
var (
	// ErrStale: what was offered does not fit the manifest as it is now.
	ErrStale = errors.New("manifest has changed")
	// ErrNotHeld: this device does not hold the item (any more).
	ErrNotHeld = errors.New("item is not held here")
)

// Delta is what changed between two roots of one device's manifest.
type Delta struct {
	From   Node // of the root it starts at
	To     Root
	Add    []Record
	Remove []Fingerprint
}

// Source is an open item on this device. Its bytes are as stored; whoever
// receives them verifies them. ReadAt may be called concurrently.
type Source interface {
	io.ReaderAt
	io.Closer
	Item() Item
	// Outline returns the item's outline, empty for an item of one group.
	Outline() (Outline, error)
}

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

// Subtree is what the part of a manifest below a prefix is to become: the records
// of Keep, which are there, and Add.
type Subtree struct {
	Prefix Prefix
	Keep   []Fingerprint
	Add    []Record
}

// MergeDeltas returns what deltas that follow on each other change together.
func MergeDeltas(chain []Delta) Delta {
	if len(chain) == 1 {
		return chain[0]
	}
	merged := Delta{From: chain[0].From, To: chain[len(chain)-1].To}
	add, remove := map[Fingerprint]Record{}, map[Fingerprint]bool{}
	for _, d := range chain {
		for _, fp := range d.Remove {
			if _, new := add[fp]; new {
				delete(add, fp)
			} else {
				remove[fp] = true
			}
		}
		for _, r := range d.Add {
			if fp := r.Fingerprint(); remove[fp] {
				delete(remove, fp)
			} else {
				add[fp] = r
			}
		}
	}
	for _, r := range add {
		merged.Add = append(merged.Add, r)
	}
	for fp := range remove {
		merged.Remove = append(merged.Remove, fp)
	}
	return merged
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

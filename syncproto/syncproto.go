// Package syncproto is what two members of a home say to each other about
// media: it reconciles signed manifests and streams items, verified group by
// group. It never touches a disk or opens a connection itself; [Library],
// [Sink] and [Dialer] are its doors. docs/protocol.md is the specification.
//
// Start with [Exchange].
package syncproto

import (
	"context"
	"net"

	"homeroll/store/media"
)

// Protocols that Exchange serves; the last element is the major version.
const (
	ManifestProtocol = "/homeroll/manifest/1"
	FetchProtocol    = "/homeroll/fetch/1"
	PatchProtocol    = "/homeroll/patch/1"
)

// Library is what the exchange needs of the store. Methods may be called
// concurrently. A device's manifest may change between two calls; the caller
// notices, because hashes no longer fit, and starts again.
type Library interface {
	// Roots returns the newest complete root known of each member, this
	// device's own included. A manifest that a walk has changed and not yet
	// brought to a root is left out.
	Roots(ctx context.Context) ([]media.Root, error)
	// Member reports whose manifests are taken over: those of the active
	// members. Where that changes, Changed is closed.
	Member(by media.Device) bool
	// Node returns the summary of a subtree of by's manifest as stored here,
	// the zero Node if there is nothing.
	Node(ctx context.Context, by media.Device, p media.Prefix) (media.Node, error)
	// Children returns the nodes below p. It is an error if p is a leaf.
	Children(ctx context.Context, by media.Device, p media.Prefix) (*[media.Fanout]media.Node, error)
	// Fingerprints returns the sorted fingerprints below p, at most
	// media.LeafMax; more is an error.
	Fingerprints(ctx context.Context, by media.Device, p media.Prefix) ([]media.Fingerprint, error)
	// Records returns the records with these fingerprints; those that are gone
	// are left out.
	Records(ctx context.Context, by media.Device, fps []media.Fingerprint) ([]media.Record, error)
	// Since returns what led from the root with this node hash to by's present
	// root, or to one on the way there if that is too much for one answer, and
	// false if it is not remembered (too old, or too large).
	Since(ctx context.Context, by media.Device, from media.Node) (media.Delta, bool, error)
	// SetSubtrees makes subtrees of by's manifest what they say, none of them
	// below another. The caller has verified them against a signed root. A
	// prefix is any, stored as a leaf, as an inner node or not at all; each has
	// at most 4096 records, and all together add at most twice as many.
	SetSubtrees(ctx context.Context, by media.Device, trees []media.Subtree) error
	// Adopt records r as its device's newest complete root; media.ErrStale if the
	// stored manifest does not recompute to it or a newer one is known.
	Adopt(ctx context.Context, r media.Root) error
	// Apply applies a pushed delta entirely, or returns media.ErrStale and changes
	// nothing if it does not start at the present root or recompute to its end.
	Apply(ctx context.Context, d media.Delta) error
	// Outrun is told of a root of this very device that is newer than its own,
	// as after a restored database: it raises the epoch above it and publishes.
	Outrun(ctx context.Context, seen media.Root) error
	// Expect says which items are about to be read, so that all are looked up
	// together: it is a hint.
	Expect(ctx context.Context, ids []media.ID)
	// Read opens an item that this device holds. media.ErrNotHeld if it does not
	// (any more). The caller closes it.
	Read(ctx context.Context, id media.ID) (media.Source, error)
	// Changed is closed at the next change of any manifest known here: a
	// level, not a queue. Take it before looking.
	Changed() <-chan struct{}
}

// Sink receives one item. Verification is the sink's: Write refuses what does
// not hash to the item. Not safe for concurrent use.
type Sink interface {
	Item() media.Item
	// HasOutline reports whether SetOutline has succeeded, now or before a
	// restart; always true for an item of one group.
	HasOutline() bool
	// SetOutline takes the outline that a peer sent, media.ErrCorrupt if it is
	// not the item's.
	SetOutline(o media.Outline) error
	// NextMissing returns the first run of groups at or after from that are not yet
	// proven here, and n == 0 when there is none.
	NextMissing(from int64) (first, n int64)
	// Write takes the i-th group, media.ErrCorrupt if it does not verify. The
	// slice is not kept.
	Write(i int64, group []byte) error
}

// Dialer opens streams to members.
type Dialer interface {
	// Dial opens a stream for the protocol on the existing connection to d.
	// It fails at once if there is none.
	Dial(ctx context.Context, d media.Device, protocol string) (net.Conn, error)
}

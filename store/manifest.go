package store

import (
	"context"
	"time"

	"homeroll/store/media"
)

// The manifests: see syncproto.Library for what each promises.

// Roots returns the newest complete root known of each member.
func (s *Store) Roots(ctx context.Context) ([]media.Root, error) { return s.cat.Roots(ctx) }

// Member reports an active member of the home, as last told by SetMembers.
func (s *Store) Member(by media.Device) bool { return s.cat.Member(by) }

// Node returns the summary of a subtree.
func (s *Store) Node(ctx context.Context, by media.Device, p media.Prefix) (media.Node, error) {
	return s.cat.Node(ctx, by, p)
}

// Children returns the nodes below p.
func (s *Store) Children(ctx context.Context, by media.Device, p media.Prefix) (*[media.Fanout]media.Node, error) {
	return s.cat.Children(ctx, by, p)
}

// Fingerprints returns the sorted fingerprints below p.
func (s *Store) Fingerprints(ctx context.Context, by media.Device, p media.Prefix) ([]media.Fingerprint, error) {
	return s.cat.Fingerprints(ctx, by, p)
}

// Records returns the records with these fingerprints.
func (s *Store) Records(ctx context.Context, by media.Device, fps []media.Fingerprint) ([]media.Record, error) {
	return s.cat.Records(ctx, by, fps)
}

// Since returns what led from a root to the present one.
func (s *Store) Since(ctx context.Context, by media.Device, from media.Node) (media.Delta, bool, error) {
	return s.cat.Since(ctx, by, from)
}

// SetSubtrees makes parts of a manifest what they say.
func (s *Store) SetSubtrees(ctx context.Context, by media.Device, trees []media.Subtree) error {
	return s.cat.SetSubtrees(ctx, by, trees)
}

// Adopt records a device's newest complete root.
func (s *Store) Adopt(ctx context.Context, r media.Root) error { return s.cat.Adopt(ctx, r) }

// Apply applies a pushed delta.
func (s *Store) Apply(ctx context.Context, d media.Delta) error { return s.cat.Apply(ctx, d) }

// Outrun is told of a root of this device that is newer than its own.
func (s *Store) Outrun(ctx context.Context, seen media.Root) error { return s.cat.Outrun(ctx, seen) }

// Outruns returns how often in this run a root of this device that it did not write has
// forced a new epoch, and when last. More than once means that two live instances use one key.
func (s *Store) Outruns() (n int, last time.Time) { return s.cat.Outruns() }

// SetHome takes the home that this device now belongs to: its own root is
// signed anew, and manifests of another home's devices are forgotten.
func (s *Store) SetHome(ctx context.Context, h media.Home) error {
	if err := s.cat.SetHome(ctx, h); err != nil {
		return err
	}
	return s.keepPassedOn(ctx)
}

// SetMembers says whose roots are taken and whose holdings count: every active member, this
// device included.
func (s *Store) SetMembers(ctx context.Context, active []media.Device) error {
	if err := s.cat.SetMembers(ctx, active); err != nil {
		return err
	}
	return s.keepPassedOn(ctx)
}

// Wanted returns up to limit items that this device lacks and may fetch, that some of the
// online devices hold, those with the fewest copies first.
func (s *Store) Wanted(ctx context.Context, online []media.Device, limit int) ([]Wanted, error) {
	found, err := s.cat.Wanted(ctx, online, limit)
	if err != nil {
		return nil, err
	}
	wanted := make([]Wanted, 0, len(found))
	for _, w := range found {
		// What nobody names may be this device's own: after a crash, its files are
		// not all on record again before they have been looked at.
		if w.Named || s.looked.Load() {
			wanted = append(wanted, Wanted(w))
		}
	}
	return wanted, nil
}

// Wanted is an item that this device lacks.
type Wanted struct {
	Item    media.Item
	Holders []media.Device // active ones
	Named   bool           // false: kept, no device names it any more
	Newest  time.Time      // of the files that are it; zero = unknown
}

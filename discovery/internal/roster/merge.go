package roster

import (
	"errors"
	"fmt"
	"maps"

	"homeroll/store/media"
)

// What statements may take together, in bytes. Removals have a part of their
// own, so that nobody can fill the roster to stay in it. Both leave room in
// [MaxSize] for what the file holds besides.
const (
	maxRemovals   = 48 << 10
	maxOther      = 152 << 10
	maxStatements = (maxRemovals + maxOther) / 64 // in number: a signature alone is 64 bytes
)

// Merge adds the valid statements among those given, durably. Errors about
// others (malformed, of another home, by nobody's device, beyond the limits) do
// not keep the valid ones out.
func (r *Roster) Merge(statements []Statement) (changed bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	next, bad := merge(r.home, r.all, statements)
	if err := r.commitLocked(next); err != nil {
		return false, err
	}
	return next != nil, bad
}

// merge returns the union, or nil if it adds nothing.
func merge(home media.Home, old map[ID]*statement, more []Statement) (map[ID]*statement, error) {
	if len(more) > maxStatements {
		return nil, fmt.Errorf("%w: %d statements at once", ErrStatement, len(more))
	}
	var errs []error
	fresh := map[ID]*statement{}
	for _, raw := range more {
		s, err := decodeStatement(raw, home)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if old[s.id] == nil {
			fresh[s.id] = s
		}
	}
	b := newBuilder(old)
	for added := true; added; { // an author may be admitted by another of the batch
		added = false
		for _, id := range sortedIDs(fresh) {
			if b.add(fresh[id]) {
				delete(fresh, id)
				added = true
			}
		}
	}
	if len(fresh) > 0 {
		errs = append(errs, b.refusal(fresh))
	}
	if !b.changed {
		return nil, errors.Join(errs...)
	}
	return b.all, errors.Join(errs...)
}

// builder grows a set of statements within its limits.
type builder struct {
	all     map[ID]*statement
	reached map[incarnation]*statement
	devices map[media.Device]bool
	latest  map[slot]*statement
	size    map[bool]int // bytes, of removals and of others
	changed bool
}

// slot is where only the newest Set is kept: an author's own words on one key.
// Older ones by others stay, for the day that the author is removed.
type slot struct {
	by  incarnation
	key string
}

func newBuilder(old map[ID]*statement) *builder {
	v := evaluate(old)
	b := &builder{all: maps.Clone(old), reached: v.reached, devices: v.devices, latest: map[slot]*statement{}, size: map[bool]int{}}
	for _, s := range old {
		b.size[isRemoval(s)] += len(s.raw)
		if body, ok := s.body.(set); ok {
			b.latest[slot{s.by, body.key}] = s
		}
	}
	return b
}

// add reports whether the statement has been dealt with: taken, or superseded
// already.
func (b *builder) add(s *statement) bool {
	if !b.allowed(s) {
		return false
	}
	switch body := s.body.(type) {
	case found:
		b.reached[s.by] = s
		b.devices[s.by.device] = true
	case admit:
		b.reached[body.who] = s
		b.devices[body.who.device] = true
	case set:
		at := slot{s.by, body.key}
		if old := b.latest[at]; old != nil {
			if !s.supersedes(old) {
				return true
			}
			delete(b.all, old.id)
			b.size[false] -= len(old.raw)
		}
		b.latest[at] = s
	}
	b.all[s.id] = s
	b.size[isRemoval(s)] += len(s.raw)
	b.changed = true
	return true
}

func (b *builder) allowed(s *statement) bool {
	if _, ok := s.body.(found); !ok && b.reached[s.by] == nil {
		return false
	}
	return b.fits(s)
}

func (b *builder) fits(s *statement) bool {
	if isRemoval(s) {
		return b.size[true]+len(s.raw) <= maxRemovals
	}
	if body, ok := s.body.(admit); ok && !b.devices[body.who.device] && len(b.devices) >= MaxDevices {
		return false
	}
	return b.size[false]+len(s.raw) <= maxOther
}

func isRemoval(s *statement) bool {
	_, ok := s.body.(remove)
	return ok
}

func (b *builder) refusal(left map[ID]*statement) error {
	for _, s := range left {
		if b.reached[s.by] != nil && !b.fits(s) {
			return ErrFull
		}
	}
	return fmt.Errorf("%d statements by unknown devices: %w", len(left), ErrNotMember)
}

// commitLocked makes a set of statements durable, then current. A nil one
// changes nothing.
func (r *Roster) commitLocked(next map[ID]*statement) error {
	if next == nil {
		return nil
	}
	return r.installLocked(r.home, next, r.farewells)
}

func (r *Roster) installLocked(home media.Home, all map[ID]*statement, farewells []farewell) error {
	if err := r.save(r.path, home, all, farewells); err != nil {
		return err
	}
	r.home, r.all, r.farewells = home, all, farewells
	r.view = evaluate(all)
	close(r.changed)
	r.changed = make(chan struct{})
	return nil
}

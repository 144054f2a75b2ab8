package roster

import (
	"fmt"
	"slices"

	"homeroll/discovery/internal/roster/internal/rosterpb"
	"homeroll/store/media"
)

// batch collects statements of this device's that become durable together.
type batch struct {
	r   *Roster
	me  incarnation
	all map[ID]*statement
}

func (r *Roster) batchLocked() (*batch, error) {
	m, ok := r.view.members[r.self.Device()]
	if !ok {
		return nil, fmt.Errorf("this device: %w", ErrNotMember)
	}
	return &batch{r: r, me: incarnation{m.Device, m.Epoch}, all: r.all}, nil
}

// say adds one statement.
func (b *batch) say(core *rosterpb.Core) error {
	core.Epoch, core.Time = b.me.epoch, b.r.now().Unix()
	s, err := sign(b.r.self, core, b.r.home)
	if err != nil {
		return err
	}
	next := newBuilder(b.all)
	if !next.add(s) {
		return next.refusal(map[ID]*statement{s.id: s})
	}
	b.all = next.all
	return nil
}

func (b *batch) commit() error { return b.r.commitLocked(b.all) }

// Admit makes d a member under a name, and removes with it the member called
// replace, unless that is empty. A device that is a member already stays so,
// under its name. The errors are [ErrNameTaken], [ErrBadName], [ErrFull], and
// [ErrNotMember] if this device is none or nobody is called replace.
func (r *Roster) Admit(d media.Device, name, replace string) (Member, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	b, err := r.batchLocked()
	if err != nil {
		return Member{}, err
	}
	if replace != "" {
		if err := b.replace(d, replace); err != nil {
			return Member{}, err
		}
	}
	if err := b.admit(d, name); err != nil {
		return Member{}, err
	}
	if err := b.commit(); err != nil {
		return Member{}, err
	}
	return r.view.members[d], nil
}

func (b *batch) replace(by media.Device, name string) error {
	for _, m := range b.r.view.members {
		if !sameName(m.Name, name) {
			continue
		}
		switch m.Device {
		case b.me.device:
			return fmt.Errorf("replace %q, the device that admits: %w", name, ErrNameTaken)
		case by:
			return nil
		}
		return b.remove(m)
	}
	return fmt.Errorf("replace %q: %w", name, ErrNotMember)
}

func (b *batch) admit(d media.Device, name string) error {
	v := evaluate(b.all)
	if _, ok := v.members[d]; ok {
		return nil
	}
	if err := ValidName(name); err != nil {
		return err
	}
	if v.taken(name, d) {
		return fmt.Errorf("%q: %w", name, ErrNameTaken)
	}
	key, err := d.Key()
	if err != nil {
		return err
	}
	epoch := v.nextEpoch(d)
	if err := b.say(&rosterpb.Core{Body: &rosterpb.Core_Admit{Admit: &rosterpb.Admit{Device: key, Epoch: epoch, Name: name}}}); err != nil {
		return err
	}
	if m := evaluate(b.all).members[d]; m.Name != name {
		return b.set(namePrefix+string(d), name) // an older value would hide it
	}
	return nil
}

// taken reports whether a device other than d has the name.
func (v *view) taken(name string, d media.Device) bool {
	for _, m := range v.members {
		if m.Device != d && sameName(m.Name, name) {
			return true
		}
	}
	return false
}

// nextEpoch returns the least epoch that no removal of d reaches.
func (v *view) nextEpoch(d media.Device) uint64 {
	epoch := uint64(1)
	for _, s := range v.removals[d] {
		epoch = max(epoch, s.body.(remove).who.epoch+1)
	}
	return epoch
}

// Countersign vouches for what another member admitted, so that it outlives a
// removal of the admitter that does not know of it.
func (r *Roster) Countersign(d media.Device) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	b, err := r.batchLocked()
	if err != nil {
		return err
	}
	for _, id := range sortedIDs(b.all) {
		a, ok := b.all[id].body.(admit)
		if !ok || a.who.device != d || b.all[id].by.device == b.me.device {
			continue
		}
		if err := b.say(&rosterpb.Core{Body: &rosterpb.Core_Countersign{Countersign: &rosterpb.Countersign{Admission: id[:]}}}); err != nil {
			return err
		}
	}
	return b.commit()
}

// Remove removes another member. [ErrNotMember] if it is none.
func (r *Roster) Remove(d media.Device) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.removeLocked(d)
}

// Leave removes this device. The caller tells the members that it can reach
// ([Exchange]), then calls Found; the others learn it when they next meet this
// device, from Farewell.
func (r *Roster) Leave() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.removeLocked(r.self.Device())
}

func (r *Roster) removeLocked(d media.Device) error {
	b, err := r.batchLocked()
	if err != nil {
		return err
	}
	m, ok := r.view.members[d]
	if !ok {
		return fmt.Errorf("%s: %w", d.Short(), ErrNotMember)
	}
	if err := b.remove(m); err != nil {
		return err
	}
	return b.commit()
}

// remove lists all that the device has said as far as it is known here and
// counts: whatever else turns up later does not.
func (b *batch) remove(m Member) error {
	v := evaluate(b.all)
	var known [][]byte
	for _, id := range sortedIDs(b.all) {
		s := b.all[id]
		if _, founding := s.body.(found); founding || s.by.device != m.Device || !v.counts(s) {
			continue
		}
		known = append(known, slices.Clone(id[:]))
	}
	if len(known) > maxKnown {
		return ErrFull
	}
	key, err := m.Device.Key()
	if err != nil {
		return err
	}
	return b.say(&rosterpb.Core{Body: &rosterpb.Core_Remove{Remove: &rosterpb.Remove{Device: key, Epoch: m.Epoch, Known: known}}})
}

// Rename gives a member, this device or another, a friendly name.
func (r *Roster) Rename(d media.Device, name string) error {
	if err := ValidName(name); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	m, ok := r.view.members[d]
	switch {
	case !ok:
		return fmt.Errorf("%s: %w", d.Short(), ErrNotMember)
	case r.view.taken(name, d):
		return fmt.Errorf("%q: %w", name, ErrNameTaken)
	case m.Name == name:
		return nil
	}
	return r.setLocked(namePrefix+string(d), name)
}

// Set gives a key a value that the whole home shares.
func (r *Roster) Set(key, value string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.setLocked(key, value)
}

func (r *Roster) setLocked(key, value string) error {
	b, err := r.batchLocked()
	if err != nil {
		return err
	}
	if s := r.view.values[key]; s != nil && s.body.(set).value == value {
		return nil
	}
	if err := b.set(key, value); err != nil {
		return err
	}
	return b.commit()
}

func (b *batch) set(key, value string) error {
	generation := uint64(1)
	for _, s := range b.all {
		if old, ok := s.body.(set); ok && old.key == key {
			generation = max(generation, old.generation+1)
		}
	}
	return b.say(&rosterpb.Core{Body: &rosterpb.Core_Set{Set: &rosterpb.Set{Key: key, Value: value, Generation: generation}}})
}

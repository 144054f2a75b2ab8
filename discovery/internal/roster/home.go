package roster

import (
	"fmt"

	"homeroll/discovery/internal/roster/internal/rosterpb"
	"homeroll/store/media"
)

// maxFarewells is how many homes left behind are remembered.
const maxFarewells = 4

// maxFarewell bounds what proves a departure: it must fit an admission's message.
const maxFarewell = 7 << 10 // bytes

// Found abandons the present home for a new one of this device alone.
func (r *Roster) Found(name string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.foundLocked(name)
}

func (r *Roster) foundLocked(name string) error {
	nonce := make([]byte, 16)
	r.rand(nonce)
	core := &rosterpb.Core{
		Epoch: 1,
		Time:  r.now().Unix(),
		Body:  &rosterpb.Core_Found{Found: &rosterpb.Found{Nonce: nonce, Name: name}},
	}
	if err := ValidName(name); err != nil {
		return err
	}
	s, err := sign(r.self, core, media.Home{})
	if err != nil {
		return fmt.Errorf("found a home: %w", err)
	}
	return r.installLocked(media.Home(s.id), map[ID]*statement{s.id: s}, r.farewellsLocked())
}

// Replace abandons the present home for the one that the statements describe.
// The error is [ErrNotMember] if this device is not a member of it.
func (r *Roster) Replace(home media.Home, statements []Statement) error {
	all, err := merge(home, map[ID]*statement{}, statements)
	if err != nil {
		return fmt.Errorf("take over roster: %w", err)
	}
	if _, ok := evaluate(all).members[r.self.Device()]; !ok {
		return fmt.Errorf("take over roster: this device: %w", ErrNotMember)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.installLocked(home, all, r.farewellsLocked())
}

// farewellsLocked adds the present home, if this device was removed from it
// and others may not know, to those left behind.
func (r *Roster) farewellsLocked() []farewell {
	if r.view == nil || len(r.view.removals[r.self.Device()]) == 0 {
		return r.farewells
	}
	proof := proofOfRemoval(r.view, r.self.Device())
	if sizeOf(proof) > maxFarewell {
		return r.farewells
	}
	all := append([]farewell{{r.home, proof}}, r.farewells...)
	return all[:min(len(all), maxFarewells)]
}

// Farewell returns what proves to members of another home that this device has
// left it, or nil.
func (r *Roster) Farewell(home media.Home) []Statement {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range r.farewells {
		if f.home == home {
			return f.statements
		}
	}
	return nil
}

func sizeOf(statements []Statement) (n int) {
	for _, s := range statements {
		n += len(s)
	}
	return n
}

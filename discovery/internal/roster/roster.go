// Package roster keeps the list of the home's devices: a set of signed
// statements (who founded the home, who admitted and removed whom, what all
// share), which every member holds, merges with the others', and evaluates to
// the same result. It is its own file, so that a lost catalogue loses nobody.
//
// Start with [Roster], then view in evaluate.go, which has the rules. The
// package refuses statements whose author nobody admitted, and does no
// networking: [Exchange] works on a stream that its caller authenticated.
package roster

import (
	"crypto/rand"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"homeroll/store/media"
)

// Limits of a home.
const (
	MaxDevices   = 62        // that ever belonged to it: holders are counted in 64-bit masks
	MaxName      = 64        // characters of a friendly name
	MaxStatement = 16 << 10  // bytes of one signed statement
	MaxSize      = 256 << 10 // bytes of the file, and of one message
	FileName     = "roster"
)

// Errors that callers branch on.
var (
	ErrFull      = errors.New("the home is full")
	ErrBadName   = errors.New("bad device name")
	ErrNameTaken = errors.New("a device of the home already has that name")
	ErrNotMember = errors.New("not a device of this home")
	ErrRemoved   = errors.New("removed from this home")
	ErrOtherHome = errors.New("statement of another home")
	ErrStatement = errors.New("malformed statement")
	ErrCorrupt   = errors.New("roster file is damaged")
)

// Roster is the roster of the home that this device belongs to. It is safe for
// concurrent use, and every change is durable before the method that makes it
// returns.
type Roster struct {
	path string
	self media.Signer
	now  func() time.Time
	rand func([]byte)
	save func(path string, home media.Home, all map[ID]*statement, farewells []farewell) error

	mu        sync.Mutex
	home      media.Home
	all       map[ID]*statement
	farewells []farewell
	view      *view
	changed   chan struct{}
}

// farewell is what tells the members of a home that this device has left it.
type farewell struct {
	home       media.Home
	statements []Statement
}

func newRoster(path string, self media.Signer) *Roster {
	return &Roster{
		path:    path,
		self:    self,
		now:     time.Now,
		rand:    func(b []byte) { _, _ = rand.Read(b) }, // never fails
		save:    save,
		changed: make(chan struct{}),
	}
}

// Create founds a home of one at path, replacing what is there.
func Create(path string, self media.Signer, name string) (*Roster, error) {
	r := newRoster(path, self)
	r.mu.Lock()
	defer r.mu.Unlock()
	return r, r.foundLocked(name)
}

// Self returns the device whose roster this is.
func (r *Roster) Self() media.Device { return r.self.Device() }

// Home returns the identity of the home.
func (r *Roster) Home() media.Home {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.home
}

// Members returns the active members, sorted by device; their names differ.
func (r *Roster) Members() []Member {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.SortedFunc(maps.Values(r.view.members), func(a, b Member) int {
		if a.Device < b.Device {
			return -1
		}
		return 1
	})
}

// Member returns the active member that d is.
func (r *Roster) Member(d media.Device) (Member, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m, ok := r.view.members[d]
	return m, ok
}

// IsMember reports an active member.
func (r *Roster) IsMember(d media.Device) bool {
	_, ok := r.Member(d)
	return ok
}

// WasRemoved reports a device that was admitted to the home, by whomever, and
// is not of it: removed, gone by itself, or admitted by a device whose word
// does not count. A roster whose own device neither is a member nor was
// removed belongs to another key.
func (r *Roster) WasRemoved(d media.Device) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, member := r.view.members[d]
	return r.view.devices[d] && !member
}

// Changed is closed at the next change of anything here: a level. Take it
// before looking.
func (r *Roster) Changed() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changed
}

// Get returns a value that the home shares.
func (r *Roster) Get(key string) (string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.view.values[key]
	if s == nil {
		return "", false
	}
	return s.body.(set).value, true
}

// Statements returns all statements, sorted by hash.
func (r *Roster) Statements() []Statement {
	r.mu.Lock()
	defer r.mu.Unlock()
	return statementsOf(r.all)
}

// Digest identifies the set of statements.
func (r *Roster) Digest() [32]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return digestOf(r.all)
}

func sortedIDs(all map[ID]*statement) []ID {
	return slices.SortedFunc(maps.Keys(all), ID.compare)
}

func statementsOf(all map[ID]*statement) []Statement {
	out := make([]Statement, 0, len(all))
	for _, id := range sortedIDs(all) {
		out = append(out, all[id].raw)
	}
	return out
}

func digestOf(all map[ID]*statement) [32]byte {
	var b []byte
	for _, id := range sortedIDs(all) {
		b = append(b, id[:]...)
	}
	return media.Sum(b)
}

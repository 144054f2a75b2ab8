// Package roster is the home's list of devices.
package roster

import (
	"errors"
	"io"
	"time"

	"homeroll/store/media"
)

// Limits.
const (
	MaxDevices   = 62        // devices that ever belonged to one home
	MaxName      = 64        // characters of a friendly name
	MaxStatement = 16 << 10  // bytes of one signed statement
	MaxSize      = 256 << 10 // bytes of the file, and of one message
	FileName     = "roster"
)

// Errors.
var (
	ErrFull      = errors.New("the home is full")
	ErrBadName   = errors.New("bad device name")
	ErrNameTaken = errors.New("a device of the home already has that name")
	ErrNotMember = errors.New("not a device of this home")
	ErrOtherHome = errors.New("statement of another home")
	ErrStatement = errors.New("malformed statement")
	ErrCorrupt   = errors.New("roster file is damaged")
)

// Statement is one signed statement, as on the wire and on disk.
type Statement []byte

// Member is an active device of the home.
type Member struct {
	Device   media.Device
	Epoch    uint64
	Name     string
	Admitter media.Device // empty for the founder
	Joined   time.Time    // by its admitter's clock, for display only
}

// Roster is the roster of the home that this device belongs to. Safe for concurrent use;
// every change is durable before the method that makes it returns.
type Roster struct{}

// Load reads the roster at path; the error is fs.ErrNotExist where there is none.
func Load(path string, self media.Signer) (*Roster, error) { panic("unwritten") }

// Create founds a home of one at path, replacing what is there.
func Create(path string, self media.Signer, name string) (*Roster, error) { panic("unwritten") }

func (r *Roster) Self() media.Device { panic("unwritten") }
func (r *Roster) Home() media.Home   { panic("unwritten") }

// Members returns the active members, sorted by device; their names are unique.
func (r *Roster) Members() []Member                    { panic("unwritten") }
func (r *Roster) Member(d media.Device) (Member, bool) { panic("unwritten") }
func (r *Roster) IsMember(d media.Device) bool         { panic("unwritten") }

// WasRemoved reports a device that belonged to the home and does not any more.
func (r *Roster) WasRemoved(d media.Device) bool { panic("unwritten") }

// Changed is closed at the next change of anything here. Take it before looking.
func (r *Roster) Changed() <-chan struct{} { panic("unwritten") }

// Statements returns all statements; Digest identifies that set.
func (r *Roster) Statements() []Statement { panic("unwritten") }
func (r *Roster) Digest() [32]byte        { panic("unwritten") }

// Merge adds the valid statements among those given, durably.
func (r *Roster) Merge(statements []Statement) (changed bool, err error) { panic("unwritten") }

// Admit makes d a member under a name; replace, if not empty, is the name of a member that is removed with it.
func (r *Roster) Admit(d media.Device, name, replace string) (Member, error) { panic("unwritten") }

// Remove removes a member.
func (r *Roster) Remove(d media.Device) error { panic("unwritten") }

// Leave removes this device. The caller lets members know (Exchange), then calls Found.
func (r *Roster) Leave() error { panic("unwritten") }

// Found abandons the present home for a new one of this device alone.
func (r *Roster) Found(name string) error { panic("unwritten") }

// Replace abandons the present home for the one that the statements describe, of which this device is a member.
func (r *Roster) Replace(home media.Home, statements []Statement) error { panic("unwritten") }

// Rename gives a member another friendly name.
func (r *Roster) Rename(d media.Device, name string) error { panic("unwritten") }

// Get and Set read and write a value that the whole home shares.
func (r *Roster) Get(key string) (string, bool) { panic("unwritten") }
func (r *Roster) Set(key, value string) error   { panic("unwritten") }

// Chain returns the statements that prove a member's admission.
func (r *Roster) Chain(d media.Device) ([]Statement, error) { panic("unwritten") }

// ValidName reports a friendly name that cannot be one, as ErrBadName.
func ValidName(name string) error { panic("unwritten") }

// Protocol names the exchange of rosters between members.
const Protocol = "/homeroll/roster/1"

// Exchange makes two members' rosters equal over one stream; dialer is the side that opened it.
// The caller sets the deadline and closes conn. It runs before anything else between members, and
// again whenever a roster changes.
func Exchange(conn io.ReadWriter, r *Roster, dialer bool) (changed bool, err error) {
	panic("unwritten")
}

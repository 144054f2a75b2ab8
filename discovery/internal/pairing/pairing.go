// Package pairing lets a new device join the home with a code that a person carries.
package pairing

import (
	"context"
	"errors"
	"io"
	"time"

	"homeroll/discovery/internal/roster"
	"homeroll/store/media"
)

// Protocol names it.
const Protocol = "/homeroll/pair/1"

// Conn is a stream to an authenticated peer.
type Conn interface {
	io.ReadWriteCloser
	SetDeadline(time.Time) error
}

// Errors that either side ends with.
var (
	ErrBadCode       = errors.New("that is not a pairing code")
	ErrWrongCode     = errors.New("wrong code")
	ErrExpired       = errors.New("the code has expired")
	ErrWindowClosed  = errors.New("no pairing window is open there")
	ErrWindowLocked  = errors.New("too many wrong codes")
	ErrLockedOut     = errors.New("too many wrong codes from this device's address")
	ErrBusy          = errors.New("another device is pairing there right now")
	ErrRelay         = errors.New("someone is in the middle of the connection")
	ErrAlreadyMember = errors.New("already a member of this home")
	ErrOtherHome     = errors.New("already in a home with other devices")
	ErrNameTaken     = errors.New("a device of the home already has that name")
	ErrNoSuchName    = errors.New("no device of the home has the name to replace")
	ErrFull          = errors.New("the home is full")
	ErrVersion       = errors.New("incompatible version")
	ErrDeclined      = errors.New("declined by the person at the joining device")
	ErrAborted       = errors.New("pairing was interrupted")
)

// Code is a pairing code: a public nameplate and a secret.
type Code struct{ nameplate, secret string }

// NewCode draws a code from crypto/rand.
func NewCode() Code { panic("unwritten") }

// ParseCode reads what a person typed; errors are ErrBadCode and say what is wrong.
func ParseCode(s string) (Code, error) { panic("unwritten") }

// String returns the form "K7-4MP-X2R".
func (c Code) String() string { panic("unwritten") }

// Nameplate returns the public part, two characters for the mDNS TXT record.
func (c Code) Nameplate() string { panic("unwritten") }

// InviteConfig is what an Invite needs.
type InviteConfig struct {
	Roster  *roster.Roster
	Version string                       // of the program
	Attempt func(from string, err error) // each failed attempt: its source and why; not concurrently
	Code    Code                         // zero = a new one
	Now     func() time.Time             // nil = time.Now
}

// Invite is one open pairing window. The host hands it each stream of Protocol.
type Invite struct{}

// NewInvite opens a window now. It starts no goroutine.
func NewInvite(cfg InviteConfig) *Invite { panic("unwritten") }

func (i *Invite) Code() Code         { panic("unwritten") }
func (i *Invite) Expires() time.Time { panic("unwritten") }

// Serve runs the inviting side on a stream from an authenticated peer; from is its IP address
// without port. It blocks, sets deadlines and closes conn. The error is also reported by Attempt.
func (i *Invite) Serve(ctx context.Context, conn Conn, peer media.Device, from string) error {
	panic("unwritten")
}

// Seen tells that a member has connected: if it is one that was admitted here and whose last
// message was lost, the invitation is complete.
func (i *Invite) Seen(d media.Device) { panic("unwritten") }

// Wait blocks until a device has joined, the window has ended (ErrExpired, ErrWindowLocked) or ctx has.
// The window is closed when it returns.
func (i *Invite) Wait(ctx context.Context) (roster.Member, error) { panic("unwritten") }

// JoinConfig is what Join needs.
type JoinConfig struct {
	Roster   *roster.Roster // of this device; after success it is the new home's
	Code     Code
	Name     string                                   // friendly name of this device
	Replace  string                                   // name of a member that this device takes the place of
	Version  string                                   // of the program
	Confirm  func(home string, members []string) bool // nil = yes
	Progress func(string)                             // nil = none
}

// Join runs the joining side on a stream to the peer that the transport authenticated. It returns
// the inviter as a member of the home joined. It sets deadlines and closes conn.
func Join(ctx context.Context, conn Conn, peer media.Device, cfg JoinConfig) (roster.Member, error) {
	panic("unwritten")
}

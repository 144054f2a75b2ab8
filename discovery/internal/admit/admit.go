// Package admit is the protocol by which a device that the receiver does not know proves that it
// belongs to the home.
package admit

import (
	"errors"
	"io"
	"time"

	"homeroll/discovery/internal/roster"
	"homeroll/store/media"
)

// Protocol names it, with its limits.
const (
	Protocol   = "/homeroll/admit/1"
	MaxMessage = 8 << 10
	Timeout    = 2 * time.Second
)

// Errors; both sides return one of them unless both are members of one home.
var (
	ErrRemoved     = errors.New("this device was removed from the home") // proved; the roster says so now
	ErrPeerRemoved = errors.New("that device was removed from the home")
	ErrStranger    = errors.New("that device is not of this home")
)

// Conn is a stream to an authenticated peer.
type Conn interface {
	io.ReadWriteCloser
	SetDeadline(time.Time) error
}

// Present is the side that opened the stream, Receive the other. Both return nil when each is
// a member in the other's eyes and the rosters know it. They set the deadline; the caller closes conn.
func Present(conn Conn, r *roster.Roster, peer media.Device) error { panic("unwritten") }

// Receive answers Present.
func Receive(conn Conn, r *roster.Roster, peer media.Device) error { panic("unwritten") }

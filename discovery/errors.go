package discovery

import (
	"errors"

	"homeroll/discovery/internal/admit"
	"homeroll/discovery/internal/pairing"
	"homeroll/discovery/internal/roster"
	"homeroll/discovery/internal/wire"
)

// Errors that callers branch on. Those of pairing are pairing's own, so what
// its messages add is kept.
var (
	ErrBadCode       = pairing.ErrBadCode       // exit 4; says what is wrong with what was typed
	ErrWrongCode     = pairing.ErrWrongCode     // exit 4
	ErrExpired       = pairing.ErrExpired       // exit 4
	ErrWindowClosed  = pairing.ErrWindowClosed  // exit 4
	ErrWindowLocked  = pairing.ErrWindowLocked  // exit 4
	ErrLockedOut     = pairing.ErrLockedOut     // exit 4
	ErrRelay         = pairing.ErrRelay         // exit 4
	ErrBusy          = pairing.ErrBusy          // exit 1; try again
	ErrDeclined      = pairing.ErrDeclined      // exit 1
	ErrAborted       = pairing.ErrAborted       // exit 1
	ErrNoSuchName    = pairing.ErrNoSuchName    // exit 2
	ErrAlreadyMember = pairing.ErrAlreadyMember // exit 1
	ErrOtherHome     = pairing.ErrOtherHome     // exit 1
	ErrVersion       = pairing.ErrVersion       // exit 1

	ErrWindowOpen  = errors.New("a pairing window is already open on this device")
	ErrOwnCode     = errors.New("this device shows that code itself")        // exit 2
	ErrNotFound    = errors.New("no device on this network shows that code") // exit 5
	ErrUnreachable = errors.New("device not reachable")                      // exit 5
	ErrRefused     = wire.ErrRefused                                         // the device does not serve that protocol
	ErrNotRunning  = errors.New("the host is not running")
	ErrAlone       = errors.New("this device is in no home with others")

	ErrNameTaken = pairing.ErrNameTaken
	ErrFull      = pairing.ErrFull
	ErrRemoved   = admit.ErrRemoved // this device was removed from the home
	ErrBadName   = roster.ErrBadName
	ErrNotMember = roster.ErrNotMember
)

// asOurs makes the roster's errors those that this package names.
func asOurs(err error) error {
	switch {
	case errors.Is(err, roster.ErrNameTaken):
		return ErrNameTaken
	case errors.Is(err, roster.ErrFull):
		return ErrFull
	default:
		return err
	}
}

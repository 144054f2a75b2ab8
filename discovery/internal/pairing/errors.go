package pairing

import (
	"errors"
	"fmt"

	"homeroll/discovery/internal/pairing/internal/pairpb"
	"homeroll/discovery/internal/roster"
)

// Errors that a pairing ends with, the same on both sides.
var (
	ErrBadCode       = errors.New("that is not a pairing code")
	ErrWrongCode     = errors.New("wrong code")
	ErrExpired       = errors.New("the code has expired")
	ErrWindowClosed  = errors.New("no pairing window is open there")
	ErrWindowLocked  = errors.New("too many wrong codes")
	ErrLockedOut     = fmt.Errorf("locked out of that window after %d wrong codes", MaxAddressFailures)
	ErrBusy          = errors.New("other devices are pairing there right now")
	ErrRelay         = errors.New("someone is in the middle of the connection")
	ErrAlreadyMember = errors.New("already a member of this home")
	ErrOtherHome     = errors.New("already in a home with other devices")
	ErrNameTaken     = roster.ErrNameTaken
	ErrNoSuchName    = errors.New("no device of the home has the name to replace")
	ErrBadName       = roster.ErrBadName
	ErrFull          = roster.ErrFull
	ErrVersion       = errors.New("incompatible version")
	ErrDeclined      = errors.New("declined at the joining device")
	ErrNotSaved      = errors.New("the joining device could not save the home's roster")
	ErrAborted       = errors.New("pairing was interrupted")
)

// codes maps errors to what travels; the first that matches is sent.
var codes = []struct {
	err  error
	code pairpb.Failure_Code
}{
	{ErrWrongCode, pairpb.Failure_WRONG_CODE},
	{ErrExpired, pairpb.Failure_EXPIRED},
	{ErrWindowClosed, pairpb.Failure_WINDOW_CLOSED},
	{ErrWindowLocked, pairpb.Failure_WINDOW_LOCKED},
	{ErrLockedOut, pairpb.Failure_LOCKED_OUT},
	{ErrBusy, pairpb.Failure_BUSY},
	{ErrRelay, pairpb.Failure_RELAY},
	{ErrAlreadyMember, pairpb.Failure_ALREADY_MEMBER},
	{ErrOtherHome, pairpb.Failure_OTHER_HOME},
	{ErrNameTaken, pairpb.Failure_NAME_TAKEN},
	{ErrNoSuchName, pairpb.Failure_NO_SUCH_NAME},
	{ErrBadName, pairpb.Failure_BAD_NAME},
	{ErrFull, pairpb.Failure_FULL},
	{ErrVersion, pairpb.Failure_VERSION},
	{ErrDeclined, pairpb.Failure_DECLINED},
	{ErrNotSaved, pairpb.Failure_NOT_SAVED},
	{ErrAborted, pairpb.Failure_ABORTED},
}

func failureOf(err error, program string) *pairpb.Failure {
	for _, c := range codes {
		if errors.Is(err, c.err) {
			f := &pairpb.Failure{Code: c.code}
			if c.code == pairpb.Failure_VERSION {
				f.Program = program
			}
			return f
		}
	}
	return &pairpb.Failure{}
}

// peerFailure is a failure that the peer stated. It is not answered.
type peerFailure struct{ error }

func (p peerFailure) Unwrap() error { return p.error }

func errorOf(f *pairpb.Failure) error {
	for _, c := range codes {
		if f.Code != c.code {
			continue
		}
		switch c.code {
		case pairpb.Failure_VERSION:
			return peerFailure{fmt.Errorf("%w: the other device runs homeroll %q", ErrVersion, printable(f.Program))}
		case pairpb.Failure_LOCKED_OUT:
			return peerFailure{fmt.Errorf("this device's address is %w", ErrLockedOut)}
		}
		return peerFailure{c.err}
	}
	return peerFailure{ErrAborted}
}

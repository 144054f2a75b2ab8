package syncproto

import (
	"errors"
	"fmt"

	"homeroll/store/media"
)

// What can end a stream or a fetch, besides media.ErrNotHeld, media.ErrCorrupt
// and a failing connection. All but the sink's and the library's own errors
// arrive in a [PeerError].
var (
	// ErrStalled: no byte came, or none was taken, for 30 seconds.
	ErrStalled = errors.New("no progress")
	// ErrPaused: the peer does not send for now.
	ErrPaused = errors.New("peer is paused")
	// ErrBusy: the peer answers too many streams already.
	ErrBusy = errors.New("peer is busy")
	// ErrSizeDiffers: the peer has the item's hash with another size.
	ErrSizeDiffers = errors.New("peer states another size")
	// ErrUnreadable: the peer's own disk does not give the bytes.
	ErrUnreadable = errors.New("peer cannot read its copy")
	// ErrOtherHome: the peer is in another home.
	ErrOtherHome = errors.New("peer is in another home")
	// ErrForged: a manifest that is not what its author signed.
	ErrForged = errors.New("not what its author signed")
	// ErrMalformed: a message that no correct peer sends.
	ErrMalformed = errors.New("malformed message")
	// ErrUnable: the peer's version does not know how.
	ErrUnable = errors.New("peer does not know how")
	// ErrClosed: this exchange has been closed.
	ErrClosed = errors.New("exchange is closed")
)

// PeerError names the peer that an exchange failed with.
type PeerError struct {
	Peer  media.Device
	Doing string // verb and noun
	Err   error
}

func (e *PeerError) Error() string {
	return fmt.Sprintf("%s with %s: %v", e.Doing, e.Peer.Short(), e.Err)
}

func (e *PeerError) Unwrap() error { return e.Err }

// Misbehaved reports whether err is the peer's doing, so that its connection
// should be dropped: forged or corrupt content, or nonsense.
func Misbehaved(err error) bool {
	var limit *LimitError
	return errors.Is(err, ErrForged) || errors.Is(err, ErrMalformed) || errors.Is(err, media.ErrCorrupt) || errors.As(err, &limit)
}

// LimitError reports something larger than this side accepts.
type LimitError struct {
	What      string
	Have, Max int64
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("%s: %d is more than %d", e.What, e.Have, e.Max)
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

func limited(what string, have, most int) error {
	if have <= most {
		return nil
	}
	return &LimitError{what, int64(have), int64(most)}
}

package discovery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"homeroll/discovery/internal/mdns"
	"homeroll/discovery/internal/pairing"
	"homeroll/store/media"
)

const (
	// huntTime is how long Join looks for the nameplate by multicast.
	huntTime = 20 * time.Second
	// sameNameplate is how long it waits for another device that shows the same
	// nameplate, once the code was wrong for one: all answer the same query.
	sameNameplate = 1500 * time.Millisecond
	// maxOthers bounds the devices counted that show another nameplate, or none.
	maxOthers = 64
	// maxHunted bounds the devices tried that show one nameplate.
	maxHunted = 8
)

// joinByNameplate tries every device that shows the code's nameplate, as they
// are found, until one takes the code.
func (h *Host) joinByNameplate(ctx context.Context, code pairing.Code, r JoinRequest) (Member, error) {
	if h.mdns == nil {
		return Member{}, fmt.Errorf("%w: multicast is off; give the address with --at", ErrNotFound)
	}
	r.say("looking for the device that shows %s", code.Nameplate())
	found, stop := h.hunt()
	defer stop()
	return h.joinAmong(ctx, code, r, found, huntTime)
}

// joinAmong tries the announcements that are found, until patience ends.
func (h *Host) joinAmong(ctx context.Context, code pairing.Code, r JoinRequest, found <-chan mdns.Entry, patience time.Duration) (Member, error) {
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	tried, others := map[media.Device]bool{}, map[media.Device]bool{}
	var last error
	for len(tried) < maxHunted {
		select {
		case <-ctx.Done():
			return Member{}, context.Cause(ctx)
		case <-timeout.C:
			return Member{}, cmp.Or(last, notFound(code, len(others)))
		case e := <-found:
			d := media.Device(e.Text[txtID])
			if e.Text[txtNameplate] != code.Nameplate() {
				if h.mayInvite(e) && len(others) < maxOthers {
					others[d] = true
				}
				continue
			}
			if tried[d] {
				continue
			}
			tried[d] = true
			r.say("found %q, connecting", e.Text[txtName])
			m, err := h.joinWith(ctx, code, r, d, sightedAt(e))
			if err == nil || final(err) {
				return m, err
			}
			last = err
			timeout.Reset(sameNameplate)
		}
	}
	return Member{}, last
}

// mayInvite reports a device that could be the one a person means: of another
// home, or with a window open.
func (h *Host) mayInvite(e mdns.Entry) bool {
	return e.Text[txtHome] != homeTag(h.Home()) || e.Text[txtNameplate] != ""
}

// final reports an error that another device with the same nameplate cannot
// change.
func final(err error) bool {
	for _, e := range []error{ErrDeclined, ErrOtherHome, ErrNameTaken, ErrNoSuchName, ErrFull, ErrAlreadyMember, ErrBadName, context.Canceled} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// notFound says why no device showed the nameplate. Where others are in sight,
// the network works, so it is the code.
func notFound(code pairing.Code, others int) error {
	if others > 0 {
		return &UnseenError{Nameplate: code.Nameplate(), Others: others}
	}
	return fmt.Errorf("%w; where multicast is blocked, give the address with --at", ErrNotFound)
}

// UnseenError is a code that no device shows although there are others on the
// network. It is an ErrWrongCode and an ErrExpired: which of them, nobody here
// can know.
type UnseenError struct {
	Nameplate string // the code's first characters
	Others    int    // devices that were found
}

func (e *UnseenError) Error() string {
	others := "1 other device was found"
	if e.Others != 1 {
		others = fmt.Sprintf("%d other devices were found", e.Others)
	}
	return fmt.Sprintf("no device here shows a code that begins with %s: it is mistyped, or its window has closed; %s", e.Nameplate, others)
}

// Is makes it both.
func (e *UnseenError) Is(target error) bool { return target == ErrWrongCode || target == ErrExpired }

// Hint tells a person what to do.
func (e *UnseenError) Hint() string {
	return "read the code again, or run homeroll pair on the other device for a new one; where multicast does not reach it: homeroll pair CODE --at ADDR"
}

// hunt makes the browser look without pause and returns what it finds.
func (h *Host) hunt() (<-chan mdns.Entry, func()) {
	c := make(chan mdns.Entry, 64)
	h.mu.Lock()
	h.hunters[c] = struct{}{}
	h.mu.Unlock()
	rest := h.mdns.Hunt()
	return c, func() {
		rest()
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.hunters, c)
	}
}

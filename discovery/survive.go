package discovery

import "time"

// probeWait is how long a connection in place has to prove that it lives
// before a newcomer takes its place.
const probeWait = 2 * time.Second

// verdict is what becomes of a second connection to the same device.
type verdict int

const (
	keepOld verdict = iota // refuse the newcomer
	takeNew                // the newcomer replaces the other
	askOld                 // keep the old one if it answers a ping
)

// rival says what the side that accepts a newcomer knows.
type rival struct {
	exists        bool // a live connection is in place
	oldByLower    bool // which the device with the lower ID made
	newByLower    bool // who made the newcomer
	dialing       bool // we have a connection of our own to that device under way
	weAreTheLower bool
}

// judge is the rule by which one connection survives; both sides reach the
// same end with what each knows.
//
//   - The device with the lower ID has precedence: what it dials replaces what
//     the other dialed.
//   - A device dials again only when it has lost its connection, so a newcomer
//     by the same dialer replaces the old one.
//   - What the other dialed replaces what the lower dialed only if that is
//     dead: the two may disagree on it after a silent partition.
func judge(r rival) verdict {
	switch {
	case !r.exists && r.dialing && r.weAreTheLower:
		return keepOld // ours, which is about to be
	case !r.exists, r.newByLower, r.oldByLower == r.newByLower:
		return takeNew
	default:
		return askOld
	}
}

// survives decides on a connection that the other side made and wants to keep.
func (h *Host) survives(s *session) bool {
	d := s.conn.Peer()
	h.mu.Lock()
	old := h.live[d]
	r := rival{
		exists:        old != nil,
		oldByLower:    old != nil && old.byLower(),
		newByLower:    s.byLower(),
		dialing:       h.dialing[d],
		weAreTheLower: h.Device() < d,
	}
	h.mu.Unlock()
	switch judge(r) {
	case takeNew:
		return true
	case askOld:
		return !old.alive(probeWait)
	default:
		return false
	}
}

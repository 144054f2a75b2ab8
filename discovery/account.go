package discovery

import (
	"time"

	"homeroll/discovery/internal/wire"
)

// account counts a new connection against the limits of its kind; false means
// there are too many.
func (s *session) account(member bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.member, s.since = member, time.Now()
	if !s.takeLocked(member) {
		s.gave = true
		return false
	}
	s.conn.Charge(s.h.purse(member))
	return true
}

// reclass moves the session between the accounts of strangers and members,
// after the roster changed.
func (s *session) reclass() {
	s.mu.Lock()
	defer s.mu.Unlock()
	member := s.h.isMember(s.conn.Peer())
	if s.gave || member == s.member {
		return
	}
	s.giveLocked()
	s.member, s.since = member, time.Now()
	if !s.takeLocked(member) {
		s.gave = true
		s.end(errIdle)
		return
	}
	s.conn.Charge(s.h.purse(member))
}

// settle gives back what account took.
func (s *session) settle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.gave {
		s.gave = true
		s.giveLocked()
	}
}

// takeLocked and giveLocked know which account pays. Connections that we made
// to a stranger (to join its home) are not charged to those that strangers make.
func (s *session) takeLocked(member bool) bool {
	if member {
		return s.h.memberConns.take(s.conn.Peer())
	}
	return s.conn.Dialed() || s.h.strangers.take(source(s.remote.Addr()))
}

func (s *session) giveLocked() {
	if s.member {
		s.h.memberConns.give(s.conn.Peer())
	} else if !s.conn.Dialed() {
		s.h.strangers.give(source(s.remote.Addr()))
	}
}

func (h *Host) purse(member bool) *wire.Purse {
	if member {
		return h.memberPurse
	}
	return h.strangerPurse
}

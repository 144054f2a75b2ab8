package discovery

import (
	"cmp"
	"slices"
	"time"

	"homeroll/discovery/internal/wire"
)

// admits accounts for a new connection. Strangers crowd nobody out with what
// they are done with: the connection of theirs that has been idle longest ends
// where there is no room, so whoever tries again at once reads why it is
// refused, and does not just lose its connection.
func (h *Host) admits(s *session) bool {
	member := h.isMember(s.conn.Peer())
	return s.account(member) || !member && h.evict(source(s.remote.Addr())) && s.account(member)
}

// evict makes room for a stranger from an address, if there is any to make.
func (h *Host) evict(from string) bool {
	crowded := h.strangers.crowded(from)
	idle := h.all(func(s *session) bool {
		return s.finished() && (!crowded || source(s.remote.Addr()) == from)
	})
	if len(idle) == 0 {
		return false
	}
	oldest := slices.MinFunc(idle, func(a, b *session) int { return cmp.Compare(a.used.Load(), b.used.Load()) })
	oldest.settle()
	oldest.end(errEvicted)
	return true
}

// finished reports a stranger's connection whose streams have all ended.
func (s *session) finished() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.gave && !s.member && !s.conn.Dialed() && s.streams.Load() == 0 && s.used.Load() != 0
}

// account counts a new connection against the limits of its kind; false means
// there are too many.
func (s *session) account(member bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.member, s.since = member, time.Now()
	s.gave = !s.takeLocked(member)
	if s.gave {
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

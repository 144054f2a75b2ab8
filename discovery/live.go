package discovery

import (
	"context"
	"time"
)

// replacedGrace is how long a connection outlives the one that took its place.
const replacedGrace = time.Second

// setLive makes s the connection to its device, in place of any other, and
// tells who waits for peers.
func (h *Host) setLive(s *session) {
	d := s.conn.Peer()
	if s.ctx.Err() != nil || !h.isMember(d) {
		return
	}
	h.mu.Lock()
	old := h.live[d]
	h.live[d] = s
	p := h.pursuits[d]
	window := h.invite
	h.mu.Unlock()
	if old != nil && old != s {
		old.stopServing(errReplaced)
		old.closeSoon(replacedGrace, errReplaced) // the other side may not have heard of the new one yet
	}
	h.log.Info("connected", "device", d.Short(), "name", h.nameOf(d), "address", s.address(), "dialed", s.conn.Dialed())
	h.book.seen(d, s.address(), time.Now())
	if p != nil {
		p.poke()
	}
	if window != nil {
		window.Seen(d)
	}
	for _, f := range h.onPeer {
		h.spawn(func() { f(s.serving, d) })
	}
	h.signal()
}

// forget takes an ended session out of all lists.
func (h *Host) forget(s *session) {
	d := s.conn.Peer()
	h.mu.Lock()
	delete(h.sessions, s)
	wasLive := h.live[d] == s
	if wasLive {
		delete(h.live, d)
	}
	p := h.pursuits[d]
	h.mu.Unlock()
	if !wasLive {
		return
	}
	h.log.Info("disconnected", "device", d.Short(), "name", h.nameOf(d), "cause", context.Cause(s.serving))
	h.book.seen(d, s.address(), time.Now().Add(-s.conn.Silence()))
	if p != nil {
		p.poke()
	}
	h.signal()
}

// all returns the sessions of this moment that match.
func (h *Host) all(match func(*session) bool) []*session {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []*session
	for s := range h.sessions {
		if match(s) {
			out = append(out, s)
		}
	}
	return out
}

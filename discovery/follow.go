package discovery

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"homeroll/store/media"
)

// farewellTimeout bounds telling a device that it, or this one, has left.
const farewellTimeout = 3 * time.Second

// followRoster applies every change of the roster.
func (h *Host) followRoster(ctx context.Context) {
	for {
		changed := h.roster.Changed()
		h.applyRoster()
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

// applyRoster brings connections, pursuits and announcements in line with the
// roster. It is idempotent.
func (h *Host) applyRoster() {
	h.rosterMu.Lock()
	defer h.rosterMu.Unlock()
	h.foundIfExpelled()
	members := map[media.Device]bool{}
	for _, m := range h.roster.Members() {
		members[m.Device] = true
	}
	h.book.keepOnly(members)
	h.alignPursuits(members)
	for _, s := range h.all(func(*session) bool { return true }) {
		h.alignSession(s, members[s.conn.Peer()])
	}
	h.announce()
	h.signal()
}

// foundIfExpelled gives this device a home of its own when the roster says
// that it was removed from the one it was in.
func (h *Host) foundIfExpelled() {
	self := h.Device()
	h.mu.Lock()
	leaving := h.leaving
	h.mu.Unlock()
	if leaving {
		return
	}
	if m, ok := h.roster.Member(self); ok {
		h.name = m.Name
		if len(h.roster.Members()) > 1 {
			h.setExpelled(false)
		}
		return
	}
	h.log.Warn("this device was removed from its home by another device; it is alone now, and nothing was deleted")
	if err := h.roster.Found(h.name); err != nil {
		h.log.Error("found a home of one", "err", err)
		return
	}
	h.setExpelled(true)
}

func (h *Host) setExpelled(on bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.expelled = on
}

// alignPursuits starts and stops pursuits, so that there is one for each other member.
func (h *Host) alignPursuits(members map[media.Device]bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for d, p := range h.pursuits {
		if !members[d] {
			p.stop()
			delete(h.pursuits, d)
			delete(h.sighted, d)
		}
	}
	if h.run == nil || h.stopped {
		return
	}
	for d := range members {
		if d != h.Device() && h.pursuits[d] == nil {
			h.pursuits[d] = h.pursue(h.run, d)
		}
	}
}

// alignSession moves a session between the accounts, tells a live one of the
// change, and ends that of a device that is not a member any more.
func (h *Host) alignSession(s *session, member bool) {
	s.mu.Lock()
	was := s.member
	s.mu.Unlock()
	switch {
	case member:
		s.reclass()
		if h.isLive(s) {
			s.wantPush()
		}
	case was:
		h.expel(s)
	}
}

func (h *Host) isLive(s *session) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.live[s.conn.Peer()] == s
}

func (h *Host) liveSessions() []*session {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Values(h.live))
}

// expel ends the session of a removed device. Its streams end at once; before
// the connection does, it may hear why.
func (h *Host) expel(s *session) {
	wasLive := h.isLive(s)
	s.reclass()
	if !wasLive {
		s.close(errExpelled)
		return
	}
	s.stopServing(errExpelled)
	h.forget(s)
	h.spawn(func() {
		ctx, cancel := context.WithTimeout(s.ctx, farewellTimeout)
		defer cancel()
		if err := s.sendRoster(ctx); err != nil { // it is out whether it hears it or not
			h.log.Debug("tell the removed device", "device", s.conn.Peer().Short(), "err", err)
		}
		s.close(errExpelled)
	})
}

// farewell exchanges rosters with all live members and waits for it, a moment.
func (h *Host) farewell(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, farewellTimeout)
	defer cancel()
	var told sync.WaitGroup
	for _, s := range h.liveSessions() {
		told.Go(func() { _ = s.sendRoster(ctx) })
	}
	told.Wait()
}

package discovery

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"homeroll/discovery/internal/links"
	"homeroll/discovery/internal/wire"
)

const (
	linkPoll = 2 * time.Second
	saveBook = 30 * time.Second
	// replacedGrace is how long a connection outlives the one in its place.
	replacedGrace = time.Second
)

// Run listens, announces, finds and connects until ctx ends; it returns when
// all has stopped. It can be called once.
func (h *Host) Run(ctx context.Context) error {
	ls, moved, err := listenAll(ctx, h.cfg.Listen, h.cfg.FixedPort)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	h.begin(ctx, ls)
	if moved {
		h.log.Warn("the usual port for peers is taken; using another", "usual", h.cfg.Listen, "port", h.Port())
	}
	h.log.Info("listening for peers", "addresses", h.Addresses())
	close(h.ready)

	h.startWorkers(ctx, ls)
	<-ctx.Done()
	closeAll(ls)
	h.mu.Lock()
	h.stopped = true
	h.mu.Unlock()
	h.work.Wait() // sessions end with ctx
	if err := h.book.save(); err != nil {
		h.log.Warn("addresses were not saved", "err", err)
	}
	return nil
}

func (h *Host) begin(ctx context.Context, ls []*net.TCPListener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.run = ctx
	h.at = listeningOn(ls)
	h.up = links.Current()
}

func (h *Host) startWorkers(ctx context.Context, ls []*net.TCPListener) {
	for _, l := range ls {
		h.work.Go(func() { h.accept(ctx, l) })
	}
	h.work.Go(func() { h.followRoster(ctx) })
	h.work.Go(func() { links.Watch(ctx, linkPoll, h.linksChanged) })
	h.work.Go(func() { h.watchClock(ctx) })
	h.work.Go(func() { h.keepBook(ctx) })
	if h.mdns != nil {
		h.announce()
		h.work.Go(func() { h.mdns.Run(ctx) })
	}
}

// accept takes connections until the listener closes.
func (h *Host) accept(ctx context.Context, l *net.TCPListener) {
	for {
		conn, err := l.AcceptTCP()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of descriptors, or a connection gone before it was taken
			h.log.Warn("accept connection", "err", err)
			select {
			case <-ctx.Done():
				return
			case <-time.After(acceptPause):
				continue
			}
		}
		from := source(conn.RemoteAddr().(*net.TCPAddr).AddrPort().Addr())
		if !h.handshakes.take(from) {
			conn.Close()
			continue
		}
		h.work.Go(func() {
			s, err := h.welcome(ctx, conn)
			h.handshakes.give(from)
			if err != nil {
				h.log.Debug("connection refused", "from", from, "err", err)
				return
			}
			s.run()
		})
	}
}

var errTooMany = errors.New("too many connections of that kind")

// welcome secures a connection that came in.
func (h *Host) welcome(ctx context.Context, conn *net.TCPConn) (*session, error) {
	wire.Tune(conn)
	c, err := wire.Secure(ctx, conn, wire.Handshake{Identity: h.wireID, Purse: h.strangerPurse})
	if err != nil {
		return nil, err
	}
	return h.adopt(ctx, c)
}

// adopt makes a session of an authenticated connection; the caller runs it.
// The connection is closed if there is an error.
func (h *Host) adopt(ctx context.Context, c *wire.Conn) (*session, error) {
	if c.Peer() == h.Device() {
		c.Close()
		return nil, errors.New("connection to itself")
	}
	s := &session{
		h: h, conn: c, began: time.Now(),
		remote: unmapped(c.RemoteAddr()),
		pushes: make(chan struct{}, 1),
	}
	s.ctx, s.end = context.WithCancelCause(ctx)
	s.serving, s.stopServing = context.WithCancelCause(s.ctx)
	if !s.account(h.isMember(c.Peer())) {
		c.Close()
		s.end(errTooMany)
		return nil, fmt.Errorf("%s: %w", c.Peer().Short(), errTooMany)
	}
	h.mu.Lock()
	h.sessions[s] = struct{}{}
	h.mu.Unlock()
	return s, nil
}

// unmapped returns the address with IPv4 as IPv4, also on a socket of both families.
func unmapped(a net.Addr) netip.AddrPort {
	ap := a.(*net.TCPAddr).AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

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
	h.log.Info("connected", "device", d.Short(), "name", h.nameOf(d), "address", s.remote, "dialed", s.conn.Dialed())
	h.book.seen(d, s.remote.String(), time.Now())
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
	h.book.seen(d, s.remote.String(), time.Now().Add(-s.conn.Silence()))
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

// spawn runs f in a goroutine that Run waits for; it is false, and f does not
// run, when Run is over.
func (h *Host) spawn(f func()) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.run == nil || h.stopped {
		return false
	}
	h.work.Go(f)
	return true
}

// start runs an adopted session.
func (h *Host) start(s *session) error {
	if !h.spawn(s.run) {
		s.end(errStopping)
		h.forget(s)
		s.conn.Close()
		s.settle()
		return errStopping
	}
	return nil
}

// keepBook saves the address book now and then, with the live connections
// noted as seen.
func (h *Host) keepBook(ctx context.Context) {
	tick := time.NewTicker(saveBook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			h.mu.Lock()
			for d, s := range h.live {
				h.book.seen(d, s.remote.String(), now)
			}
			h.mu.Unlock()
		}
		if err := h.book.save(); err != nil {
			h.log.Warn("addresses were not saved", "err", err)
		}
	}
}

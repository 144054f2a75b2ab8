package discovery

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"homeroll/discovery/internal/wire"
)

// acceptPause slows the accept loop down when the system is out of descriptors.
const acceptPause = 200 * time.Millisecond

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
	if !h.admits(s) {
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

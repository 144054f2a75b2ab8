package discovery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"homeroll/discovery/internal/admit"
	"homeroll/discovery/internal/pairing"
	"homeroll/discovery/internal/roster"
	"homeroll/discovery/internal/wire"
	"homeroll/store/media"
)

const (
	// exchangeTimeout bounds one exchange of rosters.
	exchangeTimeout = 10 * time.Second
	// pushRetry is the time after which a change that did not get through is
	// sent again.
	pushRetry = 3 * time.Second
)

// server serves one stream that the other side opened. It owns the stream.
type server func(s *session, stream *wire.Stream)

// table returns what a peer may open now. It is made anew for every stream, so
// removal and the end of a pairing window count at once.
func (h *Host) table(member bool) map[string]server {
	t := map[string]server{admit.Protocol: (*session).serveAdmission}
	if h.window() != nil {
		t[pairing.Protocol] = (*session).servePairing
	}
	if !member {
		return t
	}
	t[roster.Protocol] = (*session).serveRoster
	t[helloProtocol] = (*session).serveHello
	for name, serve := range h.handlers {
		t[name] = serveWith(serve)
	}
	return t
}

// Protocols lists what a peer may open at this moment: a member of the home or
// a stranger.
func (h *Host) Protocols(member bool) []string {
	var names []string
	for name := range h.table(member) {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Handle serves a protocol to members; call it before Run. serve runs in a
// goroutine of its own and owns conn, which is closed when it returns; ctx
// ends with the connection, after which every read and write fails.
func (h *Host) Handle(protocol string, serve func(ctx context.Context, from media.Device, conn net.Conn)) {
	h.handlers[protocol] = serve
}

func serveWith(serve func(context.Context, media.Device, net.Conn)) server {
	return func(s *session, stream *wire.Stream) {
		defer context.AfterFunc(s.serving, func() { _ = stream.Reset() })()
		serve(s.serving, s.conn.Peer(), stream)
	}
}

// acceptStreams serves the streams that the other side opens.
func (s *session) acceptStreams() {
	for {
		in, err := s.conn.Accept()
		if err != nil {
			return // the connection has ended, and run knows
		}
		member := s.h.isMember(s.conn.Peer())
		limit := int32(strangerStreams)
		if member {
			limit = memberStreams
		}
		if s.streams.Load() >= limit {
			in.Reset()
			continue
		}
		s.streams.Add(1)
		s.work.Go(func() {
			defer s.streams.Add(-1)
			defer func() { s.used.Store(time.Now().UnixNano()) }()
			s.serve(in)
		})
	}
}

func (s *session) serve(in *wire.Incoming) {
	table := s.h.table(s.h.isMember(s.conn.Peer()))
	stream, err := in.Negotiate(func(p string) bool { return table[p] != nil })
	if err != nil {
		s.h.log.Debug("stream refused", "device", s.conn.Peer().Short(), "err", err)
		return
	}
	defer stream.Close()
	table[stream.Protocol](s, stream)
}

func (s *session) serveAdmission(stream *wire.Stream) {
	if err := admit.Receive(stream, s.h.roster, s.conn.Peer()); err != nil {
		s.h.log.Info("admission refused", "device", s.conn.Peer().Short(), "address", s.remote, "err", err)
		return
	}
	s.reclass()
}

func (s *session) servePairing(stream *wire.Stream) {
	window := s.h.window()
	if window == nil {
		_ = stream.Reset() // it closed a moment ago
		return
	}
	err := window.Serve(s.ctx, stream, s.conn.Peer(), s.remote.Addr().WithZone("").String())
	if err != nil {
		s.h.log.Info("pairing attempt failed", "address", s.remote, "err", err)
	}
	s.reclass()
}

func (s *session) serveRoster(stream *wire.Stream) {
	if err := s.exchange(stream, false); err != nil {
		s.h.log.Debug("roster exchange", "device", s.conn.Peer().Short(), "err", err)
		_ = stream.Reset()
	}
}

// exchange makes the rosters of both sides equal over the stream.
func (s *session) exchange(stream *wire.Stream, dialer bool) error {
	if err := stream.SetDeadline(time.Now().Add(exchangeTimeout)); err != nil {
		return err
	}
	if _, err := roster.Exchange(stream, s.h.roster, dialer); err != nil {
		return err
	}
	s.rostered.Store(true)
	return nil
}

// sendRoster opens a stream, exchanges rosters on it, and waits until the other
// side has taken in what it was sent, which it shows by closing the stream.
func (s *session) sendRoster(ctx context.Context) error {
	stream, err := s.conn.Open(ctx, roster.Protocol)
	if err != nil {
		return err
	}
	defer stream.Close()
	stop := context.AfterFunc(ctx, func() { _ = stream.Reset() })
	defer stop()
	if err := s.exchange(stream, true); err != nil {
		return err
	}
	if err := stream.CloseWrite(); err != nil {
		return fmt.Errorf("end roster: %w", err)
	}
	if _, err := stream.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		return fmt.Errorf("end roster: %w", cmp.Or(err, errTrailing))
	}
	return nil
}

var errTrailing = errors.New("more data than expected")

// pushRoster exchanges rosters again whenever ours has changed.
func (s *session) pushRoster() {
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.pushes:
		}
		if err := s.sendRoster(s.ctx); err != nil && s.ctx.Err() == nil {
			s.h.log.Debug("push roster", "device", s.conn.Peer().Short(), "err", err)
			time.AfterFunc(pushRetry, s.wantPush)
		}
	}
}

// wantPush asks for an exchange; many wishes are one.
func (s *session) wantPush() {
	select {
	case s.pushes <- struct{}{}:
	default:
	}
}

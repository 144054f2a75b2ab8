package discovery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"homeroll/discovery/internal/admit"
	"homeroll/discovery/internal/wire"
)

// helloProtocol settles that this is the connection both sides keep, and tells
// each where the other listens. The side that dialed opens it, after rosters.
// Each side sends one JSON document of at most helloMax bytes.
const (
	helloProtocol = "/homeroll/hello/1"
	helloMax      = 4 << 10
	helloTimeout  = 5 * time.Second
	maxClaims     = 12
)

// hello is what either side says.
type hello struct {
	Version   string   `json:"version"`
	Port      int      `json:"port"`              // that it listens on
	Addresses []string `json:"addresses"`         // "IP:PORT", where it believes to be reachable
	Refused   string   `json:"refused,omitempty"` // why this connection is not the one to keep
}

var errDuplicate = errors.New("the devices are already connected")

// establish makes a session that we dialed live: rosters first, then hello. A
// peer that does not know us yet refuses the roster and is shown the chain of
// our admission.
func (s *session) establish(ctx context.Context) error {
	err := s.sendRoster(ctx)
	if errors.Is(err, wire.ErrRefused) {
		if err = s.present(ctx); err == nil {
			err = s.sendRoster(ctx)
		}
	}
	if err != nil {
		return fmt.Errorf("exchange rosters: %w", err)
	}
	if !s.h.isMember(s.conn.Peer()) {
		return errExpelled
	}
	return s.sayHello(ctx)
}

func (s *session) present(ctx context.Context) error {
	stream, err := s.conn.Open(ctx, admit.Protocol)
	if err != nil {
		return err
	}
	defer stream.Close()
	return admit.Present(stream, s.h.roster, s.conn.Peer())
}

func (s *session) sayHello(ctx context.Context) error {
	stream, err := s.conn.Open(ctx, helloProtocol)
	if err != nil {
		return err
	}
	defer stream.Close()
	if err := stream.SetDeadline(time.Now().Add(helloTimeout)); err != nil {
		return err
	}
	if err := writeHello(stream, s.h.hello()); err != nil {
		return err
	}
	theirs, err := readHello(stream)
	if err != nil {
		return err
	}
	if theirs.Refused != "" {
		return errDuplicate
	}
	s.h.book.worked(s.conn.Peer(), s.dialedAt())
	s.learn(theirs)
	s.h.setLive(s)
	return nil
}

// dialedAt is the address we dialed, without the zone: on which link it is may
// be another tomorrow.
func (s *session) dialedAt() string {
	return netip.AddrPortFrom(s.remote.Addr().WithZone(""), s.remote.Port()).String()
}

// serveHello answers, and decides whether this is the connection to keep.
func (s *session) serveHello(stream *wire.Stream) {
	if !s.rostered.Load() {
		_ = stream.Reset() // rosters come before anything else
		return
	}
	if err := stream.SetDeadline(time.Now().Add(helloTimeout)); err != nil {
		return
	}
	theirs, err := readHello(stream)
	if err != nil {
		_ = stream.Reset()
		return
	}
	mine := s.h.hello()
	if !s.h.survives(s) {
		mine.Refused = errDuplicate.Error()
		_ = writeHello(stream, mine) // it hears of it by the closing, too
		s.closeSoon(time.Second, errDuplicate)
		return
	}
	s.learn(theirs)
	if err := writeHello(stream, mine); err != nil {
		s.close(err)
		return
	}
	s.h.setLive(s)
}

// learn remembers where the other side listens: its port at the address it is
// seen at, then what it claims. Dialing proves who is there.
func (s *session) learn(theirs hello) {
	s.listens.Store(int32(theirs.Port))
	var addrs []string
	seen := netip.AddrPortFrom(s.remote.Addr().WithZone(""), uint16(theirs.Port))
	if _, ok := dialable(seen.String()); ok {
		addrs = append(addrs, seen.String())
	}
	for _, c := range theirs.Addresses {
		a, ok := dialable(c)
		if ok && !a.Addr().IsLoopback() && len(addrs) < maxClaims && a != seen {
			addrs = append(addrs, a.String())
		}
	}
	s.h.book.claims(s.conn.Peer(), addrs)
}

// hello describes this device.
func (h *Host) hello() hello {
	l, up := h.where()
	m := hello{Version: h.cfg.Version, Port: l.port}
	for _, a := range l.reachable(up) {
		if len(m.Addresses) < maxClaims {
			m.Addresses = append(m.Addresses, netip.AddrPortFrom(a, uint16(l.port)).String())
		}
	}
	return m
}

func writeHello(w io.Writer, m hello) error {
	b, err := json.Marshal(m)
	if err == nil {
		_, err = w.Write(append(b, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write hello: %w", err)
	}
	return nil
}

func readHello(r io.Reader) (hello, error) {
	var m hello
	if err := json.NewDecoder(io.LimitReader(r, helloMax)).Decode(&m); err != nil {
		return m, fmt.Errorf("read hello: %w", err)
	}
	if m.Port < 0 || m.Port > 65535 || len(m.Addresses) > 64 {
		return m, errors.New("read hello: values out of range")
	}
	return m, nil
}

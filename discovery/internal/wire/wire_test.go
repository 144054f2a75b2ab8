package wire

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"pgregory.net/rapid"

	"homeroll/store/media"
)

type party struct {
	id     *Identity
	device media.Device
	purse  *Purse
}

func newParty(t testing.TB) party {
	t.Helper()
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id, err := NewIdentity(key)
	if err != nil {
		t.Fatal(err)
	}
	return party{id, media.DeviceOf(pub), NewPurse(4 * Window)}
}

// meet connects two parties over loopback TCP; the dialer expects a device.
func meet(t testing.TB, dialer, listener party, expect media.Device) (*Conn, *Conn, error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	type result struct {
		c   *Conn
		err error
	}
	accepted := make(chan result, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			accepted <- result{nil, err}
			return
		}
		c, err := Secure(t.Context(), conn, Handshake{Identity: listener.id, Purse: listener.purse})
		accepted <- result{c, err}
	}()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	a, err := Secure(t.Context(), conn, Handshake{Identity: dialer.id, Dialed: true, Expect: expect, Purse: dialer.purse})
	r := <-accepted
	for _, c := range []*Conn{a, r.c} {
		if c != nil {
			t.Cleanup(func() { c.Close() })
		}
	}
	return a, r.c, errors.Join(err, r.err)
}

// serve answers every stream of protocol "/yes" with an echo.
func serve(c *Conn) {
	for {
		in, err := c.Accept()
		if err != nil {
			return
		}
		go func() {
			s, err := in.Negotiate(func(p string) bool { return p == "/yes" })
			if err != nil {
				return
			}
			_, _ = io.Copy(s, s)
			s.Close()
		}()
	}
}

func TestBothSidesAreAuthenticated(t *testing.T) {
	a, b := newParty(t), newParty(t)
	x, y, err := meet(t, a, b, "") // the dialer learns who answers
	if err != nil {
		t.Fatal(err)
	}
	if x.Peer() != b.device || y.Peer() != a.device || !x.Dialed() || y.Dialed() {
		t.Errorf("%s and %s met as %s and %s", a.device, b.device, y.Peer(), x.Peer())
	}
	if _, _, err := meet(t, a, b, newParty(t).device); !errors.Is(err, ErrOtherPeer) {
		t.Errorf("another device than expected: %v", err)
	}
}

func TestStreams(t *testing.T) {
	x, y, err := meet(t, newParty(t), newParty(t), "")
	if err != nil {
		t.Fatal(err)
	}
	go serve(y)
	if _, err := x.Open(t.Context(), "/no"); !errors.Is(err, ErrRefused) {
		t.Errorf("a protocol that is not served: %v", err)
	}
	s, err := x.Open(t.Context(), "/yes")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write([]byte("abc")); err != nil {
		t.Fatal(err)
	}
	if err := s.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(s); string(b) != "abc" || err != nil {
		t.Errorf("echo of %q, %v", b, err)
	}
	if _, err := x.Ping(); err != nil || x.Silence() > 10*time.Second {
		t.Errorf("ping: %v, silence %v", err, x.Silence())
	}
	y.Close()
	<-x.Done()
	if _, err := x.Open(t.Context(), "/yes"); err == nil || errors.Is(err, ErrRefused) {
		t.Errorf("open on an ended connection: %v", err)
	}
}

func TestAPeerThatSaysNothingIsGivenUp(t *testing.T) {
	a, b := net.Pipe()
	defer b.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Secure(ctx, a, Handshake{Identity: newParty(t).id, Purse: NewPurse(0)}); err == nil {
		t.Error("a handshake without an other side")
	}
	if _, err := a.Write(nil); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("the connection was left open: %v", err)
	}
}

func TestStreamsBeyondThePurseEndTheConnection(t *testing.T) {
	rich, poor := newParty(t), newParty(t)
	rich.purse, poor.purse = NewPurse(256<<20), NewPurse(4*Window) // room for four streams
	x, y, err := meet(t, rich, poor, "")
	if err != nil {
		t.Fatal(err)
	}
	go serve(y)
	opened := 0
	for range 10 {
		if _, err := x.Open(t.Context(), "/yes"); err != nil {
			break
		}
		opened++
	}
	if opened > 4 {
		t.Errorf("%d streams in a purse for four", opened)
	}
	y.Close()
	if n := poor.purse.Used(); n != 0 {
		t.Errorf("%d bytes stay reserved", n)
	}
}

func TestPurseNeverOverspends(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := NewPurse(100)
		spans := []*span{{purse: p}, {purse: p}, {purse: p}}
		for range rapid.IntRange(1, 50).Draw(t, "steps") {
			s := spans[rapid.IntRange(0, 2).Draw(t, "span")]
			n := rapid.IntRange(0, 80).Draw(t, "bytes")
			switch rapid.IntRange(0, 3).Draw(t, "action") {
			case 0:
				_ = s.ReserveMemory(n, 255)
			case 1:
				if before := p.Used(); s.ReserveMemory(n, 128) == nil && before+n > 50 {
					t.Fatal("growth took more than half")
				}
			case 2:
				s.ReleaseMemory(n)
			case 3:
				s.Done()
			}
			if p.Used() < 0 || p.Used() > 100 {
				t.Fatalf("%d used", p.Used())
			}
		}
		for _, s := range spans {
			s.Done()
			s.Done()
		}
		if p.Used() != 0 {
			t.Fatalf("%d left", p.Used())
		}
	})
}

package discovery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"homeroll/discovery/internal/pairing"
	"homeroll/discovery/internal/roster"
	"homeroll/discovery/internal/wire"
)

// mistyped returns the code with another last character.
func mistyped(code string) string {
	return code[:len(code)-1] + string("01"[btoi(code[len(code)-1] == '0')])
}

// After three wrong codes an address is locked out of the window, and says so
// in its own words, however soon it comes again.
func TestALockedOutAddressIsToldSo(t *testing.T) {
	a, b := startHost(t, "a"), startHost(t, "b")
	attempts := make(chan string, 64)
	code, _ := a.invite(t, t.Context(), func(from, what string) { attempts <- from + ": " + what })
	said := ""
	for range 3 {
		if _, err := b.Join(t.Context(), JoinRequest{Code: mistyped(code), At: a.addr()}); !errors.Is(err, ErrWrongCode) {
			t.Fatalf("wrong code: %v", err)
		}
		if said = <-attempts; !strings.HasPrefix(said, "127.0.0.1: wrong code") {
			t.Errorf("the inviter was told %q", said)
		}
	}
	if !strings.Contains(said, "locked out") || strings.Contains(said, "\n") {
		t.Errorf("the inviter was told %q", said)
	}
	for range 8 {
		_, err := b.Join(t.Context(), JoinRequest{Code: code, At: a.addr()})
		if !errors.Is(err, ErrLockedOut) || !strings.Contains(err.Error(), "this device's address is locked out of that window after 3 wrong codes") {
			t.Fatalf("the right code, too late: %v", err)
		}
	}
	if a.isMember(b.Device()) {
		t.Error("a locked-out device was admitted")
	}
	if n := len(a.all(func(*session) bool { return true })); n > maxStrangersAddress+1 {
		t.Errorf("a locked-out address holds %d connections", n)
	}
}

// visitor is a joining device that is no host: it speaks pairing on a
// connection from an address of its choosing, and may bend it.
type visitor struct {
	roster *roster.Roster
	id     *wire.Identity
	from   string // local IP address
}

func newVisitor(t *testing.T, from string) *visitor {
	t.Helper()
	cfg := newConfig(t, "visitor")
	self, err := loadIdentity(cfg.State, cfg.Log)
	if err != nil {
		t.Fatal(err)
	}
	id, err := wire.NewIdentity(self.key)
	if err != nil {
		t.Fatal(err)
	}
	r, err := openRoster(cfg, self)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{roster: r, id: id, from: from}
}

// connect opens an authenticated connection to the host.
func (v *visitor) connect(ctx context.Context, h *testHost) (*wire.Conn, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(v.from)}}
	raw, err := d.DialContext(ctx, "tcp", h.addr())
	if err != nil {
		return nil, err
	}
	return wire.Secure(ctx, raw, wire.Handshake{Identity: v.id, Dialed: true, Expect: h.Device(), Purse: wire.NewPurse(memberMemory)})
}

// join pairs; bend may put something in between.
func (v *visitor) join(ctx context.Context, h *testHost, code string, bend func(pairing.Conn) pairing.Conn) error {
	c, err := v.connect(ctx, h)
	if err != nil {
		return err
	}
	defer c.Close()
	stream, err := c.Open(ctx, pairing.Protocol)
	if err != nil {
		return err
	}
	parsed, err := pairing.ParseCode(code)
	if err != nil {
		return err
	}
	var conn pairing.Conn = stream
	if bend != nil {
		conn = bend(conn)
	}
	_, err = pairing.Join(ctx, conn, h.Device(), pairing.JoinConfig{Roster: v.roster, Code: parsed, Name: "visitor", Version: "test"})
	return err
}

// bent calls write in place of Write, with what to do by default.
type bent struct {
	pairing.Conn
	write func(b []byte, on func([]byte) (int, error)) (int, error)
}

func (b bent) Write(p []byte) (int, error) { return b.write(p, b.Conn.Write) }

// fromFuture states versions that nobody speaks yet.
func fromFuture(c pairing.Conn) pairing.Conn {
	return bent{c, func(p []byte, on func([]byte) (int, error)) (int, error) {
		return on(bytes.Replace(p, []byte{8, 1, 16, 1}, []byte{8, 9, 16, 9}, 1)) // oldest, newest
	}}
}

// Each refusal reaches the joiner in its own words, over a real connection,
// and the inviter's report names the address.
func TestRefusalsInTheirOwnWords(t *testing.T) {
	type scene struct {
		a, b    *testHost
		code    string
		r       JoinRequest
		abandon context.CancelFunc // of the window
		done    <-chan invited
	}
	rows := []struct {
		name   string
		want   error
		words  string
		quiet  bool // the inviter has nothing to tell
		before func(t *testing.T, s *scene)
	}{
		{"closed", ErrWindowClosed, "no pairing window is open there (a code is valid for 5 minutes and works once)", true, func(t *testing.T, s *scene) {
			s.abandon()
			<-s.done
		}},
		{"wrong", ErrWrongCode, "wrong code", false, func(t *testing.T, s *scene) { s.r.Code = mistyped(s.code) }},
		{"nameplate", ErrWrongCode, "wrong code", false, func(t *testing.T, s *scene) {
			s.r.Code = string("AB"[btoi(s.code[0] == 'A')]) + s.code[1:]
		}},
		{"member", ErrAlreadyMember, "already a member of this home", false, func(t *testing.T, s *scene) {
			if _, err := s.b.Join(t.Context(), s.r); err != nil {
				t.Fatal(err)
			}
			<-s.done
		}},
		{"company", ErrOtherHome, "already in a home with other devices", false, func(t *testing.T, s *scene) {
			pair(t, s.b, startHost(t, "friend"))
		}},
		{"taken", ErrNameTaken, "name", false, func(t *testing.T, s *scene) {
			if err := s.b.Rename(t.Context(), s.b.Device(), "A"); err != nil {
				t.Fatal(err)
			}
		}},
		{"nobody", ErrNoSuchName, "no device of the home has the name to replace", false, func(t *testing.T, s *scene) { s.r.Replace = "nobody" }},
		{"declined", ErrDeclined, "declined", false, func(t *testing.T, s *scene) { s.r.Confirm = func(string, []string) bool { return false } }},
		{"full", ErrFull, "", false, func(t *testing.T, s *scene) {
			for i := range roster.MaxDevices - 1 {
				d := newVisitor(t, "127.0.0.1").roster.Self()
				if _, err := s.a.roster.Admit(d, fmt.Sprint("d", i), ""); err != nil {
					t.Fatal(err)
				}
			}
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s := &scene{a: startHost(t, "a"), b: startHost(t, "b")}
			attempts := make(chan string, 8)
			open := func() {
				var ctx context.Context
				ctx, s.abandon = context.WithCancel(t.Context())
				s.code, s.done = s.a.invite(t, ctx, func(from, what string) { attempts <- from + ": " + what })
				s.r = JoinRequest{Code: s.code, At: s.a.addr()}
			}
			open()
			row.before(t, s)
			if s.a.window() == nil && !row.quiet {
				open() // the first was used up
			}
			_, err := s.b.Join(t.Context(), s.r)
			if !errors.Is(err, row.want) || !strings.Contains(err.Error(), row.words) || errors.Is(err, ErrUnreachable) {
				t.Fatalf("the joiner reads: %v", err)
			}
			t.Log(err)
			if row.quiet {
				return
			}
			if said := <-attempts; !strings.HasPrefix(said, "127.0.0.1: ") || !strings.Contains(said, row.want.Error()) {
				t.Errorf("the inviter reads: %s", said)
			}
		})
	}
}

func TestAnotherVersionIsToldSo(t *testing.T) {
	a := startHost(t, "a")
	attempts := make(chan string, 8)
	code, _ := a.invite(t, t.Context(), func(from, what string) { attempts <- from + ": " + what })
	if err := newVisitor(t, "127.0.0.1").join(t.Context(), a, code, fromFuture); !errors.Is(err, ErrVersion) || !strings.Contains(err.Error(), `"test"`) {
		t.Errorf("the joiner reads: %v", err)
	}
	if said := <-attempts; !strings.HasPrefix(said, "127.0.0.1: incompatible version") {
		t.Errorf("the inviter reads: %s", said)
	}
}

// While one device is asked whether it agrees and others wait, who comes
// besides is told that the window is busy, and who waits until it expires that
// it has.
func TestBusyAndExpired(t *testing.T) {
	a, b := startHost(t, "a"), startHost(t, "b")
	a.windowTime = 2 * time.Second
	code, done := a.invite(t, t.Context(), nil)
	asked, agree := make(chan struct{}), make(chan struct{})
	first := make(chan error, 1)
	go func() {
		_, err := b.Join(t.Context(), JoinRequest{Code: code, At: a.addr(), Confirm: func(string, []string) bool {
			close(asked)
			<-agree
			return false
		}})
		first <- err
	}()
	<-asked
	others := make(chan error, 2)
	for range 2 {
		v := newVisitor(t, "127.0.0.1")
		go func() { others <- v.join(t.Context(), a, code, nil) }()
	}
	if err := <-others; !errors.Is(err, ErrBusy) {
		t.Errorf("a third from one address: %v", err)
	}
	a.await(t, "expiry", func() bool { return nudge(a) && time.Now().After(a.window().Expires()) })
	if err := newVisitor(t, "127.0.0.1").join(t.Context(), a, code, nil); !errors.Is(err, ErrExpired) {
		t.Errorf("after the expiry, the window held open by the first: %v", err)
	}
	close(agree)
	if err := <-first; !errors.Is(err, ErrDeclined) {
		t.Errorf("the first: %v", err)
	}
	if err := <-others; !errors.Is(err, ErrExpired) {
		t.Errorf("who waited: %v", err)
	}
	if r := <-done; !errors.Is(r.err, ErrExpired) {
		t.Errorf("the inviter: %v", r.err)
	}
	if _, err := b.Join(t.Context(), JoinRequest{Code: code, At: a.addr()}); !errors.Is(err, ErrWindowClosed) {
		t.Errorf("after it closed: %v", err)
	}
}

// Connections that are all in use are no silence: who finds no place reads
// that others are pairing.
func TestNoPlaceForAnotherConnectionIsBusy(t *testing.T) {
	a, b := startHost(t, "a"), startHost(t, "b")
	code, _ := a.invite(t, t.Context(), nil)
	for range maxStrangersAddress {
		c, err := newVisitor(t, "127.0.0.1").connect(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		stream, err := c.Open(t.Context(), pairing.Protocol)
		if err != nil {
			t.Fatal(err)
		}
		defer stream.Close()
	}
	if _, err := b.Join(t.Context(), JoinRequest{Code: code, At: a.addr()}); !errors.Is(err, ErrBusy) {
		t.Errorf("the joiner reads: %v", err)
	}
}

package pairing

import (
	"bytes"
	"errors"
	"net"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"homeroll/discovery/internal/pairing/internal/pairpb"
	"homeroll/store/media/formattest"
)

// A joiner of another version, and an inviter of one: each side says what it
// cannot do.
func TestVersions(t *testing.T) {
	h1, h2 := newDevice(t, 1, "h1"), newDevice(t, 2, "h2")
	t.Run("a newer joiner", func(t *testing.T) {
		inv, failed := h1.invite()
		a, b := net.Pipe()
		done := make(chan error, 1)
		go func() { done <- inv.Serve(t.Context(), a, h2.Self(), "a") }()
		s := newStream(b, "9.0")
		join, err := encode(&pairpb.JoinHello{Oldest: 2, Newest: 3, Program: "9.0\x1b[2J", Self: string(h2.Self()), Peer: string(h1.Self()), Nonce: newNonce()})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.send(&pairpb.Message{Body: &pairpb.Message_Join{Join: join}}); err != nil {
			t.Fatal(err)
		}
		_, err = s.receive(maxMessage)
		if !errors.Is(err, ErrVersion) || !bytes.Contains([]byte(err.Error()), []byte("1.2.3")) {
			t.Errorf("the joiner reads %v", err)
		}
		if err := <-done; !errors.Is(err, ErrVersion) || bytes.ContainsRune([]byte(err.Error()), 0x1b) {
			t.Errorf("the inviter: %q", err)
		}
		if !errors.Is(failed.last(), ErrVersion) {
			t.Errorf("reported %v", failed.last())
		}
	})
	t.Run("an inviter that chooses what nobody offered", func(t *testing.T) {
		a, b := net.Pipe()
		done := make(chan error, 1)
		go func() {
			_, err := Join(t.Context(), a, h1.Self(), h2.config(NewCode()))
			done <- err
		}()
		s := newStream(b, "9.0")
		if _, err := s.receive(maxMessage); err != nil {
			t.Fatal(err)
		}
		hello, err := encode(&pairpb.InviteHello{Version: 7})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.send(&pairpb.Message{Body: &pairpb.Message_Invite{Invite: &pairpb.Invite{Hello: hello}}}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.receive(maxMessage); !errors.Is(err, ErrVersion) {
			t.Errorf("the inviter reads %v", err)
		}
		if err := <-done; !errors.Is(err, ErrVersion) {
			t.Error(err)
		}
	})
}

// What an exchange may allocate, in bytes: before the code is proven, and of a
// home's whole roster after it.
const (
	unprovenMemory = 512 << 10
	rosterMemory   = 40 << 20
)

func spoken(t testing.TB, messages ...*pairpb.Message) []byte {
	var b bytes.Buffer
	for _, m := range messages {
		if err := newStream(&script{out: &b}, "").send(m); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func encoded(t testing.TB, m proto.Message) []byte {
	b, err := encode(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func FuzzServe(f *testing.F) {
	h1 := newDevice(f, 1, "fuzzed")
	stranger, code := newSigner(9).Device(), Code{"K7", "4MPX2R"}
	join := &pairpb.Message{Body: &pairpb.Message_Join{Join: encoded(f, &pairpb.JoinHello{
		Oldest: 1, Newest: 1, Nonce: newNonce(), Self: string(stranger), Peer: string(h1.Self()), Nameplate: "K7",
	})}}
	confirm := &pairpb.Message{Body: &pairpb.Message_Confirm{Confirm: &pairpb.Confirm{Share: fill(9, 32), Tag: fill(7, 64)}}}
	f.Add(spoken(f, join, confirm))
	f.Add(spoken(f, join, &pairpb.Message{Body: &pairpb.Message_Failure{Failure: &pairpb.Failure{Code: 14, Program: "9"}}}))
	f.Add([]byte{0x80, 0x80, 0x40})
	f.Fuzz(func(t *testing.T, b []byte) {
		formattest.Bounded(t, unprovenMemory, func() {
			inv := NewInvite(InviteConfig{Roster: h1.Roster, Version: "1.2.3", Code: code})
			err := inv.Serve(t.Context(), &script{in: bytes.NewReader(b), out: &bytes.Buffer{}}, stranger, "a")
			if err == nil || h1.IsMember(stranger) {
				t.Errorf("noise joins: %v", err)
			}
		})
	})
}

func FuzzJoin(f *testing.F) {
	h2 := newDevice(f, 2, "fuzzed")
	home, peer := h2.Home(), newSigner(9).Device()
	hello := encoded(f, &pairpb.InviteHello{Version: 1, Nonce: newNonce(), Self: string(peer), Peer: string(h2.Self()), Home: fill(8, 32)})
	f.Add(spoken(f, &pairpb.Message{Body: &pairpb.Message_Invite{Invite: &pairpb.Invite{Hello: hello, Share: fill(9, 32)}}},
		&pairpb.Message{Body: &pairpb.Message_Welcome{Welcome: &pairpb.Welcome{Tag: fill(8, 64), Members: make([]string, 16_000)}}}))
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, b []byte) {
		formattest.Bounded(t, 4*unprovenMemory, func() { // a Welcome is longer
			_, err := Join(t.Context(), &script{in: bytes.NewReader(b), out: &bytes.Buffer{}}, peer, h2.config(NewCode()))
			if err == nil || h2.Home() != home {
				t.Errorf("noise is joined: %v", err)
			}
		})
	})
}

// FuzzAdmission is what an inviter says after the code is proven.
func FuzzAdmission(f *testing.F) {
	h1, h2 := newDevice(f, 1, "inviter"), newDevice(f, 2, "fuzzed")
	if _, err := h1.Admit(newSigner(3).Device(), "third", ""); err != nil {
		f.Fatal(err)
	}
	a := &pairpb.Admission{}
	for _, s := range h1.Statements() {
		a.Statements = append(a.Statements, s)
	}
	f.Add(spoken(f, &pairpb.Message{Body: &pairpb.Message_Admission{Admission: a}}))
	f.Add(spoken(f, &pairpb.Message{Body: &pairpb.Message_Admission{Admission: &pairpb.Admission{Statements: make([][]byte, 100_000)}}}))
	home := h2.Home()
	f.Fuzz(func(t *testing.T, b []byte) {
		formattest.Bounded(t, rosterMemory, func() {
			x := &joining{stream: newStream(&script{in: bytes.NewReader(b), out: &bytes.Buffer{}}, ""), cfg: h2.config(NewCode()), peer: h1.Self()}
			x.pair.home = h1.Home()
			if err := x.join(); err == nil || h2.Home() != home {
				t.Errorf("joined without an admission: %v", err)
			}
		})
	})
}

func FuzzCode(f *testing.F) {
	f.Add("k7 4mp-x2r")
	f.Add("OIL-234\u2212 5_6")
	f.Fuzz(func(t *testing.T, s string) {
		formattest.Bounded(t, 4096+8*uint64(len(s)), func() {
			c, err := ParseCode(s)
			if err != nil {
				return
			}
			if again, err := ParseCode(c.String()); err != nil || again != c || len(c.Nameplate()) != nameplateLen {
				t.Errorf("%q became %v, then %v (%v)", s, c, again, err)
			}
		})
	})
}

// script is a peer that says what it says.
type script struct {
	in  *bytes.Reader
	out *bytes.Buffer
}

func (s *script) Read(b []byte) (int, error)    { return s.in.Read(b) }
func (s *script) Write(b []byte) (int, error)   { return s.out.Write(b) }
func (s *script) Close() error                  { return nil }
func (s *script) SetDeadline(_ time.Time) error { return nil }

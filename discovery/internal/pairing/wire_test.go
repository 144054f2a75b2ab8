package pairing

import (
	"bytes"
	"errors"
	"net"
	"testing"
	"time"

	"homeroll/discovery/internal/pairing/internal/pairpb"
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

func FuzzServe(f *testing.F) {
	seed, err := encode(&pairpb.JoinHello{Oldest: 1, Newest: 1, Nonce: newNonce()})
	if err != nil {
		f.Fatal(err)
	}
	var b bytes.Buffer
	if err := newStream(&script{out: &b}, "").send(&pairpb.Message{Body: &pairpb.Message_Join{Join: seed}}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte{0x80, 0x80, 0x40})
	h1 := newDevice(f, 1, "fuzzed")
	stranger := newSigner(9).Device()
	f.Fuzz(func(t *testing.T, b []byte) {
		inv, _ := h1.invite()
		err := inv.Serve(t.Context(), &script{in: bytes.NewReader(b), out: &bytes.Buffer{}}, stranger, "a")
		if err == nil || h1.IsMember(stranger) {
			t.Errorf("noise joins: %v", err)
		}
	})
}

func FuzzJoin(f *testing.F) {
	f.Add([]byte{0})
	h2 := newDevice(f, 2, "fuzzed")
	home, peer := h2.Home(), newSigner(9).Device()
	f.Fuzz(func(t *testing.T, b []byte) {
		_, err := Join(t.Context(), &script{in: bytes.NewReader(b), out: &bytes.Buffer{}}, peer, h2.config(NewCode()))
		if err == nil || h2.Home() != home {
			t.Errorf("noise is joined: %v", err)
		}
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

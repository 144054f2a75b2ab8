package discovery

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"homeroll/discovery/internal/wire"
	"homeroll/store/media"
)

// relay is someone in the middle: a device of its own identity to each side,
// which ends their TLS and passes on what they say on their streams.
type relay struct {
	id      *wire.Identity
	device  media.Device
	target  *testHost
	rewrite func(b []byte, toTarget bool) []byte
	l       net.Listener
	work    sync.WaitGroup
}

func newRelay(t *testing.T, target *testHost) *relay {
	t.Helper()
	cfg := newConfig(t, "relay")
	self, err := loadIdentity(cfg.State, cfg.Log)
	if err != nil {
		t.Fatal(err)
	}
	id, err := wire.NewIdentity(self.key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{id: id, device: self.Device(), target: target, l: l, rewrite: func(b []byte, _ bool) []byte { return b }}
	ctx, cancel := context.WithCancel(context.Background())
	r.work.Go(func() { r.serve(ctx) })
	t.Cleanup(func() { cancel(); l.Close(); r.work.Wait() })
	return r
}

func (r *relay) serve(ctx context.Context) {
	for {
		conn, err := r.l.Accept()
		if err != nil {
			return
		}
		r.work.Go(func() { r.pass(ctx, conn) })
	}
}

// pass serves one victim.
func (r *relay) pass(ctx context.Context, conn net.Conn) {
	purse := wire.NewPurse(memberMemory)
	in, err := wire.Secure(ctx, conn, wire.Handshake{Identity: r.id, Purse: purse})
	if err != nil {
		return
	}
	defer in.Close()
	defer context.AfterFunc(ctx, func() { in.Close() })()
	raw, err := net.Dial("tcp", r.target.addr())
	if err != nil {
		return
	}
	out, err := wire.Secure(ctx, raw, wire.Handshake{Identity: r.id, Dialed: true, Purse: purse})
	if err != nil {
		return
	}
	defer out.Close()
	var streams sync.WaitGroup
	defer streams.Wait()
	for {
		from, err := in.Accept()
		if err != nil {
			out.Close()
			return
		}
		streams.Go(func() {
			a, err := from.Negotiate(func(string) bool { return true })
			if err != nil {
				return
			}
			b, err := out.Open(ctx, a.Protocol)
			if err != nil {
				_ = a.Reset()
				return
			}
			streams.Go(func() { r.copy(a, b, false) })
			r.copy(b, a, true)
		})
	}
}

func (r *relay) copy(to, from *wire.Stream, toTarget bool) {
	defer to.CloseWrite()
	b := make([]byte, 64<<10)
	for {
		n, err := from.Read(b)
		if _, werr := to.Write(r.rewrite(bytes.Clone(b[:n]), toTarget)); werr != nil || err != nil {
			if err != nil && !errors.Is(err, io.EOF) {
				_ = to.Reset()
			}
			return
		}
	}
}

// Whoever ends TLS between two devices under an identity of its own is
// refused, though the code is right, and both sides read why.
func TestARelayIsRefused(t *testing.T) {
	rows := []struct {
		name  string
		want  error
		words string
		bend  func(r *relay, inviter, joiner media.Device)
	}{
		{"that passes all on", ErrRelay, "someone is in the middle", func(*relay, media.Device, media.Device) {}},
		{"that rewrites who is who", ErrWrongCode, "wrong code", func(r *relay, inviter, joiner media.Device) {
			r.rewrite = func(b []byte, toTarget bool) []byte {
				// Each side hears that the relay is who it speaks to, and is spoken to.
				sender, receiver := joiner, inviter
				if !toTarget {
					sender, receiver = inviter, joiner
				}
				mark := bytes.Repeat([]byte{0xff}, len(r.device)) // as long, for lengths go before
				b = bytes.ReplaceAll(b, []byte(r.device), mark)
				b = bytes.ReplaceAll(b, []byte(sender), []byte(r.device))
				return bytes.ReplaceAll(b, mark, []byte(receiver))
			}
		}},
		{"that hides the inviter's claims alone", ErrRelay, "someone is in the middle", func(r *relay, inviter, joiner media.Device) {
			r.rewrite = func(b []byte, toTarget bool) []byte {
				if toTarget {
					return b
				}
				return bytes.ReplaceAll(b, []byte(inviter), []byte(r.device))
			}
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			a, b := startHost(t, "a"), startHost(t, "b")
			r := newRelay(t, a)
			row.bend(r, a.Device(), b.Device())
			attempts := make(chan string, 8)
			code, _ := a.invite(t, t.Context(), func(from, what string) { attempts <- from + ": " + what })
			_, err := b.Join(t.Context(), JoinRequest{Code: code, At: r.l.Addr().String()})
			if !errors.Is(err, row.want) || !strings.Contains(err.Error(), row.words) {
				t.Errorf("the joiner reads: %v", err)
			}
			if said := <-attempts; !strings.HasPrefix(said, "127.0.0.1: "+row.words) {
				t.Errorf("the inviter reads: %s", said)
			}
			for _, h := range []*testHost{a, b} {
				if len(h.Members()) != 1 || h.isMember(r.device) {
					t.Errorf("members of %s: %v", h.cfg.Name, h.Members())
				}
			}
			// Without the relay the same code still works.
			if _, err := b.Join(t.Context(), JoinRequest{Code: code, At: a.addr()}); err != nil {
				t.Error(err)
			}
		})
	}
}

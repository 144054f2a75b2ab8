package pairing

import (
	"crypto/rand"
	"net"
	"os"
	"testing"

	"homeroll/discovery/internal/cpace"
	"homeroll/discovery/internal/pairing/internal/pairpb"
	"homeroll/store/media"
)

func removeAll(dir string) error { return os.RemoveAll(dir) }

// guessAndAbort is an attacker's exchange: it sends one guess and hangs up
// without waiting for the answer. It reports whether it came to that.
func guessAndAbort(t *testing.T, conn net.Conn, inviter, self media.Device, nameplate string) bool {
	defer conn.Close()
	s := newStream(conn, "evil")
	nonce := newNonce()
	join, err := encode(&pairpb.JoinHello{
		Oldest: 1, Newest: 1, Self: string(self), Peer: string(inviter), Nameplate: nameplate, Nonce: nonce,
	})
	if err != nil {
		t.Error(err)
		return false
	}
	if s.send(&pairpb.Message{Body: &pairpb.Message_Join{Join: join}}) != nil {
		_, _ = s.receive(maxMessage)
		return false
	}
	m, err := s.receive(maxMessage)
	if err != nil {
		return false
	}
	hello, err := parseInvite(m)
	if err != nil {
		t.Error(err)
		return false
	}
	p := pair{inviter, self, media.Home(hello.Home), join, m.GetInvite().Hello, append(nonce, hello.Nonce...)}
	party, err := p.party(cpace.Responder, Code{nameplate, "GUESS" + rand.Text()[:1]})
	if err != nil {
		t.Error(err)
		return false
	}
	session, err := party.Finish(m.GetInvite().Share, nil)
	if err != nil {
		t.Error(err)
		return false
	}
	proof := &pairpb.Confirm{Share: party.Share(), Tag: session.Tag()}
	return s.send(&pairpb.Message{Body: &pairpb.Message_Confirm{Confirm: proof}}) == nil
}

package pairing

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"homeroll/discovery/internal/cpace"
	"homeroll/discovery/internal/pairing/internal/pairpb"
	"homeroll/store/media"
)

// Versions of the protocol that this program speaks.
const (
	oldestVersion = 1
	newestVersion = 1
)

const nonceLen = 32

// purpose keeps keys of this protocol apart from all others.
const purpose = "homeroll pair 1"

// pair is who talks to whom, as the transport of this side authenticated it,
// and both hellos as they travelled.
type pair struct {
	inviter, joiner media.Device
	home            media.Home
	join, invite    []byte // encoded hellos
	nonces          []byte // the joiner's, then the inviter's
}

// party returns this side's part of CPace. The hellos are in the channel, so
// that whoever changes a version or an ID on the way changes the key.
func (p pair) party(role cpace.Role, code Code) (*cpace.Party, error) {
	return cpace.New(role, cpace.Input{
		Secret:  []byte(code.nameplate + code.secret),
		Channel: p.channel(),
		Session: p.nonces,
	})
}

// channel is the draft's CI: each part behind its length.
func (p pair) channel() (ci []byte) {
	for _, part := range [][]byte{[]byte(purpose), []byte(p.inviter), []byte(p.joiner), p.home[:], p.join, p.invite} {
		ci = binary.AppendUvarint(ci, uint64(len(part)))
		ci = append(ci, part...)
	}
	return ci
}

func newNonce() []byte {
	b := make([]byte, nonceLen)
	_, _ = rand.Read(b) // never fails
	return b
}

// claims compares what a hello says of the two ends with what the transport
// says. An honest peer with a relay in between shows here; a relay that
// rewrites hellos shows as a wrong code.
func claims(self, peer string, me, them media.Device) error {
	if self != string(them) || peer != string(me) {
		return fmt.Errorf("%w: it connects %s, the other device says it is another", ErrRelay, them.Short())
	}
	return nil
}

func parseJoin(m *pairpb.Message) (*pairpb.JoinHello, error) {
	hello := &pairpb.JoinHello{}
	if m.GetJoin() == nil {
		return nil, unexpected(m)
	}
	if err := proto.Unmarshal(m.GetJoin(), hello); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAborted, err)
	}
	if len(hello.Nonce) != nonceLen {
		return nil, fmt.Errorf("%w: bad nonce", ErrAborted)
	}
	return hello, nil
}

// chooseVersion returns the newest version that both speak.
func chooseVersion(h *pairpb.JoinHello) (uint32, error) {
	v := min(newestVersion, h.Newest)
	if v < max(oldestVersion, h.Oldest) {
		return 0, fmt.Errorf("%w: the other device runs homeroll %q", ErrVersion, printable(h.Program))
	}
	return v, nil
}

func parseInvite(m *pairpb.Message) (*pairpb.InviteHello, error) {
	hello := &pairpb.InviteHello{}
	if m.GetInvite() == nil {
		return nil, unexpected(m)
	}
	if err := proto.Unmarshal(m.GetInvite().Hello, hello); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAborted, err)
	}
	switch {
	case hello.Version < oldestVersion || hello.Version > newestVersion:
		return nil, fmt.Errorf("%w: the other device runs homeroll %q", ErrVersion, printable(hello.Program))
	case len(hello.Nonce) != nonceLen || len(hello.Home) != len(media.Home{}):
		return nil, fmt.Errorf("%w: bad nonce or home", ErrAborted)
	}
	return hello, nil
}

// finish takes the peer's share. A bad one is an attack like any wrong code.
func finish(p *cpace.Party, share []byte) (*cpace.Session, error) {
	s, err := p.Finish(share, nil)
	if errors.Is(err, cpace.ErrShare) {
		return nil, fmt.Errorf("%w: %w", ErrWrongCode, err)
	}
	return s, err
}

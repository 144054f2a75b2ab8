// Package admit is the protocol by which two devices that meet prove to each
// other that they belong to one home: the side that opened the stream presents
// the signed chain of its admission, the other judges it by its own roster and
// presents its own. It is also how a device that was removed is told so, and
// how one that has left tells it.
//
// A receiver gives a stranger nothing: not the name of its home, nor who is of
// it. The host runs [Present] on each new connection before anything else, and
// [Receive] for whoever asks.
package admit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/proto"

	"homeroll/discovery/internal/admit/internal/admitpb"
	"homeroll/discovery/internal/roster"
	"homeroll/store/media"
)

//go:generate protoc -I internal/admitpb --go_out=internal/admitpb --go_opt=paths=source_relative internal/admitpb/admit.proto

// Protocol names it, with its limits.
const (
	Protocol   = "/homeroll/admit/1"
	MaxMessage = 8 << 10 // bytes
	Timeout    = 2 * time.Second
)

// Errors; both sides return one of them, or one of the stream's, unless both
// are members of one home.
var (
	ErrRemoved     = errors.New("this device was removed from the home") // proved; its roster says so now
	ErrPeerRemoved = errors.New("that device does not belong to the home any more")
	ErrStranger    = errors.New("that device is not of this home")
)

// Conn is a stream to a peer that the transport authenticated.
type Conn interface {
	io.ReadWriteCloser
	SetDeadline(time.Time) error
}

// Present opens the exchange. It returns nil when each is a member in the
// other's eyes, and both rosters know it. It sets the deadline; the caller
// closes conn.
func Present(conn Conn, r *roster.Roster, peer media.Device) error {
	s, err := newSide(conn, r, peer)
	if err != nil {
		return err
	}
	return s.wrap(s.present())
}

// Receive answers Present, under the same contract.
func Receive(conn Conn, r *roster.Roster, peer media.Device) error {
	s, err := newSide(conn, r, peer)
	if err != nil {
		return err
	}
	return s.wrap(s.receive())
}

type side struct {
	conn   Conn
	read   *bufio.Reader
	roster *roster.Roster
	peer   media.Device
}

func newSide(conn Conn, r *roster.Roster, peer media.Device) (*side, error) {
	if err := conn.SetDeadline(time.Now().Add(Timeout)); err != nil {
		return nil, fmt.Errorf("admission: %w", err)
	}
	return &side{conn: conn, read: bufio.NewReader(conn), roster: r, peer: peer}, nil
}

func (s *side) wrap(err error) error {
	if err != nil {
		return fmt.Errorf("admission with %s: %w", s.peer.Short(), err)
	}
	return nil
}

func (s *side) present() error {
	chain, err := s.ownChain()
	if err != nil {
		return err
	}
	home := s.roster.Home()
	if err := s.send(&admitpb.Claim{Home: home[:], Chain: chain}); err != nil {
		return err
	}
	var v admitpb.Verdict
	if err := s.get(&v); err != nil {
		return err
	}
	if v.Status != admitpb.Verdict_WELCOME {
		return s.turnedAway(&v)
	}
	mine, err := s.judge(v.Statements)
	return errors.Join(err, s.send(mine))
}

func (s *side) receive() error {
	var claim admitpb.Claim
	if err := s.get(&claim); err != nil {
		return err
	}
	mine, err := s.answer(&claim)
	if sent := s.send(mine); sent != nil || err != nil {
		return errors.Join(err, sent)
	}
	var v admitpb.Verdict
	if err := s.get(&v); err != nil {
		return err
	}
	if v.Status != admitpb.Verdict_WELCOME {
		return s.turnedAway(&v)
	}
	return nil
}

// answer judges a claim and returns what to say, and the error to end with.
func (s *side) answer(claim *admitpb.Claim) (*admitpb.Verdict, error) {
	home := s.roster.Home()
	if string(claim.Home) != string(home[:]) {
		return s.otherHome(claim.Home)
	}
	chain, err := s.ownChain()
	if errors.Is(err, ErrRemoved) {
		proof := s.roster.ProofOfRemoval(s.roster.Self())
		return verdict(admitpb.Verdict_LEFT, proof), err
	}
	if err != nil {
		return verdict(admitpb.Verdict_STRANGER, nil), err
	}
	v, err := s.judge(claim.Chain)
	if err == nil {
		v.Statements = chain
	}
	return v, err
}

func (s *side) otherHome(claimed []byte) (*admitpb.Verdict, error) {
	if len(claimed) == len(media.Home{}) {
		if proof := s.roster.Farewell(media.Home(claimed)); proof != nil {
			return verdict(admitpb.Verdict_LEFT, proof), fmt.Errorf("%w: it is of a home that this device has left", ErrStranger)
		}
	}
	return verdict(admitpb.Verdict_STRANGER, nil), ErrStranger
}

// judge takes the peer's chain, and returns the verdict on it and its error.
func (s *side) judge(chain [][]byte) (*admitpb.Verdict, error) {
	removal, err := s.roster.Introduce(s.peer, statements(chain))
	switch {
	case err == nil:
		return verdict(admitpb.Verdict_WELCOME, nil), nil
	case errors.Is(err, roster.ErrRemoved):
		return verdict(admitpb.Verdict_REMOVED, removal), fmt.Errorf("%w: %w", ErrPeerRemoved, err)
	default:
		return verdict(admitpb.Verdict_STRANGER, nil), fmt.Errorf("%w: %w", ErrStranger, err)
	}
}

// turnedAway learns from a verdict that is no welcome. What it says of this
// device or the peer is believed only as far as its statements prove it, and
// only from a member: a removed device could still sign removals of its own,
// dated back, and would find here who takes them.
func (s *side) turnedAway(v *admitpb.Verdict) error {
	if s.roster.IsMember(s.peer) {
		_, _ = s.roster.Merge(statements(v.Statements)) // the valid ones count
	}
	switch {
	case v.Status == admitpb.Verdict_REMOVED && !s.roster.IsMember(s.roster.Self()):
		return ErrRemoved
	case v.Status == admitpb.Verdict_LEFT && !s.roster.IsMember(s.peer):
		return ErrPeerRemoved
	}
	return fmt.Errorf("%w: it answers %v", ErrStranger, v.Status)
}

func (s *side) ownChain() ([][]byte, error) {
	chain, err := s.roster.Chain(s.roster.Self())
	if errors.Is(err, roster.ErrNotMember) {
		return nil, ErrRemoved
	}
	return raw(chain), err
}

func verdict(status admitpb.Verdict_Status, proof []roster.Statement) *admitpb.Verdict {
	v := &admitpb.Verdict{Status: status, Statements: raw(proof)}
	if proto.Size(v) > MaxMessage {
		v.Statements = nil
	}
	return v
}

func (s *side) send(m proto.Message) error {
	if n := proto.Size(m); n > MaxMessage {
		return fmt.Errorf("chain of admissions too long: %d bytes", n)
	}
	var b bytes.Buffer // one write a message
	if _, err := protodelim.MarshalTo(&b, m); err != nil {
		return err
	}
	_, err := s.conn.Write(b.Bytes())
	return err
}

func (s *side) get(m proto.Message) error {
	err := protodelim.UnmarshalOptions{MaxSize: MaxMessage}.UnmarshalFrom(s.read, m)
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func statements(in [][]byte) []roster.Statement {
	out := make([]roster.Statement, len(in))
	for i, b := range in {
		out[i] = b
	}
	return out
}

func raw(in []roster.Statement) [][]byte {
	out := make([][]byte, len(in))
	for i, s := range in {
		out[i] = s
	}
	return out
}

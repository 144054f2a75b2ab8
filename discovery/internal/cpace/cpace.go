// Package cpace is the password-authenticated key exchange CPace, in the suite
// CPACE-X25519-SHA512 of draft-irtf-cfrg-cpace-21, initiator-responder setting,
// with the draft's explicit key confirmation (section 9.4). Two parties that
// hold the same low-entropy secret and agree on channel identifier and session
// get the same key; any other peer learns one wrong guess and nothing else.
//
// Start with [New]. The package does no I/O, and refuses to show anything
// derived from the secret but the key itself.
package cpace

import (
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha512"
	"errors"
	"fmt"
)

// ShareSize and TagSize are the lengths in bytes of what the parties send.
const (
	ShareSize = 32
	TagSize   = sha512.Size
)

// ErrShare reports a public share that no honest peer sends: of another length,
// or a point of low order, for which every secret would give the same key
// (section 7.2 of the draft: abort).
var ErrShare = errors.New("invalid CPace share")

// Role says which side of the ordered transcript a party is.
type Role int

// The draft's party A is the initiator, B the responder.
const (
	Initiator Role = iota
	Responder
)

// Input is what both parties must agree on, except AD, which is a party's own.
type Input struct {
	Secret  []byte // PRS
	Channel []byte // CI: who talks to whom, and what for
	Session []byte // sid: fresh for each exchange, with parts from both
	AD      []byte // associated data, sent in the clear with the share
}

// Party is one side of one exchange. Not safe for concurrent use.
type Party struct {
	role   Role
	in     Input
	scalar *ecdh.PrivateKey
	share  []byte
}

// New draws a fresh scalar and computes the public share.
func New(role Role, in Input) (*Party, error) {
	scalar, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("draw CPace scalar: %w", err)
	}
	return newParty(role, in, scalar)
}

func newParty(role Role, in Input, scalar *ecdh.PrivateKey) (*Party, error) {
	share, err := scalarMult(scalar, calculateGenerator(in.Secret, in.Channel, in.Session))
	if err != nil {
		return nil, fmt.Errorf("compute CPace share: %w", err)
	}
	return &Party{role: role, in: in, scalar: scalar, share: share}, nil
}

// Share returns the public share to send, [ShareSize] bytes.
func (p *Party) Share() []byte { return p.share }

// Finish takes the peer's share and associated data. The error is [ErrShare]
// if the share must be refused. A party finishes once.
func (p *Party) Finish(share, ad []byte) (*Session, error) {
	if p.scalar == nil {
		panic("cpace: Finish called twice")
	}
	k, err := scalarMult(p.scalar, share)
	p.scalar = nil
	if err != nil {
		return nil, err
	}
	mine, theirs := lvCat(p.share, p.in.AD), lvCat(share, ad)
	a, b := mine, theirs
	if p.role == Responder {
		a, b = theirs, mine
	}
	key := isk(p.in.Session, k, append(append([]byte{}, a...), b...))
	return &Session{key: key, macKey: macKey(p.in.Session, key), mine: mine, theirs: theirs}, nil
}

// Session is a finished exchange. Nothing is proven until the peer's tag is.
type Session struct {
	key, macKey, mine, theirs []byte
}

// Key returns the shared key (ISK), 64 bytes.
func (s *Session) Key() []byte { return s.key }

// Tag returns this party's key confirmation, [TagSize] bytes.
func (s *Session) Tag() []byte { return tag(s.macKey, s.mine) }

// Confirms reports whether the tag proves that the peer has the same key. A
// peer cannot pass by sending our own tag back: shares differ, and so do tags.
func (s *Session) Confirms(peer []byte) bool {
	if string(s.mine) == string(s.theirs) {
		return false
	}
	return hmac.Equal(peer, tag(s.macKey, s.theirs))
}

func tag(key, message []byte) []byte {
	m := hmac.New(sha512.New, key)
	_, _ = m.Write(message)
	return m.Sum(nil)
}

func macKey(sid, isk []byte) []byte {
	h := sha512.New()
	_, _ = h.Write([]byte("CPaceMac"))
	_, _ = h.Write(sid)
	_, _ = h.Write(isk)
	return h.Sum(nil)
}

func isk(sid, k, transcript []byte) []byte {
	sum := sha512.Sum512(append(lvCat([]byte(dsi+"_ISK"), sid, k), transcript...))
	return sum[:]
}

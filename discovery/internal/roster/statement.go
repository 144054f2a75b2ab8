package roster

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	"homeroll/discovery/internal/roster/internal/rosterpb"
	"homeroll/store/media"
)

//go:generate protoc -I internal/rosterpb --go_out=internal/rosterpb --go_opt=paths=source_relative internal/rosterpb/roster.proto

// Statement is one signed statement, as on the wire and on disk.
type Statement []byte

// ID identifies a statement: BLAKE3-256 of what is signed.
type ID [32]byte

func (id ID) compare(other ID) int { return bytes.Compare(id[:], other[:]) }

// domain keeps signatures of the roster apart from all others by the same key.
const domain = "homeroll roster 1\x00"

// Limits of what a statement may hold.
const (
	maxKnown = 400     // hashes in a Remove
	maxKey   = 128     // bytes
	maxValue = 1 << 10 // bytes
	maxEpoch = 1 << 32 // of a device, or generation of a value
)

// incarnation is a device in one of its admissions: what it signs counts, or
// not, by the admission under which it signed.
type incarnation struct {
	device media.Device
	epoch  uint64
}

// statement is a decoded one whose signature is good.
type statement struct {
	id   ID
	raw  Statement // re-encoded, so that one statement has one form
	by   incarnation
	time time.Time
	body any // found, admit, countersign, remove, set; nil: a kind of a later version
}

type (
	found struct{ name string }
	admit struct {
		who  incarnation
		name string
	}
	countersign struct{ admission ID }
	remove      struct {
		who   incarnation // and earlier epochs
		known []ID        // sorted
	}
	set struct {
		key, value string
		generation uint64
	}
)

// decodeStatement checks form and signature; whether the author has a say is
// not a property of a single statement. Errors are [ErrStatement],
// [ErrOtherHome] or [media.ErrSignature].
func decodeStatement(raw Statement, home media.Home) (*statement, error) {
	if len(raw) > MaxStatement {
		return nil, fmt.Errorf("%w: %d bytes", ErrStatement, len(raw))
	}
	var signed rosterpb.Statement
	var core rosterpb.Core
	if err := proto.Unmarshal(raw, &signed); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStatement, err)
	}
	if err := proto.Unmarshal(signed.Core, &core); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStatement, err)
	}
	author, err := deviceOf(core.Author)
	if err != nil {
		return nil, err
	}
	s := &statement{
		id:   media.Sum(signed.Core),
		by:   incarnation{author, core.Epoch},
		time: time.Unix(core.Time, 0).UTC(),
	}
	if s.body, err = bodyOf(&core); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStatement, err)
	}
	if err := checkHome(s, core.Home, home); err != nil {
		return nil, err
	}
	if err := author.Verify(append([]byte(domain), signed.Core...), signed.Sig); err != nil {
		return nil, err
	}
	s.raw, err = marshal(&rosterpb.Statement{Core: signed.Core, Sig: signed.Sig})
	return s, err
}

// sign makes a statement of self's.
func sign(self media.Signer, core *rosterpb.Core, home media.Home) (*statement, error) {
	key, err := self.Device().Key()
	if err != nil {
		return nil, err
	}
	core.Author = key
	if core.GetFound() == nil {
		core.Home = home[:]
	}
	b, err := marshal(core)
	if err != nil {
		return nil, err
	}
	if core.GetFound() != nil {
		home = media.HomeOf(b)
	}
	raw, err := marshal(&rosterpb.Statement{Core: b, Sig: self.Sign(append([]byte(domain), b...))})
	if err != nil {
		return nil, err
	}
	return decodeStatement(raw, home)
}

func checkHome(s *statement, stated []byte, home media.Home) error {
	if _, ok := s.body.(found); ok {
		if len(stated) != 0 || s.by.epoch != 1 {
			return fmt.Errorf("%w: founding", ErrStatement)
		}
		if media.Home(s.id) != home {
			return ErrOtherHome
		}
		return nil
	}
	if !bytes.Equal(stated, home[:]) {
		return ErrOtherHome
	}
	return nil
}

func bodyOf(core *rosterpb.Core) (any, error) {
	if core.Epoch < 1 || core.Epoch > maxEpoch {
		return nil, errors.New("epoch out of range")
	}
	switch b := core.Body.(type) {
	case *rosterpb.Core_Found:
		if len(b.Found.GetNonce()) != 16 {
			return nil, errors.New("bad nonce")
		}
		return found{b.Found.GetName()}, ValidName(b.Found.GetName())
	case *rosterpb.Core_Admit:
		who, err := incarnationOf(b.Admit.GetDevice(), b.Admit.GetEpoch())
		if err != nil {
			return nil, err
		}
		return admit{who, b.Admit.GetName()}, ValidName(b.Admit.GetName())
	case *rosterpb.Core_Countersign:
		id, err := idOf(b.Countersign.GetAdmission())
		return countersign{id}, err
	case *rosterpb.Core_Remove:
		return removeOf(b.Remove)
	case *rosterpb.Core_Set:
		s := set{b.Set.GetKey(), b.Set.GetValue(), b.Set.GetGeneration()}
		return s, s.check()
	}
	return nil, nil
}

func removeOf(m *rosterpb.Remove) (any, error) {
	who, err := incarnationOf(m.GetDevice(), m.GetEpoch())
	if err != nil {
		return nil, err
	}
	if len(m.GetKnown()) > maxKnown {
		return nil, errors.New("too many known statements")
	}
	r := remove{who: who, known: make([]ID, len(m.GetKnown()))}
	for i, b := range m.GetKnown() {
		if r.known[i], err = idOf(b); err != nil {
			return nil, err
		}
	}
	if !slices.IsSortedFunc(r.known, ID.compare) {
		return nil, errors.New("known statements out of order")
	}
	return r, nil
}

// namePrefix begins the key of a device's friendly name.
const namePrefix = "name/"

func (s set) check() error {
	if s.key == "" || len(s.key) > maxKey || len(s.value) > maxValue || !utf8.ValidString(s.key) || !utf8.ValidString(s.value) {
		return errors.New("bad key or value")
	}
	if s.generation < 1 || s.generation > maxEpoch {
		return errors.New("generation out of range")
	}
	if strings.HasPrefix(s.key, namePrefix) {
		return ValidName(s.value)
	}
	return nil
}

// supersedes orders the values of one key.
func (s *statement) supersedes(t *statement) bool {
	a, b := s.body.(set).generation, t.body.(set).generation
	if a != b {
		return a > b
	}
	return s.id.compare(t.id) > 0
}

func incarnationOf(key []byte, epoch uint64) (incarnation, error) {
	d, err := deviceOf(key)
	if err == nil && (epoch < 1 || epoch > maxEpoch) {
		err = errors.New("epoch out of range")
	}
	return incarnation{d, epoch}, err
}

func deviceOf(key []byte) (media.Device, error) {
	if len(key) != ed25519.PublicKeySize {
		return "", fmt.Errorf("%w: key of %d bytes", ErrStatement, len(key))
	}
	return media.DeviceOf(key), nil
}

func idOf(b []byte) (ID, error) {
	if len(b) != len(ID{}) {
		return ID{}, fmt.Errorf("hash of %d bytes", len(b))
	}
	return ID(b), nil
}

func marshal(m proto.Message) ([]byte, error) {
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode roster: %w", err)
	}
	return b, nil
}

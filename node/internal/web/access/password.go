package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// Bounds of a password: characters at least, bytes at most.
const (
	minPassword = 8
	maxPassword = 1024
)

// Cost is what one look at a password takes: argon2id's parameters.
type Cost struct {
	Passes  uint32 `json:"passes"`
	Memory  uint32 `json:"memory"` // KiB
	Threads uint8  `json:"threads"`
}

// DefaultCost is the second choice of RFC 9106, section 4, for where memory is
// short: 64 MiB.
var DefaultCost = Cost{Passes: 3, Memory: 64 << 10, Threads: 4}

// most is what a record may ask for, so that a damaged one cannot take all
// memory.
var most = Cost{Passes: 16, Memory: 256 << 10, Threads: 16}

// Bytes of a salt and of a hash.
const (
	saltSize = 16
	hashSize = 32
)

// passwordHash is what is kept of a password.
type passwordHash struct {
	Cost Cost      `json:"argon2id"`
	Salt []byte    `json:"salt"`
	Hash []byte    `json:"hash"`
	Set  time.Time `json:"set"`
}

func (h *passwordHash) check() error {
	c := h.Cost
	if c.Passes < 1 || c.Threads < 1 || c.Memory < 8*uint32(c.Threads) || c.Passes > most.Passes || c.Memory > most.Memory || c.Threads > most.Threads ||
		len(h.Salt) != saltSize || len(h.Hash) != hashSize {
		return errors.New("its password has parameters that this version does not take")
	}
	return nil
}

func checkPassword(password string) error {
	if utf8.RuneCountInString(password) < minPassword {
		return ErrShort
	}
	if len(password) > maxPassword {
		return ErrLong
	}
	return nil
}

// waiting is how many looks at passwords may wait for the one that runs.
const waiting = 4

// hashing lets one look at a password run at a time, for its memory.
type hashing struct {
	running chan struct{} // holds a token while one runs
	queue   chan struct{} // holds a token for each that runs or waits
}

func newHashing() hashing {
	return hashing{make(chan struct{}, 1), make(chan struct{}, 1+waiting)}
}

// derive computes a hash when it is its turn.
func (h hashing) derive(ctx context.Context, c Cost, salt []byte, password string) ([]byte, error) {
	select {
	case h.queue <- struct{}{}:
		defer func() { <-h.queue }()
	default:
		return nil, &ThrottledError{time.Second}
	}
	select {
	case h.running <- struct{}{}:
		defer func() { <-h.running }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	// The same text may reach us composed or decomposed, by the keyboard.
	return argon2.IDKey(norm.NFC.Bytes([]byte(password)), salt, c.Passes, c.Memory, c.Threads, hashSize), nil
}

func (h hashing) make(ctx context.Context, c Cost, password string) (*passwordHash, error) {
	made := &passwordHash{Cost: c, Salt: make([]byte, saltSize), Set: time.Now().UTC().Truncate(time.Second)}
	_, _ = rand.Read(made.Salt) // never fails
	var err error
	if made.Hash, err = h.derive(ctx, c, made.Salt, password); err != nil {
		return nil, fmt.Errorf("hash password: %w", err)
	}
	return made, nil
}

func (h hashing) matches(ctx context.Context, kept *passwordHash, password string) (bool, error) {
	hash, err := h.derive(ctx, kept.Cost, kept.Salt, password)
	if err != nil {
		return false, fmt.Errorf("check password: %w", err)
	}
	return subtle.ConstantTimeCompare(hash, kept.Hash) == 1, nil
}

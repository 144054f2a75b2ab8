// Package access decides who may use the page: the password of the home's
// people, the sessions of their browsers, one-time links and the token of the
// first set-up, and how often somebody may try.
//
// Start with [Keeper]. What must outlive a restart is one file, which holds no
// secret that could be used: of the password and of sessions it has hashes
// alone. Links and the set-up token live in memory.
package access

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"
)

// What callers branch on.
var (
	ErrWrong      = errors.New("that is not right")
	ErrNoPassword = errors.New("no password has been set yet")
	ErrSetUp      = errors.New("a password has been set already")
	ErrShort      = fmt.Errorf("a password has at least %d characters", minPassword)
	ErrLong       = fmt.Errorf("a password has at most %d bytes", maxPassword)
)

// ThrottledError refuses a try because there were too many.
type ThrottledError struct{ Wait time.Duration }

func (e *ThrottledError) Error() string {
	return "too many wrong tries: wait " + e.Wait.Round(time.Second).String()
}

// Hint says what to do.
func (e *ThrottledError) Hint() string {
	return "wait, or run homeroll open on the device itself for a link that signs you in"
}

// Config is what a Keeper is made of.
type Config struct {
	File string           // where it keeps what must outlive a restart; its directory is made
	Now  func() time.Time // nil = time.Now
	Cost Cost             // of a password; zero = DefaultCost
	Log  *slog.Logger
}

// Keeper knows who may come in. Its methods may be called concurrently.
type Keeper struct {
	cfg    Config
	hashes hashing

	mu       sync.Mutex
	kept     record
	throttle throttle
	guests   throttle // of Unseal
	links    links
	setup    string // token; "" once a password is set
}

// Open reads what an earlier Keeper kept.
func Open(cfg Config) (*Keeper, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Cost == (Cost{}) {
		cfg.Cost = DefaultCost
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	kept, err := readRecord(cfg.File)
	if errors.Is(err, errDamaged) {
		cfg.Log.Error("nobody is signed in to the page any more, and its password must be set anew", "error", err)
		kept, err = record{Version: version}, setAside(cfg.File)
	}
	if err != nil {
		return nil, err
	}
	k := &Keeper{cfg: cfg, hashes: newHashing(), kept: kept}
	if kept.Instance == "" {
		k.kept.Instance = randomHex(4)
		if err := writeRecord(cfg.File, k.kept); err != nil {
			return nil, err
		}
	}
	if kept.Password == nil {
		k.setup = newSetupToken()
	}
	return k, nil
}

// Instance tells this device's cookies from those of others: browsers keep
// them by host alone, whatever the port.
func (k *Keeper) Instance() string { return k.kept.Instance }

// HasPassword reports whether the first set-up has been done.
func (k *Keeper) HasPassword() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.kept.Password != nil
}

// SetupToken returns what the first set-up is proved with, "" once it is done.
func (k *Keeper) SetupToken() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.setup
}

// SignIn checks a password that somebody at an address gave. The error is
// ErrWrong, ErrNoPassword or a *ThrottledError.
func (k *Keeper) SignIn(ctx context.Context, from netip.Addr, password string) error {
	k.mu.Lock()
	hash := k.kept.Password
	k.mu.Unlock()
	if hash == nil {
		return ErrNoPassword
	}
	return k.try(ctx, from, func() (bool, error) {
		if len(password) > maxPassword {
			return false, nil
		}
		return k.hashes.matches(ctx, hash, password)
	})
}

// SetUp sets the first password, proved by the set-up token. The error may be
// ErrSetUp, ErrWrong, ErrShort, ErrLong or a *ThrottledError.
func (k *Keeper) SetUp(ctx context.Context, from netip.Addr, token, password string) error {
	if k.HasPassword() {
		return ErrSetUp
	}
	if err := checkPassword(password); err != nil {
		return err
	}
	err := k.try(ctx, from, func() (bool, error) { return sameToken(token, k.SetupToken()), nil })
	if err != nil {
		return err
	}
	return k.setPassword(ctx, password, func() error {
		if k.kept.Password != nil {
			return ErrSetUp
		}
		return nil
	})
}

// ChangePassword sets another password, or the first one, for somebody who is
// signed in and gave the old one; fresh is a session that a one-time link
// began lately: who can make such links may forget the old one. Other sessions
// end.
func (k *Keeper) ChangePassword(ctx context.Context, from netip.Addr, s Session, old, password string) error {
	if err := checkPassword(password); err != nil {
		return err
	}
	if k.HasPassword() && !k.fresh(s) {
		if err := k.SignIn(ctx, from, old); err != nil {
			return err
		}
	}
	if err := k.setPassword(ctx, password, func() error { return nil }); err != nil {
		return err
	}
	return k.EndOthers(s.ID)
}

// fresh reports whether a one-time link began the session a short while ago.
func (k *Keeper) fresh(s Session) bool {
	return s.By == ByLink && k.cfg.Now().Sub(s.Began) < freshFor
}

// Fresh reports whether a session may set a password without the old one.
func (k *Keeper) Fresh(s Session) bool { return k.fresh(s) }

func (k *Keeper) setPassword(ctx context.Context, password string, allowed func() error) error {
	hash, err := k.hashes.make(ctx, k.cfg.Cost, password)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := allowed(); err != nil {
		return err
	}
	next := k.kept.clone()
	next.Password = hash
	if err := k.keepLocked(next); err != nil {
		return err
	}
	k.setup = ""
	return nil
}

// try lets somebody try unless there were too many wrong tries. It is paid for
// before it is known how it ends, so that tries at once count as such.
func (k *Keeper) try(ctx context.Context, from netip.Addr, right func() (bool, error)) error {
	k.mu.Lock()
	known := k.kept.seenFrom(from, k.cfg.Now())
	wait := k.throttle.debit(from, known, k.cfg.Now())
	k.mu.Unlock()
	if wait > 0 {
		return &ThrottledError{wait}
	}
	ok, err := right()
	if err != nil {
		return err
	}
	if !ok {
		k.cfg.Log.Warn("somebody gave a wrong password or token", "from", from)
		return ErrWrong
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.throttle.forgive(from, known)
	return nil
}

// keepLocked makes a record durable and then goes by it.
func (k *Keeper) keepLocked(next record) error {
	if err := writeRecord(k.cfg.File, next); err != nil {
		return err
	}
	k.kept = next
	return nil
}

package access

import (
	"context"
	"net/netip"
)

// Sealed is what is kept of a password that opens something else than the whole
// page, such as a share link.
type Sealed struct{ passwordHash }

// Check reports parameters that this version does not take.
func (s *Sealed) Check() error { return s.check() }

// minGuestPassword is how long the password of a share is at least: it is said on
// the telephone, and its link is a secret of its own.
const minGuestPassword = 4

// Seal hashes a password for guests; ErrShort or ErrLong if it cannot be one.
func (k *Keeper) Seal(ctx context.Context, password string) (*Sealed, error) {
	if len(password) < minGuestPassword {
		return nil, ErrShort
	}
	if len(password) > maxPassword {
		return nil, ErrLong
	}
	hash, err := k.hashes.make(ctx, k.cfg.Cost, password)
	if err != nil {
		return nil, err
	}
	return &Sealed{*hash}, nil
}

// Unseal checks a password that a guest at an address gave. Guests are throttled
// apart from those who sign in, so that they keep nobody out. The error is
// ErrWrong or a *ThrottledError.
func (k *Keeper) Unseal(ctx context.Context, from netip.Addr, s *Sealed, password string) error {
	k.mu.Lock()
	wait := k.guests.debit(from, false, k.cfg.Now())
	k.mu.Unlock()
	if wait > 0 {
		return &ThrottledError{wait}
	}
	if len(password) > maxPassword {
		return ErrWrong
	}
	ok, err := k.hashes.matches(ctx, &s.passwordHash, password)
	if err != nil {
		return err
	}
	if !ok {
		k.cfg.Log.Warn("a guest gave a wrong password", "from", from)
		return ErrWrong
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.guests.forgive(from, false)
	return nil
}

package store

import (
	"context"
	"time"

	"homeroll/store/internal/vault"
)

// vaultEvery is how often the vault is looked for: no event tells that a disk
// was pulled out.
const vaultEvery = 5 * time.Second

// vaultSlot is the problem of a vault that is not there, lossSlot that of one
// that lost too much.
const (
	vaultSlot = "vault away"
	lossSlot  = "vault loss"
)

// vaultHere reports whether the vault that was opened is in its place.
func (s *Store) vaultHere() bool { return s.vault().Here() }

// VaultAway reports whether the vault is not in its place: nothing is received,
// and what it held cannot be read.
func (s *Store) VaultAway() bool { return !s.vaultHere() }

// watchVault names a vault that goes away, and has it opened and compared with
// the records when it is back. What is known of it stays as it is.
func (s *Store) watchVault(ctx context.Context) {
	for {
		switch {
		case s.VaultBusy():
		case !s.vaultHere():
			s.missVault(ctx)
		case s.lossEnds():
			s.checkAgain()
		default:
			s.finishLeftMove(ctx)
		}
		if !sleep(ctx, vaultEvery) {
			return
		}
	}
}

// finishLeftMove finishes a move that a crash interrupted.
func (s *Store) finishLeftMove(ctx context.Context) {
	if err := s.finishMove(ctx); err != nil && ctx.Err() == nil {
		s.log.Error("finish move of vault", "err", err)
	}
}

// missVault gives up a vault that is not in its place any more, so that its disk
// can go, and asks for it to be opened once it is back.
func (s *Store) missVault(ctx context.Context) {
	count, err := s.cat.VaultCount(ctx)
	if err != nil {
		return
	}
	away, err := s.lookForVault(count)
	if err != nil {
		away = err.Error()
	}
	if away == "" {
		s.checkAgain()
		return
	}
	s.raiseVaultAway(away)
	open := s.vault()
	if open.IsAbsent() {
		return
	}
	stand, err := vault.Absent(open.Dir())
	if err != nil {
		s.log.Error("give up vault", "err", err)
		return
	}
	if s.open.CompareAndSwap(open, stand) {
		if err := open.Close(); err != nil {
			s.log.Debug("close vault that is away", "err", err)
		}
	}
}

// checkAgain asks for the vault to be compared with the records.
func (s *Store) checkAgain() {
	select {
	case s.vaultBack <- struct{}{}:
	default:
	}
}

func (s *Store) raiseVaultAway(why string) {
	s.problems.raise(Problem{
		slot: vaultSlot, Path: s.vaultDirectory(), Reason: ReasonVault, Detail: why,
		Hint: "connect its disk: it goes on by itself; if the disk is lost, homeroll vault replace DIR begins a new vault",
	})
}

package store

import (
	"context"
	"time"

	"homeroll/store/internal/walk"
)

// vaultEvery is how often the vault is looked for: no event tells that a disk
// was pulled out.
const vaultEvery = 5 * time.Second

// vaultIsThere reports whether a directory is a vault.
func vaultIsThere(dir string) bool { return walk.HasMarker(dir) }

// vaultHere reports whether the vault that was opened is in its place.
func (s *Store) vaultHere() bool { return s.vault().Here() }

// watchVault names a vault that goes away, and has it compared with the records
// when it is back. What is known of it stays as it is.
func (s *Store) watchVault(ctx context.Context) {
	away := false
	for {
		switch here := s.vaultHere(); {
		case !here:
			s.raiseVaultMissing()
			away = true
		case away:
			s.problems.clear(s.vault().Dir())
			away = false
			select {
			case s.vaultBack <- struct{}{}:
			default:
			}
		}
		if !sleep(ctx, vaultEvery) {
			return
		}
	}
}

func (s *Store) raiseVaultMissing() {
	s.problems.raise(Problem{
		Path: s.vault().Dir(), Reason: ReasonVault,
		Detail: "the vault is not there: is its disk connected? What is known of it stays as it is",
		Hint:   "connect its disk; if it is connected, stop homeroll and start it again",
	})
}

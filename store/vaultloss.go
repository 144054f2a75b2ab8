package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"homeroll/store/internal/catalogue"
)

// vaultLoss is a vault of which so much is gone at once that a person is asked.
// A small loss heals itself: it is fetched again.
type vaultLoss struct {
	mu     sync.Mutex
	sample []string // some of what is gone, to see when it is back; empty = all is well
}

// lossSample is how many files are looked for.
const lossSample = 16

func (l *vaultLoss) set(gone []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sample = nil
	step := max(1, len(gone)/lossSample)
	for i := 0; i < len(gone); i += step {
		l.sample = append(l.sample, gone[i])
	}
}

func (l *vaultLoss) get() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.sample)
}

// lossEnds reports whether files that were gone are back.
func (s *Store) lossEnds() bool {
	return slices.ContainsFunc(s.loss.get(), func(p string) bool {
		_, err := s.vault().Lstat(p)
		return err == nil
	})
}

// judgeLoss decides about rows whose files are gone: they are withdrawn, and
// fetched again, unless they are too many.
func (s *Store) judgeLoss(ctx context.Context, gone []string) error {
	count, err := s.cat.VaultCount(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	l := loss{had: count.Files, gone: int64(len(gone)), lost: int64(len(gone)), recent: s.places.vault().Losses.within(now)}
	if l.massive() {
		s.loss.set(gone)
		s.problems.raise(Problem{
			slot: lossSlot, Path: s.vault().Dir(), Reason: ReasonVault,
			Detail: fmt.Sprintf("%d of the %s in the vault are gone all at once; what is known of them stays as it is", len(gone), files(count.Files)),
			Hint:   "bring them back, or have them fetched again from the other devices: homeroll vault replace " + s.vault().Dir(),
		})
		return nil
	}
	s.loss.set(nil)
	s.problems.clear(lossSlot)
	if err := s.noteLoss(int64(len(gone))); err != nil {
		return err
	}
	for _, p := range gone {
		if err := errors.Join(ctx.Err(), s.recheckRow(ctx, p, true)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) noteLoss(files int64) error {
	if files == 0 {
		return nil
	}
	return s.places.setVault(func(seen *seenVault) { seen.Losses = seen.Losses.add(time.Now(), files) })
}

// mayLose reports whether one more file may be withdrawn without looking at all
// of them together.
func (s *Store) mayLose(ctx context.Context) (bool, error) {
	count, err := s.cat.VaultCount(ctx)
	if err != nil || len(s.loss.get()) > 0 {
		return false, err
	}
	l := loss{had: count.Files, lost: 1, recent: s.places.vault().Losses.within(time.Now())}
	if l.massive() {
		s.checkAgain()
		return false, nil
	}
	return true, s.noteLoss(1)
}

// goneFromVault returns the paths of the rows whose files are gone.
func (s *Store) goneFromVault(ctx context.Context) (gone []string, err error) {
	err = s.eachVaultFile(ctx, func(f catalogue.VaultFile) error {
		if _, err := s.vault().Lstat(f.Path); err != nil && isGone(err) {
			gone = append(gone, f.Path)
		}
		return ctx.Err()
	})
	return gone, err
}

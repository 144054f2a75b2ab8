package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/disk"
	"homeroll/store/internal/vault"
	"homeroll/store/media"
)

// Replacement says what replacing the vault costs.
type Replacement struct {
	Dir   string
	Items int64 // that are no longer held, and are fetched again
	Lost  int64 // of them, no other device holds a copy
	Here  bool  // the vault that is given up is there, and could be moved
}

// ErrOnlyCopies reports items of which the vault that is to be replaced has the
// only known copy.
var ErrOnlyCopies = errors.New("no other device holds a copy of some of what the vault held")

// ReplacementOf says what ReplaceVault would do.
func (s *Store) ReplacementOf(ctx context.Context, dir string) (Replacement, error) {
	r := Replacement{Dir: disk.Resolve(dir), Here: s.vaultHere()}
	if r.Dir == s.vault().Dir() && r.Here {
		gone, err := s.goneItems(ctx)
		if err == nil && len(gone) == 0 && len(s.loss.get()) == 0 {
			err = &VaultTargetError{dir, "it is the vault, and nothing of it is gone", "name another directory, or see homeroll vault move"}
		}
		r.Here = false
		return s.costOf(ctx, r, gone, err)
	}
	if err := s.checkReplacement(dir); err != nil {
		return r, err
	}
	count, err := s.cat.VaultCount(ctx)
	if err != nil {
		return r, err
	}
	sole, err := s.cat.SoleVault(ctx)
	r.Items, r.Lost = count.Items, sole.Items
	return r, err
}

func (s *Store) checkReplacement(dir string) error {
	if disk.Resolve(dir) != s.vault().Dir() {
		_, err := s.checkTarget(dir, "")
		return err
	}
	if _, err := vault.CheckTarget(s.vault().Dir(), ""); err != nil {
		return &VaultTargetError{dir, "it is not empty, and not the vault that was there", "empty it, or name another directory"}
	}
	return nil
}

func (s *Store) costOf(ctx context.Context, r Replacement, gone map[media.Item][]string, err error) (Replacement, error) {
	for it := range gone {
		if err != nil {
			return r, err
		}
		var sole bool
		sole, err = s.cat.IsSole(ctx, it)
		r.Items++
		if sole {
			r.Lost++
		}
	}
	return r, err
}

// goneItems returns the items of which no vault file is left, with the paths of
// all that are gone.
func (s *Store) goneItems(ctx context.Context) (map[media.Item][]string, error) {
	paths, err := s.goneFromVault(ctx)
	if err != nil {
		return nil, err
	}
	gone := map[media.Item][]string{}
	for _, p := range paths {
		row, ok, err := s.cat.VaultFile(ctx, p)
		if err != nil {
			return nil, err
		}
		if ok {
			gone[row.Item] = append(gone[row.Item], p)
		}
	}
	for it, paths := range gone {
		all, err := s.cat.VaultFilesOf(ctx, it)
		if err != nil {
			return nil, err
		}
		if len(all) > len(paths) {
			delete(gone, it) // another file of it is left
		}
	}
	return gone, nil
}

// ReplaceVault begins a new vault in a directory that is empty or absent, or in the vault's own if its files are gone. What was held in the
// old one is held no more, and is fetched again; nothing of it is deleted. ErrOnlyCopies if that would give up the only known copy
// of an item and acceptLoss does not say that it may. switched is called when the new vault is in its place.
func (s *Store) ReplaceVault(ctx context.Context, dir string, acceptLoss bool, switched func() error) (Replacement, error) {
	release, err := s.closeGate(ctx)
	if err != nil {
		return Replacement{}, fmt.Errorf("replace vault: %w", err)
	}
	defer release()
	r, err := s.ReplacementOf(ctx, dir)
	if err != nil {
		return r, err
	}
	if r.Lost > 0 && !acceptLoss {
		return r, fmt.Errorf("replace vault: %w: %d items", ErrOnlyCopies, r.Lost)
	}
	if r.Dir == s.vault().Dir() && s.vaultHere() {
		return r, s.giveUpGone(ctx)
	}
	m := vaultMove{
		From: s.vault().Dir(), To: r.Dir, Replaces: true, Switched: true, At: time.Now().UTC(), Disk: s.identify(nearest(r.Dir)),
	}
	if err := s.places.setMove(&m); err != nil {
		return r, err
	}
	if err := s.enter(ctx, m.To); err != nil {
		return r, fmt.Errorf("replace vault: %w", err)
	}
	if err := s.giveUpAll(ctx); err != nil {
		return r, fmt.Errorf("replace vault: %w", err)
	}
	s.problems.clear(vaultSlot)
	s.endLoss()
	if err := switched(); err != nil {
		return r, err
	}
	return r, s.places.setMove(nil)
}

// giveUpGone withdraws what is gone from a vault that is there.
func (s *Store) giveUpGone(ctx context.Context) error {
	gone, err := s.goneFromVault(ctx)
	if err != nil {
		return err
	}
	for len(gone) > 0 {
		part := gone[:min(len(gone), recordBatch)]
		if err := s.cat.ChangeVault(ctx, catalogue.VaultChanges{Drop: part}); err != nil {
			return fmt.Errorf("withdraw what is gone: %w", err)
		}
		gone = gone[len(part):]
	}
	s.endLoss()
	return s.places.setVault(func(seen *seenVault) { seen.Losses = nil })
}

func (s *Store) endLoss() {
	s.loss.set(nil)
	s.problems.clear(lossSlot)
}

// giveUpAll withdraws everything that the former vault held, and tells the new
// one which directories were chosen.
func (s *Store) giveUpAll(ctx context.Context) error {
	for {
		page, err := s.cat.VaultFiles(ctx, "", recordBatch)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		var ch catalogue.VaultChanges
		for _, f := range page {
			ch.Drop = append(ch.Drop, f.Path)
		}
		if err := s.cat.ChangeVault(ctx, ch); err != nil {
			return fmt.Errorf("withdraw the old vault: %w", err)
		}
	}
	chosen, err := s.cat.ChosenDirs(ctx)
	if err != nil {
		return err
	}
	lines := make([]vault.Line, 0, len(chosen))
	for _, c := range chosen {
		lines = append(lines, vault.Line{Dir: c.Dir, Device: c.Device, Folder: c.Folder, Label: c.Dir})
	}
	return s.vault().Log(lines...)
}

package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/disk"
	"homeroll/store/internal/vault"
)

// lookForVault looks for the vault in its place. away says why it is not to be
// used now, "" if it is: nothing is concluded then, and no new vault is made. An
// error is that of a directory that never was this device's vault.
func (s *Store) lookForVault(count catalogue.VaultCount) (away string, err error) {
	dir, seen := s.vaultDirectory(), s.places.vault()
	replacing := s.replacing(dir)
	had := count.Files > 0 || seen.Files > 0 || seen.ID != "" && seen.Dir == dir && s.elsewhere(seen)
	id, err := vault.Identify(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist) && (!had || replacing):
		return "", nil // the first run, or a new vault that was asked for
	case errors.Is(err, fs.ErrNotExist) && seen.ID != "" && seen.Dir != dir:
		return fmt.Sprintf("there is no vault in %s; it was in %s until now", dir, seen.Dir), nil
	case errors.Is(err, fs.ErrNotExist):
		return "the vault is not there: is its disk connected? What is known of it stays as it is", nil
	case errors.Is(err, vault.ErrUnreadableMarker) && !had:
		return "", err
	case err != nil:
		return fmt.Sprintf("the vault cannot be read (%s); what is known of it stays as it is", plainError(err)), nil
	case id.Device != s.cfg.Signer.Device() && !had:
		return "", &vault.OtherDeviceError{Dir: dir, Device: id.Device}
	case id.Device != s.cfg.Signer.Device():
		return "the vault of another device is in its place: is the right disk connected? What is known of it stays as it is", nil
	case seen.ID != "" && id.ID != seen.ID && count.Files > 0 && !replacing:
		return "another vault of this device is in its place: is the right disk connected? What is known of it stays as it is", nil
	}
	return "", nil
}

// vaultDirectory is where the vault belongs.
func (s *Store) vaultDirectory() string {
	if v := s.vault(); v != nil {
		return v.Dir()
	}
	return s.movedTo(disk.Resolve(s.cfg.Vault))
}

// replacing reports whether a new vault was asked for in this place, and its disk
// is there.
func (s *Store) replacing(dir string) bool {
	m := s.places.move()
	return m != nil && m.Replaces && m.Switched && m.To == dir && m.Disk == s.identify(nearest(dir))
}

// elsewhere reports whether the place of the vault is on another mount than when
// it was last seen.
func (s *Store) elsewhere(seen seenVault) bool {
	now := s.identify(nearest(seen.Dir))
	return seen.Disk != "" && now != seen.Disk
}

// nearest returns the directory, or the first above it that exists.
func nearest(dir string) string {
	for {
		up := filepath.Dir(dir)
		if _, err := os.Stat(dir); err == nil || up == dir {
			return dir
		}
		dir = up
	}
}

// openVault opens the vault if it is in its place. One that is not is waited
// for.
func (s *Store) openVault(ctx context.Context, begun bool) error {
	s.begun = begun
	count, err := s.cat.VaultCount(ctx)
	if err != nil {
		return err
	}
	away, err := s.lookForVault(count)
	if err != nil {
		return err
	}
	if away == "" {
		return s.takeVault(ctx, count)
	}
	v, err := vault.Absent(s.vaultDirectory())
	if err != nil {
		return err
	}
	s.open.Store(v)
	s.raiseVaultAway(away)
	return nil
}

// takeVault opens the vault and makes the catalogue agree with what a crash, or
// a lost catalogue, left of it.
func (s *Store) takeVault(ctx context.Context, count catalogue.VaultCount) error {
	v, err := vault.Open(s.vaultDirectory(), s.cfg.Signer.Device())
	if err != nil {
		return err
	}
	if err := errors.Join(s.rememberVault(v, count.Files), s.followBent(ctx, v)); err != nil {
		return errors.Join(err, v.Close())
	}
	before := s.open.Swap(v)
	if err := s.reconcile(ctx, v, count); err != nil {
		if before != nil {
			s.open.Store(before)
		}
		return errors.Join(err, v.Close())
	}
	if before != nil {
		return before.Close()
	}
	return nil
}

// rememberVault notes which vault this is, so that another one is recognised.
func (s *Store) rememberVault(v *vault.Vault, files int64) error {
	id, err := vault.Identify(v.Dir())
	if err != nil {
		return err
	}
	now := seenVault{Dir: v.Dir(), ID: id.ID, Disk: s.identify(v.Dir()), Files: files}
	before := s.places.vault()
	if now.Files == 0 && now.ID == before.ID {
		now.Files = before.Files // the catalogue was lost
	}
	if now.Dir == before.Dir && now.ID == before.ID && now.Disk == before.Disk && (now.Files > 0) == (before.Files > 0) {
		return nil
	}
	return s.places.setVault(func(seen *seenVault) {
		seen.Dir, seen.ID, seen.Disk, seen.Files = now.Dir, now.ID, now.Disk, now.Files
	})
}

// regainVault opens a vault that was away if it is back; ErrVaultMissing if it
// is not.
func (s *Store) regainVault(ctx context.Context) error {
	if s.vaultHere() {
		return nil
	}
	count, err := s.cat.VaultCount(ctx)
	if err != nil {
		return err
	}
	away, err := s.lookForVault(count)
	if err != nil || away != "" {
		return errors.Join(ErrVaultMissing, err)
	}
	if _, err := vault.Identify(s.vaultDirectory()); err != nil {
		return fmt.Errorf("%w: %w", ErrVaultMissing, err) // none is made in its place
	}
	if err := s.takeVault(ctx, count); err != nil {
		return fmt.Errorf("open vault again: %w", err)
	}
	s.log.Info("vault is back", "dir", s.vault().Dir())
	s.problems.clear(vaultSlot)
	s.changed.fire()
	return nil
}

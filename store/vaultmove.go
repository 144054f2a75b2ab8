package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"homeroll/store/internal/disk"
	"homeroll/store/internal/vault"
	"homeroll/store/media"
)

// VaultProgress counts what a move has copied. All are 0 where nothing needs to
// be copied.
type VaultProgress struct{ Files, Bytes, TotalFiles, TotalBytes int64 }

// ErrVaultBusy reports that the vault is being moved or replaced.
var ErrVaultBusy = errors.New("the vault is being moved")

// VaultTargetError reports a directory that cannot become the vault.
type VaultTargetError struct {
	Path, Why string
	hint      string
}

func (e *VaultTargetError) Error() string {
	return fmt.Sprintf("%s cannot be the vault: %s", e.Path, e.Why)
}

// Hint says what to do.
func (e *VaultTargetError) Hint() string { return e.hint }

// vaultMove is a change of the vault's place, remembered so that no crash leaves
// two vaults or none. Until it is Switched the vault is in From, then in To.
type vaultMove struct {
	From     string    `json:"from"` // resolved
	To       string    `json:"to"`
	ID       string    `json:"id"`       // of the vault that is in From at the beginning
	Renames  bool      `json:"renames"`  // the directory itself moves, so that it is where its marker is
	Replaces bool      `json:"replaces"` // To gets a new vault, and the records of the old one go
	Switched bool      `json:"switched"`
	At       time.Time `json:"at"`             // when it was
	Disk     string    `json:"disk,omitempty"` // of To, where a new vault may be made on it
}

// vaultGate keeps everything that writes to the vault away while it moves.
type vaultGate struct{ closed atomic.Bool }

// VaultBusy reports whether the vault is being moved or replaced.
func (s *Store) VaultBusy() bool { return s.gate.closed.Load() }

// VaultMoved reports whether a move that was interrupted has put the vault in
// another place than Config says.
func (s *Store) VaultMoved() bool {
	m := s.places.move()
	return m != nil && m.Switched
}

// VaultDir returns where the vault is.
func (s *Store) VaultDir() string { return s.vault().Dir() }

// MoveVault moves the vault to another directory, which must be empty or absent, or have the beginning of an earlier
// move. On the same filesystem that is a rename. Else every file is copied, compared and made durable, and only then the
// old vault goes. It may be interrupted at any time; whoever calls it again goes on, and nothing is to be done where the
// vault is there already. switched is called when the vault is in its new place, to make that durable elsewhere.
func (s *Store) MoveVault(ctx context.Context, dir string, told func(VaultProgress), switched func() error) error {
	release, err := s.closeGate(ctx)
	if err != nil {
		return fmt.Errorf("move vault: %w", err)
	}
	defer release()
	if !s.vaultHere() {
		return fmt.Errorf("move vault: %w", ErrVaultMissing)
	}
	m := vaultMove{From: s.vault().Dir(), To: disk.Resolve(dir), ID: s.places.vault().ID}
	if filepath.IsAbs(dir) && m.To == disk.Resolve(m.From) {
		return s.finishMove(ctx) // the start has ended an interrupted move
	}
	resumed, err := s.checkTarget(dir, m.ID)
	if err != nil {
		return err
	}
	if err := s.carry(ctx, &m, resumed, told); err != nil {
		return fmt.Errorf("move vault: %w", err)
	}
	if err := s.enter(ctx, m.To); err != nil {
		return fmt.Errorf("move vault: %w", err)
	}
	if err := switched(); err != nil {
		return err
	}
	return s.finishMove(ctx)
}

// closeGate waits until nothing writes to the vault any more, and keeps it so
// until release is called.
func (s *Store) closeGate(ctx context.Context) (release func(), err error) {
	if !s.verifying.TryLock() {
		return nil, ErrVerifying
	}
	if !s.gate.closed.CompareAndSwap(false, true) {
		s.verifying.Unlock()
		return nil, ErrVaultBusy
	}
	s.changed.fire()
	for s.incoming.any() {
		if !sleep(ctx, 20*time.Millisecond) {
			s.gate.closed.Store(false)
			s.verifying.Unlock()
			return nil, ctx.Err()
		}
	}
	s.place.working.Lock()
	s.trash.working.Lock()
	s.placing.Lock()
	return func() {
		s.placing.Unlock()
		s.trash.working.Unlock()
		s.place.working.Unlock()
		s.gate.closed.Store(false)
		s.verifying.Unlock()
		s.place.wake()
		s.checkAgain()
		s.changed.fire()
	}, nil
}

// checkTarget refuses what cannot become the vault.
func (s *Store) checkTarget(dir, id string) (resumed bool, err error) {
	if !filepath.IsAbs(dir) {
		return false, &VaultTargetError{dir, "it is not an absolute path", "give the whole path"}
	}
	here := s.vault().Dir()
	if how := overlap(dir, here); how != "" {
		return false, &VaultTargetError{dir, "it " + how + " the vault as it is, " + here, "choose a directory apart from it"}
	}
	for _, f := range s.watched() {
		if how := overlap(dir, f.path); how != "" {
			return false, &VaultTargetError{dir, "it " + how + " the folder " + f.path, "choose a directory outside of the watched folders"}
		}
	}
	if disk.Within(disk.Resolve(dir), disk.Resolve(s.cfg.State)) {
		return false, &VaultTargetError{dir, "it lies inside homeroll's state directory", "choose a directory outside of " + s.cfg.State}
	}
	if s.isUnfinished(disk.Resolve(dir), id) {
		return true, nil
	}
	if other, ok := vault.Above(disk.Resolve(dir)); ok {
		return false, &VaultTargetError{dir, "it is or lies inside the vault " + other, "choose a directory outside"}
	}
	resumed, err = vault.CheckTarget(disk.Resolve(dir), id)
	if errors.Is(err, vault.ErrNotEmpty) {
		return false, &VaultTargetError{dir, "it is not empty", "name a new directory in it, such as " + filepath.Join(dir, "Homeroll")}
	}
	if err != nil {
		return false, &VaultTargetError{dir, plainError(err), "check the path, and who may write there"}
	}
	return resumed, nil
}

// isUnfinished reports a place to which the vault was copied entirely, by a move
// that ended just before it counted.
func (s *Store) isUnfinished(dir, id string) bool {
	m := s.places.move()
	there, err := vault.Identify(dir)
	return m != nil && !m.Switched && m.To == dir && err == nil && there.ID == id && m.ID == id
}

// carry brings the vault's files to their new place and makes that the one that
// counts.
func (s *Store) carry(ctx context.Context, m *vaultMove, resumed bool, told func(VaultProgress)) error {
	if !resumed {
		if done, err := s.renameVault(m); done || err != nil {
			return err
		}
	}
	mover := &vault.Mover{ID: m.ID, From: m.From, To: m.To, Check: s.suspectMoved, Probe: s.probe}
	mover.Told = func(c vault.Copied) { told(VaultProgress(c)) }
	defer mover.Close()
	missing, err := mover.Measure(ctx)
	if err == nil {
		err = s.fits(m.To, missing)
	}
	if err == nil {
		err = s.places.setMove(m)
	}
	if err != nil {
		mover.Abandon()
		return err
	}
	if err := mover.Copy(ctx); err != nil {
		return err
	}
	if err := vault.Adopt(m.From, m.To); err != nil {
		return err
	}
	return s.switchMove(m)
}

// renameVault moves the directory itself where that is possible.
func (s *Store) renameVault(m *vaultMove) (done bool, err error) {
	if !s.renames(m.From, nearest(m.To)) {
		return false, nil
	}
	m.Renames = true
	if err := s.places.setMove(m); err != nil {
		return false, err
	}
	if err := s.leave(m.From); err != nil {
		return false, err
	}
	if err := vault.Rename(m.From, m.To); err != nil {
		s.log.Info("vault cannot be renamed, so it is copied", "err", err)
		m.Renames = false
		return false, s.enter(context.Background(), m.From)
	}
	return true, s.switchMove(m)
}

// sameFilesystem reports whether both may be on one; if they are not, a rename
// says so.
func sameFilesystem(a, b string) bool {
	x, errA := os.Stat(a)
	y, errB := os.Stat(b)
	if errA != nil || errB != nil {
		return false
	}
	devA, _ := disk.IDOf(x)
	devB, _ := disk.IDOf(y)
	return devA == devB
}

// leave closes the vault; until another one is entered, it is away.
func (s *Store) leave(dir string) error {
	stand, err := vault.Absent(dir)
	if err != nil {
		return err
	}
	return s.open.Swap(stand).Close()
}

// enter opens the vault in a place to which it was moved, or a new one there.
func (s *Store) enter(ctx context.Context, dir string) error {
	v, err := vault.Open(dir, s.cfg.Signer.Device())
	if err != nil {
		return err
	}
	count, err := s.cat.VaultCount(ctx)
	if err == nil {
		err = s.rememberVault(v, count.Files)
	}
	if err == nil {
		err = s.forgetNoted(ctx, v)
	}
	if err == nil {
		err = s.followBent(ctx, v)
	}
	if err != nil {
		return errors.Join(err, v.Close())
	}
	return errors.Join(s.open.Swap(v).Close(), s.publishProfile(ctx))
}

// switchMove makes the new place the vault's. What follows can be made up for.
func (s *Store) switchMove(m *vaultMove) error {
	m.Switched, m.At = true, time.Now().UTC()
	return s.places.setMove(m)
}

// fits refuses a disk that is too small.
func (s *Store) fits(dir string, missing int64) error {
	room, err := disk.RoomOf(nearest(dir))
	if err != nil {
		return fmt.Errorf("measure %s: %w", dir, err)
	}
	if room.Total == 0 {
		return nil // it does not say; then the copy will
	}
	if keep := vault.Keep(room, s.cfg.Reserve); room.Free-keep < missing {
		return &VaultTargetError{dir, fmt.Sprintf("%d bytes are to be copied, and its disk has %d free of which %d stay free (vault.reserve)",
			missing, room.Free, keep), "choose a larger disk, or free some space there"}
	}
	return nil
}

// suspectMoved has a file looked at whose bytes are not those on record.
func (s *Store) suspectMoved(p string, it media.Item) {
	if s.step != nil {
		s.step()
	}
	row, ok, err := s.cat.VaultFile(context.Background(), p)
	if err == nil && ok && row.Item != it {
		s.suspect(p)
	}
}

// finishMove removes the old vault of a move that has switched, and forgets the
// move. Who has been told of the new place before need not be told again.
func (s *Store) finishMove(ctx context.Context) error {
	m := s.places.move()
	if m == nil || !m.Switched {
		return nil
	}
	if !m.Renames && !m.Replaces {
		if err := vault.Clear(ctx, m.From, m.ID, m.At); err != nil {
			return err
		}
	}
	return s.places.setMove(nil)
}

// movedTo returns where a move that a crash interrupted has left the vault.
func (s *Store) movedTo(dir string) string {
	m := s.places.move()
	if m == nil || dir != m.From {
		return dir
	}
	if m.Renames && !m.Switched {
		if id, err := vault.Identify(m.To); err == nil && id.ID == m.ID {
			m.Switched = true
			if err := s.places.setMove(m); err != nil {
				s.log.Error("remember move of vault", "err", err)
			}
		}
	}
	if m.Switched {
		return m.To
	}
	return dir
}

package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/disk"
	"homeroll/store/media"
)

// ErrVerifying reports a verification while another one runs.
var ErrVerifying = errors.New("a verification is running already")

// Damage is a file whose bytes are not those that were recorded, although
// nobody changed it.
type Damage struct {
	Path   string // absolute
	Item   media.Item
	Reason string // ReasonDamaged, ReasonReadError, ReasonLost or ReasonChanged
	Own    bool   // in a watched folder; else in the vault
}

// VerifyProgress counts what has been read. The totals are estimates while files
// come and go.
type VerifyProgress struct{ Files, Bytes, TotalFiles, TotalBytes int64 }

// Verify reads every file of the folders and of the vault and compares its bytes with the
// record. What does not match is a copy no more: it is wanted from another device again, at once. Files
// that somebody has changed are no damage; they are looked at as always.
// told is called a few times a second, found for each damaged file.
func (s *Store) Verify(ctx context.Context, told func(VerifyProgress), found func(Damage)) (VerifyProgress, error) {
	if !s.verifying.TryLock() {
		return VerifyProgress{}, ErrVerifying
	}
	defer s.verifying.Unlock()
	v := &verifier{s: s, told: told, found: found}
	err := v.run(ctx)
	return v.done, err
}

// tellEvery is how often a verification says how far it is.
const tellEvery = 250 * time.Millisecond

// verifiedBatch is how many items are noted as verified at once.
const verifiedBatch = 500

// verifier is one pass over everything that is held.
type verifier struct {
	s     *Store
	told  func(VerifyProgress)
	found func(Damage)
	done  VerifyProgress
	last  time.Time    // when told was called
	whole []media.Item // not noted yet
}

func (v *verifier) run(ctx context.Context) error {
	v.total()
	for _, f := range v.s.watched() {
		var failed error
		err := f.eachFile(ctx, "", func(file catalogue.File) bool {
			failed = v.file(ctx, f, file)
			return failed == nil
		})
		if err := errors.Join(err, failed); err != nil {
			return err
		}
	}
	if err := v.s.eachVaultFile(ctx, func(f catalogue.VaultFile) error { return v.vaultFile(ctx, f) }); err != nil {
		return err
	}
	v.told(v.done)
	return v.note(ctx)
}

func (v *verifier) total() {
	for _, f := range v.s.Folders() {
		v.done.TotalFiles += f.Files
		v.done.TotalBytes += f.Bytes
	}
	if n, err := v.s.cat.VaultCount(context.Background()); err == nil {
		v.done.TotalFiles += n.Files
		v.done.TotalBytes += n.FileBytes
	}
}

// read hashes one open file from the disk rather than from memory.
func (v *verifier) read(ctx context.Context, in *os.File) (media.Item, error) {
	disk.Forget(in)
	it, _, err := media.Hash(ctx, in)
	v.done.Files++
	v.done.Bytes += it.Size
	v.done.TotalFiles, v.done.TotalBytes = max(v.done.TotalFiles, v.done.Files), max(v.done.TotalBytes, v.done.Bytes)
	if now := time.Now(); now.Sub(v.last) >= tellEvery {
		v.last = now
		v.told(v.done)
	}
	return it, errors.Join(err, in.Close())
}

// file verifies a file of a watched folder.
func (v *verifier) file(ctx context.Context, f *folder, file catalogue.File) error {
	abs := f.abs(file.Path)
	in, before, err := disk.Open(abs)
	if err != nil || !f.unchanged(file, before) {
		if err == nil {
			_ = in.Close()
		}
		f.look(file.Path) // gone, changed, or not readable: a matter of watching
		return ctx.Err()
	}
	got, err := v.read(ctx, in)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if touched(abs, before) {
		f.look(file.Path)
		return nil
	}
	switch {
	case err == nil && got == file.Item && !file.Damaged:
		return v.good(ctx, got)
	case err == nil && got == file.Item:
		return v.s.markFile(ctx, file, false)
	case err != nil && !errors.Is(err, syscall.EIO):
		v.s.problems.raise(readProblem(abs, err))
		return nil
	}
	v.found(Damage{Path: abs, Item: file.Item, Reason: damageReason(err), Own: true})
	if file.Damaged {
		return nil
	}
	return v.s.markFile(ctx, file, true)
}

// touched reports a file that changed while it was read, or went.
func touched(abs string, before disk.Stamp) bool {
	after, err := disk.Stat(abs)
	return err != nil || !before.Untouched(after)
}

// damageReason tells bytes that differ from bytes that cannot be read.
func damageReason(err error) string {
	if err != nil {
		return ReasonReadError
	}
	return ReasonDamaged
}

// vaultFile verifies a file of the vault.
func (v *verifier) vaultFile(ctx context.Context, f catalogue.VaultFile) error {
	if !v.s.vaultHere() {
		return ErrVaultMissing
	}
	damage := Damage{Path: v.s.vault().Abs(f.Path), Item: f.Item}
	seen, err := v.s.vault().Lstat(f.Path)
	switch {
	case err != nil && isGone(err):
		damage.Reason = ReasonLost
		v.found(damage)
		return v.s.recheckFile(ctx, f.Path)
	case err != nil || !v.s.asRecorded(ctx, f, seen):
		return v.changed(ctx, f, damage)
	}
	in, err := v.s.vault().Open(f.Path)
	var got media.Item
	if err == nil {
		got, err = v.read(ctx, in)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, fs.ErrPermission):
		v.s.problems.raise(readProblem(damage.Path, err))
		return nil
	case err == nil && got == f.Item && !f.Damaged:
		return v.good(ctx, got)
	case err == nil && got == f.Item:
		return v.s.markVaultFile(ctx, f, seen, false)
	}
	damage.Reason = damageReason(err)
	v.found(damage)
	if f.Damaged {
		return nil
	}
	return v.s.markVaultFile(ctx, f, seen, true)
}

// changed looks at a file of the vault that somebody has written to: unless its
// bytes are the item's all the same, a copy is lost.
func (v *verifier) changed(ctx context.Context, f catalogue.VaultFile, damage Damage) error {
	if err := v.s.recheckFile(ctx, f.Path); err != nil {
		return err
	}
	now, ok, err := v.s.cat.VaultFile(ctx, f.Path)
	if err != nil {
		return err
	}
	if fi, err := v.s.vault().Lstat(f.Path); ok && err == nil && now.Item == f.Item && !now.Damaged && v.s.asRecorded(ctx, now, fi) {
		return nil
	}
	damage.Reason = ReasonChanged
	v.found(damage)
	return nil
}

func (v *verifier) good(ctx context.Context, it media.Item) error {
	if v.whole = append(v.whole, it); len(v.whole) < verifiedBatch {
		return nil
	}
	return v.note(ctx)
}

func (v *verifier) note(ctx context.Context) error {
	whole := v.whole
	v.whole = nil
	if len(whole) == 0 {
		return nil
	}
	return v.s.cat.SetVerified(ctx, whole, time.Now())
}

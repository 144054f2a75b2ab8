package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"sync"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/media"
)

// Upload is a file that somebody sent whole.
type Upload struct {
	Path  string    // of a file in UploadDir, which is moved away or left
	From  string    // who or what sent it: a directory of the uploads; "" = none
	Name  string    // with slashes; whatever the sender says
	MTime time.Time // zero = now
}

// Uploaded is what became of one.
type Uploaded struct {
	Item     media.Item
	Known    bool // the content was here already: the file is left where it lies
	Restored bool // it was in the trash, and is not any more
}

// uploadBook holds the names that uploads have been promised, and are not on record
// yet.
type uploadBook struct {
	mu       sync.Mutex
	promised map[string]media.ID
}

// UploadDir returns the directory, on the vault's disk, in which uploads grow.
func (s *Store) UploadDir() (string, error) {
	if err := s.vaultReady(); err != nil {
		return "", err
	}
	return s.vault().UploadDir()
}

// vaultReady reports why nothing can be put into the vault now.
func (s *Store) vaultReady() error {
	switch {
	case !s.vaultHere():
		return ErrVaultMissing
	case s.VaultBusy():
		return ErrVaultBusy
	}
	return nil
}

// AcceptUpload makes an uploaded file an item of this device, durable under its
// name in the vault, stated in the manifest, and out of the trash, before it returns.
// A *RefusedError says why a file is none that is kept here; ErrNoSpace that there
// is no room for it.
func (s *Store) AcceptUpload(ctx context.Context, u Upload) (Uploaded, error) {
	if err := s.vaultReady(); err != nil {
		return Uploaded{}, err
	}
	name := uploadName(u.From, u.Name)
	if err := s.judgeUpload(ctx, u.Path, name); err != nil {
		return Uploaded{}, err
	}
	it, outline, err := hashUpload(ctx, u.Path)
	if err != nil {
		return Uploaded{}, fmt.Errorf("read upload: %w", err)
	}
	if err := s.claimUpload(ctx, it.ID); err != nil {
		return Uploaded{}, err
	}
	defer s.incoming.release(it.ID)
	up := Uploaded{Item: it}
	if up.Restored, err = s.restoreUpload(ctx, it.ID); err != nil {
		return up, err
	}
	if up.Known, err = s.hasUpload(ctx, it, name); err != nil || up.Known {
		return up, err
	}
	return up, s.keepUpload(ctx, u, &commit{outline: outline}, it, name)
}

func hashUpload(ctx context.Context, p string) (media.Item, media.Outline, error) {
	f, err := os.Open(p)
	if err != nil {
		return media.Item{}, nil, err
	}
	defer func() { _ = f.Close() }()
	return media.Hash(ctx, f)
}

// claimWait is how often it is looked whether an item that is being received, or
// uploaded twice, is here.
const claimWait = 50 * time.Millisecond

func (s *Store) claimUpload(ctx context.Context, id media.ID) error {
	for !s.incoming.claim(id) {
		if !sleep(ctx, claimWait) {
			return ctx.Err()
		}
	}
	return nil
}

// restoreUpload takes what somebody uploads out of the trash: that is what they
// mean.
func (s *Store) restoreUpload(ctx context.Context, id media.ID) (bool, error) {
	trashed, err := s.cat.Trashed(ctx, id)
	if !trashed || err != nil {
		return false, err
	}
	_, err = s.Restore(ctx, []media.ID{id})
	return err == nil, err
}

// hasUpload reports whether the content needs no file: this device holds it, and
// some device names it. What it only keeps, because its owner deleted it, gets the
// name of the upload in place of the one that nobody uses any more.
func (s *Store) hasUpload(ctx context.Context, it media.Item, name string) (bool, error) {
	names, err := s.cat.NamesOf(ctx, it)
	if err != nil {
		return false, err
	}
	held, err := s.cat.Held(ctx, it.ID)
	if errors.Is(err, media.ErrNotHeld) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if held.Item != it {
		return false, fmt.Errorf("upload: %w", media.ErrCorrupt)
	}
	for _, n := range names {
		if !n.Kept {
			return true, nil
		}
	}
	return s.renameKept(ctx, it, name)
}

// renameKept makes the best of the vault's files of an item that nobody names the
// file of an upload. It reports false if there is none as it should be.
func (s *Store) renameKept(ctx context.Context, it media.Item, name string) (bool, error) {
	n := s.beginNaming()
	defer n.end()
	files, err := s.cat.VaultFilesOf(ctx, it)
	if err != nil {
		return false, err
	}
	for _, f := range files {
		if fi, err := s.vault().Lstat(f.Path); err != nil || !s.asRecorded(ctx, f, fi) {
			s.suspect(f.Path)
			continue
		}
		t, release, err := s.uploadTarget(ctx, it, name, f.MTime)
		if err != nil {
			return false, err
		}
		defer release()
		if err := n.plan(ctx, t, &move{from: f.Path, old: f.Path}); err != nil {
			return false, err
		}
		m := n.moves[len(n.moves)-1]
		if err := n.execute(ctx); err != nil || m.err != nil {
			return false, errors.Join(err, m.err)
		}
		n.batch.Prune(f.Path)
		return true, nil
	}
	return false, nil
}

// keepUpload gives the file its name in the vault and records it, with what else
// is committed at the moment.
func (s *Store) keepUpload(ctx context.Context, u Upload, one *commit, it media.Item, name string) error {
	mtime := u.MTime
	if mtime.IsZero() {
		mtime = time.Now()
	}
	t, release, err := s.uploadTarget(ctx, it, name, mtime)
	if err != nil {
		return err
	}
	defer release()
	if err := s.promise(it, 0); err != nil {
		return err
	}
	if err := s.withinBudget(it.Size); err != nil {
		return err
	}
	if one.from, err = s.vault().Take(filepath.Base(u.Path), mtime); err != nil {
		return err
	}
	one.target = t
	if err := s.commits.commit(ctx, one); err != nil {
		return fmt.Errorf("keep upload: %w", err)
	}
	return nil
}

// withinBudget refuses what the budget has no room for. The bytes lie on the disk
// already, and what is promised counts them: there the reserve alone must be left.
func (s *Store) withinBudget(size int64) error {
	sp, err := s.space()
	if err != nil {
		return err
	}
	if free := sp.Free; free >= 0 && free < sp.Reserve {
		return fmt.Errorf("%w: %d bytes are free on its disk, and %d are to be left", ErrNoSpace, free, sp.Reserve)
	}
	if sp.Budget > 0 {
		if _, whole := s.incoming.promised(); sp.Used+whole > sp.Budget {
			return fmt.Errorf("%w: it needs %d bytes of vault.budget, of which %d are used", ErrNoSpace, size, sp.Used)
		}
	}
	return nil
}

// uploadTarget chooses the name of an upload: its own, or one beside it where an
// upload with other content has that. It is promised until release.
func (s *Store) uploadTarget(ctx context.Context, it media.Item, name string, mtime time.Time) (t target, release func(), err error) {
	s.uploads.mu.Lock()
	defer s.uploads.mu.Unlock()
	me := s.cfg.Signer.Device()
	for digits := 0; digits <= 32; digits += 8 {
		full := name
		if digits > 0 {
			full = path.Join(path.Dir(name), s.vault().Suffixed(path.Base(name), it.ID, digits))
		}
		free, err := s.freeUploadName(ctx, it, full)
		if err != nil {
			return target{}, nil, err
		}
		if !free {
			continue
		}
		t, err := s.target(ctx, catalogue.Name{
			Device: me, Label: uploadsLabel, Name: media.Name{Folder: media.Uploads, Path: full, Item: it, MTime: mtime},
		})
		if err != nil {
			return target{}, nil, err
		}
		if s.uploads.promised == nil {
			s.uploads.promised = map[string]media.ID{}
		}
		s.uploads.promised[full] = it.ID
		return t, func() { s.uploads.release(full) }, nil
	}
	return target{}, nil, fmt.Errorf("name upload %q: no name is free", name)
}

// uploadsLabel is the directory of uploads below that of the device.
const uploadsLabel = "Uploads"

func (s *Store) freeUploadName(ctx context.Context, it media.Item, name string) (bool, error) {
	if id, promised := s.uploads.promised[name]; promised && id != it.ID {
		return false, nil
	}
	files, err := s.cat.VaultFilesNamed(ctx, s.cfg.Signer.Device(), media.Uploads, name)
	for _, f := range files {
		if f.Item != it {
			return false, err
		}
	}
	return true, err
}

func (b *uploadBook) release(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.promised, name)
}

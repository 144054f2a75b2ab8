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

// source is where a name's bytes come from.
type source struct {
	target  target
	move    *move
	tmp     string // a copy that needs a name, or goes
	inPlace bool   // only its time has changed
}

func (src *source) discard(v *vault.Vault) {
	if src.tmp != "" {
		v.Forget(src.tmp)
	}
}

// source finds the cheapest: the file has its name but another time; a vault
// file that lost its name is moved; a vault file is linked or copied; a file of
// a watched folder is copied, never linked. nil if nothing is to be done any more.
func (p *placer) source(ctx context.Context, r catalogue.Unplaced, used map[string]bool) (*source, error) {
	t, err := p.s.target(ctx, catalogue.Name{Name: r.Name, Device: r.Device, Label: r.Label})
	if err != nil {
		return nil, err
	}
	t.Verified = time.Time{}
	files, err := p.s.cat.VaultFilesOf(ctx, r.Item)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if sameName(f, t.VaultFile) && !f.Version {
			if f.MTime.Equal(t.MTime) {
				return nil, nil
			}
			return p.retime(ctx, t, f)
		}
	}
	for _, f := range r.Stale {
		if !used[f.Path] && p.isWhole(f) && p.alone(f) {
			used[f.Path] = true
			if err := p.setTime(f, t.MTime); err != nil {
				return nil, err
			}
			return &source{target: t, move: &move{from: f.Path, old: f.Path}}, nil
		}
	}
	for _, f := range files {
		if src := p.fromVault(ctx, t, f, used); src != nil {
			return src, nil
		}
	}
	return p.copyOf(ctx, t, files)
}

// isWhole reports whether the file of a row is there as recorded.
func (p *placer) isWhole(f catalogue.VaultFile) bool {
	fi, err := p.s.vault().Lstat(f.Path)
	if err != nil || !sameVaultFile(f, fi) {
		p.s.suspect(f.Path)
		return false
	}
	return true
}

// alone reports whether the file has no other hard link, whose time would
// change with it.
func (p *placer) alone(f catalogue.VaultFile) bool {
	fi, err := p.s.vault().Lstat(f.Path)
	return err == nil && disk.Links(fi) <= 1
}

func (p *placer) setTime(f catalogue.VaultFile, mtime time.Time) error {
	if f.MTime.Equal(mtime) {
		return nil
	}
	return p.s.vault().Touch(f.Path, mtime)
}

// retime gives a file in place the time that its origin's file has now.
func (p *placer) retime(ctx context.Context, t target, f catalogue.VaultFile) (*source, error) {
	if !p.isWhole(f) {
		return nil, fmt.Errorf("%s: %w", f.Path, media.ErrNotHeld)
	}
	if p.alone(f) {
		if err := p.s.vault().Touch(f.Path, t.MTime); err != nil {
			return nil, err
		}
	} else {
		tmp, err := p.copyVaultFile(ctx, f, t.MTime)
		if err != nil {
			return nil, err
		}
		if err := p.s.vault().Replace(tmp, f.Path); err != nil {
			p.s.vault().Forget(tmp)
			return nil, err
		}
	}
	t.Path = f.Path
	return &source{target: t, inPlace: true, move: &move{old: f.Path}}, nil
}

// fromVault shares the bytes of a vault file, nil if that is not possible.
func (p *placer) fromVault(ctx context.Context, t target, f catalogue.VaultFile, used map[string]bool) *source {
	if used[f.Path] || !p.isWhole(f) {
		return nil
	}
	if tmp, err := p.s.vault().Share(ctx, f.Path, t.Item, t.MTime); err == nil {
		return &source{target: t, tmp: tmp, move: &move{from: tmp}}
	}
	if f.MTime.Equal(t.MTime) && p.s.vault().CanLink() {
		return &source{target: t, move: &move{from: f.Path, link: true}}
	}
	return nil
}

// copyOf copies from any file that still has the bytes.
func (p *placer) copyOf(ctx context.Context, t target, files []catalogue.VaultFile) (*source, error) {
	if sp, err := p.s.Space(); err != nil {
		return nil, err
	} else if sp.Room < t.Item.Size {
		return nil, fmt.Errorf("%w: a copy needs %d bytes, there is room for %d", ErrNoSpace, t.Item.Size, sp.Room)
	}
	err := fmt.Errorf("%s: %w", t.Item.ID, media.ErrNotHeld)
	for _, f := range files {
		var tmp string
		if tmp, err = p.copyVaultFile(ctx, f, t.MTime); err == nil {
			return &source{target: t, tmp: tmp, move: &move{from: tmp}}, nil
		}
	}
	own, listErr := p.s.cat.FilesOf(ctx, t.Item)
	if listErr != nil {
		return nil, listErr
	}
	for _, f := range own {
		var tmp string
		if tmp, err = p.copyOwn(ctx, f, t.MTime); err == nil {
			t.Verified = time.Now()
			return &source{target: t, tmp: tmp, move: &move{from: tmp}}, nil
		}
	}
	return nil, err
}

func (p *placer) copyVaultFile(ctx context.Context, f catalogue.VaultFile, mtime time.Time) (string, error) {
	in, err := p.s.vault().Open(f.Path)
	if err != nil {
		p.s.suspect(f.Path)
		return "", err
	}
	defer func() { _ = in.Close() }()
	tmp, err := p.s.vault().Copy(ctx, in, f.Item, mtime)
	if errors.Is(err, media.ErrCorrupt) {
		p.s.suspect(f.Path)
	}
	return tmp, err
}

func (p *placer) copyOwn(ctx context.Context, f catalogue.File, mtime time.Time) (string, error) {
	in, now, err := disk.Open(p.s.absOf(f.Folder, f.Path))
	if err != nil {
		p.s.lookAgain(f)
		return "", err
	}
	defer func() { _ = in.Close() }()
	if !unchanged(f, now) {
		p.s.lookAgain(f)
		return "", fmt.Errorf("%s: %w", f.Path, media.ErrNotHeld)
	}
	return p.s.vault().Copy(ctx, in, f.Item, mtime)
}

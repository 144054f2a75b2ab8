package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	noted   bool   // it gets no file: the path is that of one that has the bytes
}

func (src *source) discard(v *vault.Vault) {
	if src.tmp != "" {
		v.Forget(src.tmp)
	}
}

// source finds the cheapest: the file has its name but another time; a vault
// file that lost its name is moved; a vault file's bytes get a second name, or
// the name is noted; only a file of a watched folder is copied, never linked.
// nil if nothing is to be done any more.
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
		if !used[f.Path] && !f.Damaged && p.isWhole(ctx, f) {
			used[f.Path] = true
			src := &source{target: t, move: &move{from: f.Path, old: f.Path}}
			src.move.after = p.timeLater(ctx, src.move)
			return src, p.setTime(f, t.MTime)
		}
	}
	if len(files) > 0 && !slices.ContainsFunc(files, func(f catalogue.VaultFile) bool { return !used[f.Path] }) {
		p.wake() // each is about to get another name; the next round knows which
		return nil, nil
	}
	for _, f := range files {
		if src := p.fromVault(ctx, t, f, used); src != nil {
			return src, nil
		}
	}
	return p.copyOwnFile(ctx, t)
}

// isWhole reports whether the file of a row is there as recorded.
func (p *placer) isWhole(ctx context.Context, f catalogue.VaultFile) bool {
	fi, err := p.s.vault().Lstat(f.Path)
	if err != nil || !p.s.asRecorded(ctx, f, fi) {
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

// setTime gives a file that is about to be moved its new time. One that shares
// its time with other names gets it afterwards (timeLater).
func (p *placer) setTime(f catalogue.VaultFile, mtime time.Time) error {
	if f.MTime.Equal(mtime) || !p.alone(f) {
		return nil
	}
	return p.s.vault().Touch(f.Path, mtime)
}

// timeLater settles, once the move is recorded, which time the names of one
// file have together.
func (p *placer) timeLater(ctx context.Context, m *move) func() {
	return func() {
		if err := p.s.giveTime(ctx, m.file); err != nil {
			p.s.log.Warn("set time in the vault", "item", m.file.Item.ID, "err", err)
		}
	}
}

// retime gives a file in place the time that its origin's file has now.
func (p *placer) retime(ctx context.Context, t target, f catalogue.VaultFile) (*source, error) {
	if !p.isWhole(ctx, f) {
		return nil, fmt.Errorf("%s: %w", f.Path, media.ErrNotHeld)
	}
	t.Path = f.Path
	m := &move{file: t.VaultFile, old: f.Path, retimed: true}
	m.after = p.timeLater(ctx, m)
	return &source{target: t, inPlace: true, move: m}, p.setTime(f, t.MTime)
}

// fromVault gives the bytes of a vault file a second name: a file of its own
// that shares the blocks, so that it has its own time; else a hard link; else
// only a note, since one content is not stored twice. nil if that file will
// not do.
func (p *placer) fromVault(ctx context.Context, t target, f catalogue.VaultFile, used map[string]bool) *source {
	if used[f.Path] || f.Damaged || !p.isWhole(ctx, f) {
		return nil
	}
	if tmp, err := p.s.vault().Share(ctx, f.Path, t.Item, t.MTime); err == nil {
		return &source{target: t, tmp: tmp, move: &move{from: tmp}}
	} else if errors.Is(err, media.ErrCorrupt) {
		p.s.suspect(f.Path)
		return nil
	}
	if p.s.vault().Traits().Links && !p.unlinkable[t.Item.ID] {
		m := &move{from: f.Path, link: true}
		m.after = p.timeLater(ctx, m)
		return &source{target: t, move: m}
	}
	t.Path = f.Path
	return &source{target: t, noted: true, move: &move{}}
}

// copyOwnFile copies from a watched folder what the vault does not have yet.
func (p *placer) copyOwnFile(ctx context.Context, t target) (*source, error) {
	if sp, err := p.s.Space(); err != nil {
		return nil, err
	} else if sp.Room < t.Item.Size {
		return nil, fmt.Errorf("%w: a copy needs %d bytes, there is room for %d", ErrNoSpace, t.Item.Size, sp.Room)
	}
	own, err := p.s.cat.FilesOf(ctx, t.Item)
	if err != nil {
		return nil, err
	}
	err = fmt.Errorf("%s: %w", t.Item.ID, media.ErrNotHeld)
	for _, f := range own {
		var tmp string
		if tmp, err = p.copyOwn(ctx, f, t.MTime); err == nil {
			t.Verified = time.Now()
			return &source{target: t, tmp: tmp, move: &move{from: tmp}}, nil
		}
	}
	return nil, err
}

func (p *placer) copyOwn(ctx context.Context, f catalogue.File, mtime time.Time) (string, error) {
	in, now, err := disk.Open(p.s.absOf(f.Folder, f.Path))
	if err != nil {
		p.s.lookAgain(f)
		return "", err
	}
	defer func() { _ = in.Close() }()
	if !p.s.isUnchanged(f, now) {
		p.s.lookAgain(f)
		return "", fmt.Errorf("%s: %w", f.Path, media.ErrNotHeld)
	}
	return p.s.vault().Copy(ctx, in, f.Item, mtime)
}

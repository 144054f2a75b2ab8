package store

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/vault"
	"homeroll/store/media"
)

// target is a name that an item is to have in the vault. Path is not yet set.
type target struct {
	catalogue.VaultFile
	want string // the path that it should have
}

// targetOf chooses the name under which a received item is kept: a live name
// of another device, else a kept one, else one made from its hash.
func (s *Store) targetOf(ctx context.Context, it media.Item) (target, error) {
	if t, ok := s.foresight.take(s.cat, it); ok {
		return t, nil
	}
	names, err := s.cat.NamesOf(ctx, it)
	if err != nil {
		return target{}, err
	}
	if len(names) == 0 {
		me := s.cfg.Signer.Device()
		return s.target(ctx, catalogue.Name{Device: me, Name: media.Name{Item: it, Path: it.ID.String(), MTime: time.Now()}})
	}
	return s.target(ctx, s.best(names))
}

// best returns the name under which an item is kept, of one or more.
func (s *Store) best(names []catalogue.Name) catalogue.Name {
	me := s.cfg.Signer.Device()
	rank := func(n catalogue.Name) int {
		switch {
		case !n.Kept && n.Device != me:
			return 0
		case n.Kept:
			return 1
		}
		return 2
	}
	return slices.MinFunc(names, func(a, b catalogue.Name) int {
		return cmp.Or(rank(a)-rank(b), strings.Compare(string(a.Device), string(b.Device)), strings.Compare(a.Path, b.Path))
	})
}

func (s *Store) target(ctx context.Context, n catalogue.Name) (target, error) {
	dir, err := s.vaultDir(ctx, n.Device, n.Folder, n.Label)
	if err != nil {
		return target{}, err
	}
	f := catalogue.VaultFile{
		Item: n.Item, MTime: n.MTime, Origin: n.Device, Folder: n.Folder, Label: n.Label, Name: n.Path, Verified: time.Now(),
	}
	return target{VaultFile: f, want: path.Join(dir, n.Path)}, nil
}

// sameName reports whether two vault files stand for one file of their origin.
func sameName(a, b catalogue.VaultFile) bool {
	return a.Origin == b.Origin && a.Folder == b.Folder && a.Name == b.Name
}

// noteOf is the line of a name that gets no file.
func noteOf(f catalogue.VaultFile) vault.Line {
	l := lineOf(f)
	l.Noted = true
	return l
}

func lineOf(f catalogue.VaultFile) vault.Line {
	return vault.Line{
		Device: f.Origin, Folder: f.Folder, Label: f.Label, Path: f.Path, Name: f.Name, Item: f.Item, MTime: f.MTime, Version: f.Version,
	}
}

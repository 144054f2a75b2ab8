package store

import (
	"context"
	"hash/maphash"
	"io/fs"
	"strings"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/disk"
	"homeroll/store/internal/vault"
	"homeroll/store/internal/volume"
	"homeroll/store/media"
)

// findOrphans returns the files of the vault that have no row, by their paths.
// Only those that the names log knows are ours; the others belong to whoever put
// them there. Some filesystems list names in another spelling than they were
// given: there, paths are folded.
func (s *Store) findOrphans(ctx context.Context) (map[string]bool, error) {
	recorded := func(p string) (bool, error) {
		_, ok, err := s.cat.VaultFile(ctx, p)
		return ok, err
	}
	key := func(p string) string { return p }
	if s.vault().Traits().Folds() {
		folded, err := s.foldedVaultPaths(ctx)
		if err != nil {
			return nil, err
		}
		key, recorded = volume.Fold, folded
	}
	orphans := map[string]bool{}
	err := s.walkVault(ctx, func(p string) error {
		p = key(p)
		ok, err := recorded(p)
		if !ok && err == nil {
			orphans[p] = true
		}
		return err
	})
	return orphans, err
}

// foldedVaultPaths returns a function that knows the folded paths of all rows,
// at 8 bytes each.
func (s *Store) foldedVaultPaths(ctx context.Context) (func(folded string) (bool, error), error) {
	seed, known := maphash.MakeSeed(), map[uint64]struct{}{}
	err := s.eachVaultFile(ctx, func(f catalogue.VaultFile) error {
		known[maphash.String(seed, volume.Fold(f.Path))] = struct{}{}
		return ctx.Err()
	})
	return func(folded string) (bool, error) {
		_, ok := known[maphash.String(seed, folded)]
		return ok, nil
	}, err
}

// walkVault calls visit with the path of every regular file that may be one of
// ours, and removes what a crash has left of files that were being written.
func (s *Store) walkVault(ctx context.Context, visit func(p string) error) error {
	return disk.WalkTree(s.vault().Dir(), func(p string, e fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			s.log.Debug("read vault directory", "err", err) // its rows are looked at one by one
			return nil
		case e.IsDir():
			if p == ".homeroll" {
				return fs.SkipDir
			}
			return nil
		case !e.Type().IsRegular() || !strings.Contains(p, "/"):
			return nil
		}
		if vault.IsDraft(e.Name()) {
			s.vault().SweepDraft(p)
			return nil
		}
		return visit(p)
	})
}

// noteBook gathers, from the lines of the names log in their order, the names
// that have no file of their own.
type noteBook map[noteKey]vault.Line

type noteKey struct {
	device media.Device
	folder media.FolderID
	name   string
}

func newNoteBook() noteBook { return noteBook{} }

// read takes the next line. What a later line says of a name stands.
func (b noteBook) read(l vault.Line) {
	if l.Item.ID.IsZero() {
		return
	}
	k := noteKey{l.Device, l.Folder, l.Name}
	if l.Noted {
		b[k] = l
	} else if !l.Version {
		delete(b, k)
	}
}

// adoptNotes records the names without files of a catalogue that was lost.
func (s *Store) adoptNotes(ctx context.Context, notes noteBook) error {
	var change catalogue.VaultChanges
	for _, l := range notes {
		files, err := s.cat.VaultFilesOf(ctx, l.Item)
		if err != nil {
			return err
		}
		if len(files) > 0 {
			change.Note = append(change.Note, fileOfLine(l))
		}
	}
	if len(change.Note) == 0 {
		return nil
	}
	return s.cat.ChangeVault(ctx, change)
}

// fileOfLine is what a line of the names log says of a file.
func fileOfLine(l vault.Line) catalogue.VaultFile {
	return catalogue.VaultFile{
		Path: l.Path, Item: l.Item, MTime: l.MTime, Origin: l.Device, Folder: l.Folder, Label: l.Label, Name: l.Name, Version: l.Version,
	}
}

package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/vault"
	"homeroll/store/internal/volume"
	"homeroll/store/media"
)

// naming is a batch of vault files that get names: planned, logged, moved, made
// durable, and only then recorded. Store.placing is held from begin to end.
type naming struct {
	s        *Store
	batch    *vault.Batch
	promised map[string]bool
	moves    []*move
	notes    []catalogue.VaultFile // names without a file: their paths are of those that have the bytes
	change   catalogue.VaultChanges
}

// move gives the file at from its name. One without from is in place already.
type move struct {
	from    string
	file    catalogue.VaultFile
	old     string // path of the row that the new one replaces
	retimed bool   // in place, but to be logged with another time
	link    bool   // from keeps its name, too
	err     error
	after   func() // once recorded
}

// beginNaming waits for other batches. Call end.
func (s *Store) beginNaming() *naming { return s.continueNaming(nil) }

// continueNaming is beginNaming with the directories that an earlier batch had
// open, nil if there was none.
func (s *Store) continueNaming(b *vault.Batch) *naming {
	s.placing.Lock()
	if b == nil || !b.Of(s.vault()) {
		b = s.vault().Batch()
	}
	return &naming{
		s: s, batch: b, promised: map[string]bool{},
		change: catalogue.VaultChanges{Outlines: map[media.ID]media.Outline{}},
	}
}

func (n *naming) end() {
	n.batch.Close()
	n.s.placing.Unlock()
}

// plan adds a move to the free path nearest to the target's.
func (n *naming) plan(ctx context.Context, t target, m *move) error {
	if n.free(t.want) {
		n.add(t, m, t.want)
		return nil
	}
	if err := n.clear(ctx, t); err != nil {
		return err
	}
	if n.isRespelling(t.want, m) {
		if path.Base(t.want) == path.Base(m.from) {
			// Only a directory is spelled otherwise, and stays as it is.
			m.from, m.retimed = "", true
			n.add(t, m, t.want)
			return nil
		}
		if err := n.stepAside(t, m); err != nil {
			return err
		}
	}
	p, err := n.reserve(t.want, t.Item.ID)
	if err != nil {
		return err
	}
	n.add(t, m, p)
	return nil
}

func (n *naming) reserve(want string, id media.ID) (string, error) {
	return n.batch.Reserve(want, id, func(p string) bool { return n.promised[p] })
}

// free reports a path that nothing lies at and that is promised to nobody. What
// the catalogue may say of it is outdated, and makes way when the batch is recorded.
func (n *naming) free(p string) bool { return !n.promised[p] && n.batch.Vacant(p) }

func (n *naming) add(t target, m *move, p string) {
	n.promised[p] = true
	m.file = t.VaultFile
	m.file.Path = p
	n.moves = append(n.moves, m)
}

// isRespelling reports whether the wanted path is, to the vault's filesystem, but
// another spelling of the one that the file has: its origin has changed the case.
func (n *naming) isRespelling(want string, m *move) bool {
	v := n.s.vault()
	return !m.link && m.from != "" && v.Traits().Folds() && volume.Fold(want) == volume.Fold(m.from) &&
		v.Traits().Holds(path.Base(want)) && v.IsSpelling(m.from) && v.IsSpelling(want)
}

// stepAside gives a file another name for a moment. To rename it from one
// spelling to another at once is not safe: there are drivers of FAT that first
// free what they find under the new name, which is the file itself.
func (n *naming) stepAside(t target, m *move) error {
	aside, err := n.reserve(path.Join(path.Dir(m.from), n.s.vault().Suffixed(path.Base(t.want), t.Item.ID, 16)), t.Item.ID)
	if err != nil {
		return err
	}
	line := t.VaultFile
	line.Path = aside
	if err := n.s.vault().Log(lineOf(line)); err != nil {
		return err
	}
	if err := n.batch.Move(m.from, aside); err != nil {
		return err
	}
	m.from = aside
	return nil
}

// clear sets aside what lies at the target's path if it is what the name stood
// for before.
func (n *naming) clear(ctx context.Context, t target) error {
	old, ok, err := n.s.cat.VaultFile(ctx, t.want)
	if err != nil || !ok || old.Version || !sameName(old, t.VaultFile) {
		return err
	}
	if old.Damaged && old.Item == t.Item {
		n.s.vault().Forget(old.Path) // whole bytes of it are here now
		return nil
	}
	if old.Item == t.Item {
		return nil
	}
	for _, m := range n.moves {
		if m.old == old.Path {
			return nil
		}
	}
	switch err := n.setAside(ctx, old); {
	case errors.Is(err, errOtherFile):
		return nil // the name is taken, and who looks at the file will say by what
	case err != nil:
		return err
	}
	// It must be out of the way before a path is chosen.
	aside := n.moves[len(n.moves)-1]
	if err := n.s.vault().Log(lineOf(aside.file)); err != nil {
		return err
	}
	n.carryOut(aside)
	aside.from = ""
	return aside.err
}

// errOtherFile reports a file that is not the one that its row tells of.
var errOtherFile = errors.New("file is not as it was recorded")

// setAside plans to move a version that its origin has replaced.
func (n *naming) setAside(ctx context.Context, old catalogue.VaultFile) error {
	if fi, err := n.s.vault().Lstat(old.Path); err != nil || !n.s.asRecorded(ctx, old, fi) {
		n.s.suspect(old.Path)
		return fmt.Errorf("%s: %w", old.Path, errOtherFile)
	}
	dir, err := n.s.vaultDir(ctx, old.Origin, old.Folder, old.Label)
	if err != nil {
		return err
	}
	t := target{VaultFile: old, want: path.Join(vault.VersionsDir, dir, path.Dir(old.Name), n.s.vault().Suffixed(path.Base(old.Name), old.Item.ID, 8))}
	t.Version = true
	return n.plan(ctx, t, &move{from: old.Path, old: old.Path})
}

// execute carries the batch out. Each move has its own error; the error
// returned is that of all.
func (n *naming) execute(ctx context.Context) error {
	lines := make([]vault.Line, 0, len(n.moves)+len(n.notes))
	for _, m := range n.moves {
		if m.from != "" || m.retimed {
			lines = append(lines, lineOf(m.file))
		}
	}
	for _, f := range n.notes {
		lines = append(lines, noteOf(f))
	}
	if err := n.s.vault().Log(lines...); err != nil {
		return err
	}
	for _, m := range n.moves {
		if m.from != "" {
			n.carryOut(m)
		}
	}
	if err := n.batch.Sync(); err != nil {
		return err
	}
	for _, m := range n.moves {
		if m.err != nil {
			continue
		}
		if m.old != "" && m.old != m.file.Path {
			n.change.Drop = append(n.change.Drop, m.old)
		}
		n.change.Put = append(n.change.Put, m.file)
	}
	n.change.Note = n.notes
	if len(n.change.Put)+len(n.change.Drop)+len(n.change.Note) == 0 {
		return nil
	}
	if err := n.s.cat.ChangeVault(ctx, n.change); err != nil {
		if errors.Is(err, catalogue.ErrNoRoom) {
			err = fmt.Errorf("%w: %w", ErrStateFull, err)
		}
		return fmt.Errorf("record vault files: %w", err)
	}
	for _, m := range n.moves {
		if m.err != nil {
			continue
		}
		n.s.problems.clear(n.s.vault().Abs(m.file.Path))
		if m.after != nil {
			m.after()
		}
	}
	return nil
}

// carryOut moves one file. A name that was taken in between is left to its
// taker, and one that the filesystem turns out not to hold is bent.
func (n *naming) carryOut(m *move) {
	do := n.batch.Move
	if m.link {
		do = n.batch.Link
	}
	defer func() {
		if m.err == nil && n.s.vault().Traits().Restamps {
			m.err = n.s.vault().Touch(m.file.Path, m.file.MTime)
		}
	}()
	m.err = do(m.from, m.file.Path)
	var p string
	switch {
	case m.err == nil || errors.Is(m.err, vault.ErrNoSpace):
		return
	case errors.Is(m.err, fs.ErrExist):
		var err error
		if p, err = n.batch.Reserve(m.file.Path, m.file.Item.ID, func(p string) bool { return n.promised[p] }); err != nil {
			return
		}
	case m.link || n.s.vault().IsPlain(m.file.Path):
		return
	default:
		p = n.s.vault().PlainPath(m.file.Path, m.file.Item.ID)
	}
	m.file.Path = p
	n.promised[p] = true
	if err := n.s.vault().Log(lineOf(m.file)); err == nil {
		m.err = do(m.from, p)
	}
}

// isSame reports whether the file at a path of the vault has the item's bytes.
func (s *Store) isSame(ctx context.Context, p string, it media.Item) bool {
	fi, err := s.vault().Lstat(p)
	if err != nil || !fi.Mode().IsRegular() || fi.Size() != it.Size {
		return false
	}
	got, _, err := s.hashVaultFile(ctx, p)
	return err == nil && got == it
}

func (s *Store) hashVaultFile(ctx context.Context, p string) (media.Item, media.Outline, error) {
	f, err := s.vault().Open(p)
	if err != nil {
		return media.Item{}, nil, err
	}
	defer func() { _ = f.Close() }()
	return media.Hash(ctx, f)
}

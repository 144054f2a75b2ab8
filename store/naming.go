package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/vault"
	"homeroll/store/media"
)

// naming is a batch of vault files that get names: planned, logged, moved, made
// durable, and only then recorded. Store.placing is held from begin to end.
type naming struct {
	s        *Store
	batch    *vault.Batch
	promised map[string]bool
	moves    []*move
	change   catalogue.VaultChanges
}

// move gives the file at from its name. One without from is in place already.
type move struct {
	from  string
	file  catalogue.VaultFile
	old   string // path of the row that the new one replaces
	link  bool   // from keeps its name, too
	err   error
	after func() // once recorded
}

// beginNaming waits for other batches. Call end.
func (s *Store) beginNaming() *naming {
	s.placing.Lock()
	return &naming{
		s: s, batch: s.vault().Batch(), promised: map[string]bool{},
		change: catalogue.VaultChanges{Outlines: map[media.ID]media.Outline{}},
	}
}

func (n *naming) end() {
	n.batch.Close()
	n.s.placing.Unlock()
}

// plan adds a move to the free path nearest to the target's.
func (n *naming) plan(ctx context.Context, t target, m *move) error {
	if err := n.clear(ctx, t); err != nil {
		return err
	}
	p, err := n.batch.Reserve(t.want, t.Item.ID, func(p string) bool { return n.promised[p] })
	if err != nil {
		return err
	}
	n.promised[p] = true
	m.file = t.VaultFile
	m.file.Path = p
	n.moves = append(n.moves, m)
	return nil
}

// clear sets aside what lies at the target's path if it is what the name stood
// for before.
func (n *naming) clear(ctx context.Context, t target) error {
	old, ok, err := n.s.cat.VaultFile(ctx, t.want)
	if err != nil || !ok || old.Version || old.Item == t.Item || !sameName(old, t.VaultFile) {
		return err
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
	if fi, err := n.s.vault().Lstat(old.Path); err != nil || !sameVaultFile(old, fi) {
		n.s.suspect(old.Path)
		return fmt.Errorf("%s: %w", old.Path, errOtherFile)
	}
	dir, err := n.s.vaultDir(ctx, old.Origin, old.Folder, old.Label)
	if err != nil {
		return err
	}
	t := target{VaultFile: old, want: path.Join(vault.VersionsDir, dir, path.Dir(old.Name), vault.Suffixed(path.Base(old.Name), old.Item.ID, 8))}
	t.Version = true
	return n.plan(ctx, t, &move{from: old.Path, old: old.Path})
}

// execute carries the batch out. Each move has its own error; the error
// returned is that of all.
func (n *naming) execute(ctx context.Context) error {
	lines := make([]vault.Line, 0, len(n.moves))
	for _, m := range n.moves {
		if m.from != "" {
			lines = append(lines, lineOf(m.file))
		}
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
	if len(n.change.Put)+len(n.change.Drop) == 0 {
		return nil
	}
	if err := n.s.cat.ChangeVault(ctx, n.change); err != nil {
		return fmt.Errorf("record vault files: %w", err)
	}
	for _, m := range n.moves {
		if m.err == nil && m.after != nil {
			m.after()
		}
	}
	return nil
}

// carryOut moves one file. A name that was taken in between is left to its
// taker.
func (n *naming) carryOut(m *move) {
	do := n.batch.Move
	if m.link {
		do = n.batch.Link
	}
	m.err = do(m.from, m.file.Path)
	if m.link && m.err != nil && !errors.Is(m.err, fs.ErrExist) && !errors.Is(m.err, fs.ErrNotExist) {
		n.s.vault().NoLinks() // copied in the next round
	}
	if !errors.Is(m.err, fs.ErrExist) {
		return
	}
	p, err := n.batch.Reserve(m.file.Path, m.file.Item.ID, func(p string) bool { return n.promised[p] })
	if err != nil {
		return
	}
	m.file.Path = p
	n.promised[p] = true
	if m.err = n.s.vault().Log(lineOf(m.file)); m.err == nil {
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

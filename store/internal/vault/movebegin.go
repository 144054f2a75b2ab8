package vault

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"homeroll/store/internal/disk"
	"homeroll/store/internal/volume"
)

// RefusedError reports something in a vault that the new filesystem cannot hold
// under any name. Nothing was copied.
type RefusedError struct{ Path, Why, hint string }

func (e *RefusedError) Error() string {
	return fmt.Sprintf("the new disk cannot hold %s: %s", e.Path, e.Why)
}

// Hint says what a person can do.
func (e *RefusedError) Hint() string { return e.hint }

// leftError is what stopped a copy, with what is left of it.
type leftError struct {
	err error
	dir string
}

func (e *leftError) Error() string { return e.err.Error() }
func (e *leftError) Unwrap() error { return e.err }

// Hint says what is left where, and how to be rid of it.
func (e *leftError) Hint() string {
	hint := "the vault is where it was; the same command goes on with the copy. What it has copied so far is in " + e.dir +
		": remove that directory to give the move up"
	var inner interface{ Hint() string }
	if errors.As(e.err, &inner) && inner.Hint() != "" {
		hint = inner.Hint() + "; " + hint
	}
	return hint
}

// left says of an error what the copy leaves behind.
func (m *Mover) left(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return &leftError{err, m.To}
}

// refused says which file the new disk does not take.
func refused(rel string, err error) error {
	if err == nil {
		return nil
	}
	return noSpace(fmt.Errorf("copy %s: %w", rel, err))
}

// begin opens both places, tries the new filesystem and chooses all names there.
func (m *Mover) begin(ctx context.Context) (err error) {
	_, err = os.Lstat(m.To)
	m.made = errors.Is(err, fs.ErrNotExist)
	_, err = os.Lstat(filepath.Join(m.To, movingFile))
	m.first = errors.Is(err, fs.ErrNotExist)
	if err := os.MkdirAll(m.To, 0o777); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	if err := writeMoving(m.To, m.ID); err != nil {
		return noSpace(fmt.Errorf("begin move of vault: %w", err))
	}
	if m.src, err = os.OpenRoot(m.From); err != nil {
		return fmt.Errorf("open vault: %w", err)
	}
	if m.dst, err = os.OpenRoot(m.To); err != nil {
		return fmt.Errorf("open directory: %w", err)
	}
	if err := m.dst.MkdirAll(stateDir, 0o777); err != nil {
		return noSpace(fmt.Errorf("make directory: %w", err))
	}
	m.asker = volume.NewAsker(m.dst, stateDir)
	m.plan = newMovePlan(m.src, m.traits(), m.asker)
	each := func(visit func(string, fs.FileInfo) error) error { return m.walk(ctx, visit) }
	if err := each(m.holds); err != nil {
		return err
	}
	return m.plan.make(ctx, each, m.names)
}

// traits tries the new filesystem, or guesses where it cannot be tried.
func (m *Mover) traits() volume.Traits {
	mount, err := disk.MountOf(m.To)
	if err == nil {
		m.fstype = mount.Type
	}
	probe := m.Probe
	if probe == nil {
		probe = volume.Probe
	}
	t, err := probe(m.dst, stateDir, m.fstype)
	if err != nil {
		return volume.Guess(m.To)
	}
	return t
}

// holds refuses what no other name makes possible.
func (m *Mover) holds(rel string, fi fs.FileInfo) error {
	if limit := volume.MaxFile(m.fstype); limit > 0 && fi.Size() > limit && fi.Mode().IsRegular() {
		return &RefusedError{rel, "it is larger than 4 GiB, which is the most for a file of FAT",
			"choose a disk with another filesystem (exFAT, NTFS, ext4, APFS); nothing was copied"}
	}
	if fi.Mode().Type() != fs.ModeSymlink {
		return nil
	}
	try := path.Join(stateDir, volume.ProbePrefix+"link")
	err := m.dst.Symlink("x", try)
	_ = m.dst.Remove(try)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return nil
	}
	return &RefusedError{rel, "it is a symbolic link, and that filesystem has none",
		"homeroll makes no links: move this one out of the vault, or remove it; nothing was copied"}
}

// Abandon gives up a move of which nothing was copied, and removes what Measure
// made for it. What an earlier attempt has copied stays.
func (m *Mover) Abandon() {
	if !m.first {
		return
	}
	m.Close()
	root, err := os.OpenRoot(m.To)
	if err != nil {
		return
	}
	_ = root.Remove(movingFile)
	_ = root.Remove(stateDir) // only an empty one goes
	_ = root.Close()
	if m.made {
		_ = os.Remove(m.To)
	}
}

// Close gives both places back.
func (m *Mover) Close() {
	if m.asker != nil {
		_ = m.asker.Close()
	}
	for _, root := range []*os.Root{m.src, m.dst} {
		if root != nil {
			_ = root.Close()
		}
	}
	m.asker, m.src, m.dst = nil, nil, nil
}

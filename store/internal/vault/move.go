package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"homeroll/store/internal/disk"
	"homeroll/store/internal/walk"
	"homeroll/store/media"
)

// Copied counts what a Mover has copied.
type Copied struct{ Files, Bytes, TotalFiles, TotalBytes int64 }

// ErrDiffers reports bytes that a disk gave back otherwise than they were
// written.
var ErrDiffers = errors.New("the new disk does not give back what was written to it")

// Mover copies a vault to another directory, every file of it, whoever put it
// there. Each file is written beside its name, synced, read back and compared
// before it gets it. An interrupted copy is gone on with: what is there already is
// compared, not copied again. Nothing is removed from the vault.
type Mover struct {
	ID   string // of the vault
	From string
	To   string
	Told func(Copied) // now and then; may be nil
	// Check is told what bytes each file of the vault has; may be nil.
	Check func(rel string, it media.Item)

	src, dst *os.Root
	done     Copied
	last     time.Time
	links    map[fileID]string // a file with several names, to its first
	dirs     []string
}

// fileID tells files of one machine apart; zero where the system does not.
type fileID struct{ dev, inode uint64 }

// linkID identifies a file, and reports whether it has several names.
func linkID(fi fs.FileInfo) (id fileID, several bool) {
	id.dev, id.inode = disk.IDOf(fi)
	return id, id.inode != 0 && disk.Links(fi) > 1
}

// tellEvery is how often Told is called.
const tellEvery = 250 * time.Millisecond

// movingTemp is the name of a copy until it is compared.
const movingTemp = stateDir + "/moving"

// Measure counts what there is to copy, and how much of it is missing in To.
func (m *Mover) Measure(ctx context.Context) (missing int64, err error) {
	m.done = Copied{}
	seen := map[fileID]bool{}
	err = m.walk(ctx, func(rel string, fi fs.FileInfo) error {
		if fi.IsDir() {
			return nil
		}
		m.done.TotalFiles++
		m.done.TotalBytes += fi.Size()
		if id, ok := linkID(fi); ok && seen[id] {
			return nil
		} else if ok {
			seen[id] = true
		}
		if there, err := os.Lstat(filepath.Join(m.To, filepath.FromSlash(rel))); err != nil || there.Size() != fi.Size() {
			missing += fi.Size()
		}
		return nil
	})
	return missing, err
}

// Copy copies all and makes it durable. Measure comes first.
func (m *Mover) Copy(ctx context.Context) (err error) {
	if err := os.MkdirAll(m.To, 0o777); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	if err := writeMoving(m.To, m.ID); err != nil {
		return fmt.Errorf("begin move of vault: %w", err)
	}
	if m.src, err = os.OpenRoot(m.From); err != nil {
		return fmt.Errorf("open vault: %w", err)
	}
	defer func() { _ = m.src.Close() }()
	if m.dst, err = os.OpenRoot(m.To); err != nil {
		return fmt.Errorf("open directory: %w", err)
	}
	defer func() { _ = m.dst.Close() }()
	m.links, m.dirs = map[fileID]string{}, []string{"."}
	if err := m.dst.MkdirAll(stateDir, 0o777); err != nil {
		return noSpace(fmt.Errorf("make directory: %w", err))
	}
	if err := m.dropStrays(ctx); err != nil {
		return err
	}
	err = m.walk(ctx, func(rel string, fi fs.FileInfo) error { return m.one(ctx, rel, fi) })
	if err != nil {
		return err
	}
	m.tell(true)
	for _, dir := range m.dirs {
		if err := errors.Join(ctx.Err(), disk.SyncDirAt(filepath.Join(m.To, filepath.FromSlash(dir)))); err != nil {
			return noSpace(err)
		}
	}
	return nil
}

// walk visits what is to be copied: not the marker, what is being received, or
// what is only known of this filesystem.
func (m *Mover) walk(ctx context.Context, visit func(rel string, fi fs.FileInfo) error) error {
	return disk.WalkTree(m.From, func(p string, e fs.DirEntry, err error) error {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return fmt.Errorf("read vault: %w", err)
		}
		switch p {
		case partialDir:
			return fs.SkipDir
		case ".", walk.Marker, filesystemFile, movingTemp, movingFile:
			return nil
		}
		if IsDraft(e.Name()) {
			return nil
		}
		fi, err := e.Info()
		if err != nil {
			return fmt.Errorf("read vault: %w", err)
		}
		if !fi.IsDir() && !fi.Mode().IsRegular() && fi.Mode().Type() != fs.ModeSymlink {
			return nil // what is no file is not kept by anybody
		}
		return visit(p, fi)
	})
}

// dropStrays removes from an earlier, interrupted copy the files that the vault
// has otherwise by now, so that whatever else is met there is a name that two
// files contend for.
func (m *Mover) dropStrays(ctx context.Context) error {
	return disk.WalkTree(m.To, func(p string, e fs.DirEntry, err error) error {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return fmt.Errorf("read %s: %w", m.To, err)
		}
		if e.IsDir() || p == movingFile {
			return nil
		}
		fi, err := e.Info()
		if err != nil {
			return err
		}
		src, err := m.src.Lstat(p)
		if p == movingTemp || err == nil && (src.Size() != fi.Size() || src.Mode().Type() != fi.Mode().Type()) {
			return m.dst.Remove(p)
		}
		return nil
	})
}

func (m *Mover) one(ctx context.Context, rel string, fi fs.FileInfo) error {
	switch {
	case fi.IsDir():
		if err := m.dst.Mkdir(rel, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
			return m.refused(rel, err)
		}
		m.dirs = append(m.dirs, rel)
		return nil
	case fi.Mode().Type() == fs.ModeSymlink:
		to, err := m.src.Readlink(rel)
		if err == nil {
			if err = m.dst.Symlink(to, rel); errors.Is(err, fs.ErrExist) {
				err = nil
			}
		}
		return m.refused(rel, err)
	}
	err := m.file(ctx, rel, fi)
	m.done.Files++
	m.done.Bytes += fi.Size()
	m.tell(false)
	return err
}

func (m *Mover) file(ctx context.Context, rel string, fi fs.FileInfo) error {
	id, linked := linkID(fi)
	if first := m.links[id]; linked && first != "" {
		if err := m.dst.Link(first, rel); err == nil {
			return nil
		}
	}
	err := m.copy(ctx, rel, fi)
	if err == nil && linked {
		m.links[id] = rel
	}
	return err
}

// copy writes a file beside its name, compares what the disk gives back, and
// gives it the name.
func (m *Mover) copy(ctx context.Context, rel string, fi fs.FileInfo) error {
	if _, err := m.dst.Lstat(rel); err == nil {
		return m.compare(ctx, rel, fi)
	}
	in, err := m.src.Open(rel)
	if err != nil {
		return fmt.Errorf("copy %s: %w", rel, err)
	}
	defer func() { _ = in.Close() }()
	out, err := m.dst.OpenFile(movingTemp, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return m.refused(rel, err)
	}
	want, _, err := media.Hash(ctx, io.TeeReader(in, out))
	if err == nil {
		m.setTime(movingTemp, fi)
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return m.refused(rel, err)
	}
	m.check(rel, want)
	got, err := hashIn(ctx, m.dst, movingTemp)
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("copy %s: %w", rel, ErrDiffers)
	}
	return m.refused(rel, m.dst.Rename(movingTemp, rel))
}

// compare is for a file that is there: from an earlier copy, or because the new
// filesystem takes two names for one.
func (m *Mover) compare(ctx context.Context, rel string, fi fs.FileInfo) error {
	want, err := hashIn(ctx, m.src, rel)
	if err != nil {
		return err
	}
	m.check(rel, want)
	got, err := hashIn(ctx, m.dst, rel)
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("copy %s: the new filesystem takes its name for that of another file: %w", rel, fs.ErrExist)
	}
	m.setTime(rel, fi)
	return nil
}

func (m *Mover) check(rel string, it media.Item) {
	if m.Check != nil {
		m.Check(rel, it)
	}
}

// setTime gives a file the time of the original. One that the filesystem does not
// take is set when the vault is compared with its records.
func (m *Mover) setTime(rel string, fi fs.FileInfo) {
	_ = m.dst.Chtimes(rel, time.Time{}, fi.ModTime())
}

// hashIn reads a file, from the disk rather than from memory.
func hashIn(ctx context.Context, root *os.Root, rel string) (media.Item, error) {
	f, err := root.Open(rel)
	if err != nil {
		return media.Item{}, fmt.Errorf("read %s: %w", rel, err)
	}
	defer func() { _ = f.Close() }()
	disk.Forget(f)
	it, _, err := media.Hash(ctx, f)
	if err != nil {
		return media.Item{}, fmt.Errorf("read %s: %w", rel, err)
	}
	return it, nil
}

// unnameableError reports a name of the vault that the new filesystem cannot hold.
type unnameableError struct {
	rel string
	err error
}

func (e *unnameableError) Error() string {
	return fmt.Sprintf("the new filesystem cannot hold the name %s: %v", e.rel, e.err)
}

func (e *unnameableError) Unwrap() error { return e.err }

// Hint says what a person can do.
func (e *unnameableError) Hint() string {
	return "the vault stays where it is; choose a disk that holds all names, or begin a new vault there, where names are bent to fit " +
		"and everything is fetched again: homeroll vault replace DIR"
}

// refused says which name or file the new disk does not take.
func (m *Mover) refused(rel string, err error) error {
	if err == nil {
		return nil
	}
	if disk.IsUnnameable(err) {
		return &unnameableError{rel, err}
	}
	return noSpace(fmt.Errorf("copy %s: %w", rel, err))
}

func (m *Mover) tell(now bool) {
	if m.Told == nil || !now && time.Since(m.last) < tellEvery {
		return
	}
	m.last = time.Now()
	m.Told(m.done)
}

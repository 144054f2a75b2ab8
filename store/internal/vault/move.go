package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"homeroll/store/internal/disk"
	"homeroll/store/internal/volume"
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
// before it gets it. Names that the new filesystem cannot hold are bent, as
// Batch.Reserve bends them, and the names log there says what they were. An
// interrupted copy is gone on with: what is there already is compared, not
// copied again. Nothing is removed from the vault.
//
// Measure comes first, then Copy or Abandon, then Close.
type Mover struct {
	ID   string // of the vault
	From string
	To   string
	Told func(Copied) // now and then; may be nil
	// Check is told what bytes each file of the vault has; may be nil.
	Check func(rel string, it media.Item)
	// Probe tries the new filesystem; volume.Probe if nil.
	Probe func(root *os.Root, dir, fstype string) (volume.Traits, error)

	src, dst *os.Root
	asker    *volume.Asker
	plan     *movePlan
	fstype   string
	made     bool // To was not there
	first    bool // nothing was copied before
	done     Copied
	last     time.Time
	links    map[fileID]string // a file with several names, to where its first is
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

// Measure looks at what there is to copy and where to, refuses what cannot be
// copied, and counts how much of it is missing in To.
func (m *Mover) Measure(ctx context.Context) (missing int64, err error) {
	if err := m.begin(ctx); err != nil {
		return 0, err
	}
	m.done = Copied{}
	seen := map[fileID]bool{}
	err = m.walk(ctx, func(rel string, fi fs.FileInfo) error {
		if fi.IsDir() {
			return nil
		}
		m.done.TotalFiles++
		m.done.TotalBytes += fi.Size()
		if id, ok := linkID(fi); ok && m.plan.traits.Links && seen[id] {
			return nil
		} else if ok {
			seen[id] = true
		}
		if there, err := m.dst.Lstat(m.plan.target(rel)); err != nil || there.Size() != fi.Size() {
			missing += fi.Size()
		}
		return nil
	})
	return missing, err
}

// Copy copies all and makes it durable.
func (m *Mover) Copy(ctx context.Context) (err error) {
	defer func() { err = m.left(err) }()
	m.links, m.dirs = map[fileID]string{}, []string{".", stateDir}
	if err := m.dropStrays(ctx); err != nil {
		return err
	}
	if err := m.walk(ctx, func(rel string, fi fs.FileInfo) error { return m.one(ctx, rel, fi) }); err != nil {
		return err
	}
	if err := m.copyNames(ctx); err != nil {
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
		case partialDir, uploadsDir:
			return fs.SkipDir
		case ".", stateDir, walk.Marker, filesystemFile, movingTemp, movingFile, namesFile, newNamesFile, bentFile:
			return nil
		}
		if e.IsDir() && path.Dir(p) == stateDir && strings.HasPrefix(e.Name(), volume.ProbePrefix) {
			return fs.SkipDir
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
	from := make(map[string]string, len(m.plan.files))
	for rel, to := range m.plan.files {
		from[to] = rel
	}
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
		rel, bent := from[p]
		if !bent {
			rel = p
		}
		src, err := m.src.Lstat(rel)
		if p == movingTemp || err == nil && (src.Size() != fi.Size() || src.Mode().Type() != fi.Mode().Type()) {
			return m.dst.Remove(p)
		}
		return nil
	})
}

func (m *Mover) one(ctx context.Context, rel string, fi fs.FileInfo) error {
	to := m.plan.target(rel)
	switch {
	case fi.IsDir():
		if err := m.dst.Mkdir(to, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
			return refused(rel, err)
		}
		m.dirs = append(m.dirs, to)
		return nil
	case fi.Mode().Type() == fs.ModeSymlink:
		link, err := m.src.Readlink(rel)
		if err == nil {
			if err = m.dst.Symlink(link, to); errors.Is(err, fs.ErrExist) {
				err = nil
			}
		}
		return refused(rel, err)
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
		if err := m.dst.Link(first, m.plan.target(rel)); err == nil {
			return nil
		}
	}
	err := m.copy(ctx, rel, fi)
	if err == nil && linked {
		m.links[id] = m.plan.target(rel)
	}
	return err
}

// copy writes a file beside its name, compares what the disk gives back, and
// gives it the name.
func (m *Mover) copy(ctx context.Context, rel string, fi fs.FileInfo) error {
	var want media.Item
	for to := m.plan.target(rel); ; {
		if _, err := m.dst.Lstat(to); err == nil {
			// It is from an earlier copy, or the new filesystem takes two names for one.
			same, err := m.compare(ctx, rel, to, fi)
			if same || err != nil {
				return err
			}
		} else {
			if want.ID.IsZero() {
				if want, err = m.write(ctx, rel, fi); err != nil {
					return err
				}
			}
			err = m.dst.Rename(movingTemp, to)
			if err == nil {
				return m.restamp(to, fi)
			}
			if !m.unholdable(to, err) {
				return refused(rel, err)
			}
		}
		var err error
		if to, err = m.another(ctx, rel, to); err != nil {
			return err
		}
	}
}

// another chooses another path for a file that cannot have the one planned.
func (m *Mover) another(ctx context.Context, rel, not string) (string, error) {
	ids, err := idsOf(ctx, []string{rel}, m.names)
	if err != nil {
		return "", err
	}
	to, err := m.plan.bend(rel, ids[rel], not)
	if err != nil {
		return "", fmt.Errorf("copy: %w", err)
	}
	return to, nil
}

// write writes a file under the name for copies, and reads it back.
func (m *Mover) write(ctx context.Context, rel string, fi fs.FileInfo) (want media.Item, err error) {
	in, err := m.src.Open(rel)
	if err != nil {
		return want, fmt.Errorf("copy %s: %w", rel, err)
	}
	defer func() { _ = in.Close() }()
	out, err := m.dst.OpenFile(movingTemp, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return want, refused(rel, err)
	}
	want, _, err = media.Hash(ctx, io.TeeReader(in, out))
	if err == nil {
		m.setOpenTime(movingTemp, out, fi)
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return want, refused(rel, err)
	}
	m.check(rel, want)
	got, err := hashIn(ctx, m.dst, movingTemp)
	if err == nil && got != want {
		err = fmt.Errorf("copy %s: %w", rel, ErrDiffers)
	}
	return want, err
}

// compare reports whether what is at a path is the file's copy.
func (m *Mover) compare(ctx context.Context, rel, to string, fi fs.FileInfo) (same bool, err error) {
	if there, err := m.dst.Lstat(to); err != nil || !there.Mode().IsRegular() || there.Size() != fi.Size() {
		return false, err
	}
	want, err := hashIn(ctx, m.src, rel)
	if err != nil {
		return false, err
	}
	m.check(rel, want)
	got, err := hashIn(ctx, m.dst, to)
	if err != nil || got != want {
		return false, err
	}
	m.setTime(to, fi)
	return true, nil
}

func (m *Mover) check(rel string, it media.Item) {
	if m.Check != nil {
		m.Check(rel, it)
	}
}

// setTime gives a file the time of the original, as near as it can have it. One
// that the filesystem does not take is set when the vault is compared with its
// records.
func (m *Mover) setTime(to string, fi fs.FileInfo) {
	if !m.plan.traits.Timeless {
		_ = volume.SetTime(m.dst, to, m.plan.traits.Settable(fi.ModTime()))
	}
}

// setOpenTime is setTime for a file that was written through f.
func (m *Mover) setOpenTime(to string, f *os.File, fi fs.FileInfo) {
	if !m.plan.traits.Timeless {
		_ = volume.SetOpenTime(m.dst, to, f, m.plan.traits.Settable(fi.ModTime()))
	}
}

// restamp sets the time again where a rename changes it.
func (m *Mover) restamp(to string, fi fs.FileInfo) error {
	if !m.plan.traits.Restamps {
		return nil
	}
	m.setTime(to, fi)
	f, err := m.dst.OpenFile(to, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("set time: %w", err)
	}
	return noSpace(errors.Join(f.Sync(), f.Close()))
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

func (m *Mover) tell(now bool) {
	if m.Told == nil || !now && time.Since(m.last) < tellEvery {
		return
	}
	m.last = time.Now()
	m.Told(m.done)
}

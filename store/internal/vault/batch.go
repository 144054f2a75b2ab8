package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"homeroll/store/internal/disk"
	"homeroll/store/internal/volume"
	"homeroll/store/media"
)

// ErrTaken reports a name under which other bytes lie.
var ErrTaken = errors.New("name is taken")

// Batch moves files to their names and then makes all of it durable at once.
// Directories that get an entry are synced before those that lose one, so that
// no crash leaves a file with no name. It is used by one goroutine.
type Batch struct {
	v     *Vault
	open  map[string]*os.File
	known map[string]bool // directories that were there
	gets  map[string]bool // directories with a new entry, to be synced
	lose  map[string]bool // directories with an entry less
}

// Batch begins one, when the one before is closed. What that one could not sync is
// part of it: it may have made directories that this one finds there.
func (v *Vault) Batch() *Batch {
	return &Batch{v: v, open: map[string]*os.File{}, known: map[string]bool{}, gets: map[string]bool{}, lose: map[string]bool{}}
}

// unsynced is a set of directories, safe for concurrent use.
type unsynced struct {
	mu   sync.Mutex
	dirs map[string]bool
}

func (u *unsynced) add(dirs map[string]bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.dirs == nil {
		u.dirs = map[string]bool{}
	}
	maps.Copy(u.dirs, dirs)
}

func (u *unsynced) take() map[string]bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	dirs := u.dirs
	u.dirs = nil
	return dirs
}

// Close closes what the batch had open, and leaves what it has not synced to the
// next one.
func (b *Batch) Close() {
	b.leave()
	b.closeDirs()
}

func (b *Batch) closeDirs() {
	for p, d := range b.open {
		_ = d.Close()
		delete(b.open, p)
	}
}

// leave leaves what is not synced to whichever batch syncs next.
func (b *Batch) leave() {
	for _, set := range []map[string]bool{b.gets, b.lose} {
		if len(set) > 0 {
			b.v.unsynced.add(set)
			clear(set)
		}
	}
}

// Of reports whether the batch is one of this vault, in which all is done.
func (b *Batch) Of(v *Vault) bool { return b.v == v && len(b.gets)+len(b.lose) == 0 }

// Vacant reports whether nothing lies at a path whose directories are there, or
// are made, and that the filesystem can hold as it is. It says no in doubt.
func (b *Batch) Vacant(p string) bool {
	if b.v.shorten(p) != p || !b.v.traits.Holds(path.Base(p)) {
		return false
	}
	dir, err := b.makeDirs(path.Dir(p))
	return err == nil && dir == path.Dir(p) && errors.Is(b.entry(p), fs.ErrNotExist)
}

// entry returns nil if there is something at a path, fs.ErrNotExist if not.
func (b *Batch) entry(p string) error {
	b.trim()
	d, err := b.dir(path.Dir(p))
	if err != nil {
		return err
	}
	return disk.Entry(d, path.Base(p))
}

// Reserve makes the directories of the path want and returns the first path
// that is free: want itself, or one bent to what the filesystem can hold, or
// one with a suffix from the item's hash. taken reports paths that the caller
// has promised to another file.
func (b *Batch) Reserve(want string, id media.ID, taken func(p string) bool) (string, error) {
	want = b.v.shorten(want)
	dir, err := b.makeDirs(path.Dir(want))
	if err != nil {
		return "", err
	}
	name := path.Base(want)
	candidates := []string{name, b.v.Suffixed(name, id, 8), b.v.Suffixed(name, id, 16), b.v.Suffixed(name, id, 64), plainSuffixed(name, id)}
	if !b.v.traits.Holds(name) {
		candidates = candidates[1:]
	}
	for _, c := range candidates {
		p := path.Join(dir, c)
		err := b.entry(p)
		switch {
		case errors.Is(err, fs.ErrNotExist) && !taken(p):
			return p, nil
		case err == nil || errors.Is(err, fs.ErrNotExist) || unholdable(b.v.root, p, err):
		default:
			return "", fmt.Errorf("look for a free name: %w", err)
		}
	}
	return "", fmt.Errorf("%s: %w", want, ErrTaken)
}

// makeDirs makes a directory and those above it and returns its path, in which
// elements that cannot be directories of that name are bent.
func (b *Batch) makeDirs(dir string) (string, error) {
	if b.known[dir] {
		return dir, nil
	}
	at, original := ".", ""
	for _, e := range strings.Split(dir, "/") {
		original = path.Join(original, e)
		next, err := b.makeDir(at, e, original)
		if err != nil {
			return "", fmt.Errorf("make directory: %w", err)
		}
		at = next
	}
	return at, nil
}

func (b *Batch) makeDir(parent, element, original string) (string, error) {
	candidates := []string{element, bentDir(original, element, b.v.traits.Bend), bentDir(original, element, volume.Plain)}
	if !b.v.traits.Holds(element) {
		candidates = candidates[1:]
	}
	for _, c := range candidates {
		p := path.Join(parent, c)
		if ok, err := b.tryDir(parent, p); ok || err != nil {
			return p, err
		}
	}
	return "", fmt.Errorf("%s: %w", path.Join(parent, element), ErrTaken)
}

// tryDir reports false if p cannot be a directory of that name here.
func (b *Batch) tryDir(parent, p string) (bool, error) {
	if b.known[p] {
		return true, nil
	}
	err := b.v.root.Mkdir(p, 0o777)
	switch {
	case err == nil:
		b.gets[parent], b.known[p] = true, true
		return true, nil
	case unholdable(b.v.root, p, err):
		return false, nil
	case !errors.Is(err, fs.ErrExist):
		return false, noSpace(err)
	}
	fi, err := b.v.root.Lstat(p)
	if err != nil {
		return false, err
	}
	b.known[p] = fi.IsDir()
	return fi.IsDir(), nil
}

// Move gives a file its name. It never overwrites: fs.ErrExist.
func (b *Batch) Move(from, to string) error {
	fromDir, toDir := path.Dir(from), path.Dir(to)
	if fromDir != toDir && (b.lose[toDir] || b.gets[fromDir]) {
		// One order of syncing cannot be right for both moves.
		if err := b.Sync(); err != nil {
			return err
		}
	}
	b.trim()
	src, err := b.dir(fromDir)
	if err != nil {
		return err
	}
	dst, err := b.dir(toDir)
	if err != nil {
		return err
	}
	if err := disk.RenameNew(src, path.Base(from), dst, path.Base(to)); err != nil {
		return noSpace(err)
	}
	b.gets[toDir] = true
	if fromDir != toDir {
		b.lose[fromDir] = true
	}
	return nil
}

// IsSpelling reports whether the path, be it spelled as the filesystem lists it
// or not, is that of a file whose name no other in its directory resembles.
// Inodes do not tell: some filesystems make one up for each spelling.
func (v *Vault) IsSpelling(p string) bool {
	if _, err := v.root.Lstat(p); err != nil {
		return false
	}
	d, err := v.root.Open(path.Dir(p))
	if err != nil {
		return false
	}
	defer func() { _ = d.Close() }()
	names, err := d.Readdirnames(-1)
	alike, folded := 0, volume.Fold(path.Base(p))
	for _, name := range names {
		if volume.Fold(name) == folded {
			alike++
		}
	}
	return err == nil && alike == 1
}

// Link gives a file a second name.
func (b *Batch) Link(from, to string) error {
	b.trim()
	src, err := b.dir(path.Dir(from))
	if err != nil {
		return err
	}
	dst, err := b.dir(path.Dir(to))
	if err != nil {
		return err
	}
	if err := disk.Link(src, path.Base(from), dst, path.Base(to)); err != nil {
		return err
	}
	b.gets[path.Dir(to)] = true
	return nil
}

func (b *Batch) dir(p string) (*os.File, error) {
	if d := b.open[p]; d != nil {
		return d, nil
	}
	d, err := b.v.root.Open(p)
	if err != nil {
		return nil, fmt.Errorf("open directory: %w", err)
	}
	b.open[p] = d
	return d, nil
}

// trim closes all directories once there are many.
func (b *Batch) trim() {
	if len(b.open) >= openDirs() {
		b.closeDirs()
	}
}

// maxOpenDirs keeps a batch well below the usual limits of open files, and
// parallelSyncs says how many directories are synced at once: the system
// makes one write of what waits together.
const (
	maxOpenDirs   = 256
	parallelSyncs = 16
)

// openDirs is maxOpenDirs, or a share of what the system lets this process open:
// drafts have as many, and a sync half of that beyond them.
var openDirs = sync.OnceValue(func() int { return max(2, min(maxOpenDirs, disk.OpenFiles()/16)) })

// Sync makes every move and every new directory durable, and what others have
// left unsynced so far.
func (b *Batch) Sync() error {
	for p := range b.v.takeUnsynced() {
		if !b.lose[p] { // else it is synced in its turn
			b.gets[p] = true
		}
	}
	for _, set := range []map[string]bool{b.gets, b.lose} {
		for dirs := range slices.Chunk(slices.Collect(maps.Keys(set)), openDirs()/2) {
			if err := b.syncAll(dirs); err != nil {
				return noSpace(err)
			}
		}
	}
	clear(b.gets)
	clear(b.lose)
	return nil
}

func (b *Batch) syncAll(dirs []string) error {
	dirs, err := b.syncTogether(dirs)
	if err != nil {
		return err
	}
	var all errgroup.Group
	all.SetLimit(parallelSyncs)
	for _, p := range dirs {
		d, err := b.dir(p)
		if errors.Is(err, fs.ErrNotExist) {
			continue // somebody removed it, and all that was in it
		}
		if err != nil {
			return errors.Join(err, all.Wait())
		}
		all.Go(func() error {
			if err := disk.SyncDir(d); err != nil {
				return fmt.Errorf("sync directory %s: %w", p, err)
			}
			return nil
		})
	}
	err = all.Wait()
	b.trim()
	return err
}

// syncTogether makes those of many directories durable that are on filesystems
// that can be synced as a whole, and returns the others.
func (b *Batch) syncTogether(dirs []string) (rest []string, err error) {
	if len(dirs) < tideMany {
		return dirs, nil
	}
	groups := map[uint64][]string{}
	for _, p := range dirs {
		d, err := b.dir(p)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if err == nil {
			if group, ok := b.v.tide.groupOf(d); ok {
				groups[group] = append(groups[group], p)
				continue
			}
		}
		rest = append(rest, p)
	}
	for group, all := range groups {
		if len(all) < tideMany || !b.v.tide.syncAll(group, b.open[all[0]], 0) {
			rest = append(rest, all...)
		}
	}
	return rest, nil
}

// unholdable reports whether the error that a path met means that its last name is
// one that the filesystem cannot hold. Some drivers only say that it is not
// permitted (fusefat), as a directory says that may not be written to: then the
// name is tried elsewhere, beside one that every filesystem holds.
func unholdable(root *os.Root, p string, err error) bool {
	switch {
	case disk.IsUnnameable(err) || disk.IsNotDir(err):
		return true
	case errors.Is(err, fs.ErrPermission):
		return volume.Refuses(root, stateDir, path.Base(p))
	}
	return false
}

package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/disk"
	"homeroll/store/internal/walk"
	"homeroll/store/media"
)

// folder is one watched folder. Its loop (run) decides when to look at what;
// walks and hashing happen in other goroutines, which only tell it what to
// look at again.
type folder struct {
	// Set once.
	s      *Store
	id     media.FolderID
	path   string // as the user gave it
	root   string // resolved
	label  string
	ignore []string
	rules  walk.Rules

	settling *settling
	skips    *skips
	progress progress
	shifts   shifts
	guard    *guard
	walks    atomic.Int32  // walks of new directories that run
	kick     chan struct{} // a token asks for a full scan
	stop     chan struct{} // closed when the folder is removed
	stopped  chan struct{} // closed when its loop has ended; nil if it never ran

	mu       sync.Mutex
	scanning bool
	missing  string // why, if it is
	polling  string // why, if there are no events
}

func (s *Store) newFolder(id media.FolderID, cfg FolderConfig, label string) (*folder, error) {
	ignore, err := walk.ParseIgnore(cfg.Ignore)
	if err != nil {
		return nil, err
	}
	root := disk.Resolve(cfg.Path)
	f := &folder{
		s: s, id: id, path: cfg.Path, root: root, label: label, ignore: cfg.Ignore,
		rules:    walk.Rules{Base: filepath.Base(root), Types: s.types, Ignore: ignore, Except: s.ownBelow(root)},
		settling: newSettling(), skips: newSkips(),
		kick: make(chan struct{}, 1), stop: make(chan struct{}),
		scanning: true, // until the first scan has ended
	}
	f.guard = newGuard(f)
	return f, nil
}

// ownBelow returns the directories below root, as slash paths in it, that this node writes to: what
// it makes of pictures is not to be backed up, and pictures of these made again.
func (s *Store) ownBelow(root string) (own []string) {
	for _, dir := range s.ownDirs() {
		if rel, err := filepath.Rel(root, disk.Resolve(dir)); err == nil && filepath.IsLocal(rel) {
			own = append(own, filepath.ToSlash(rel))
		}
	}
	return own
}

// ownDirs are the directories of this node's state and previews.
func (s *Store) ownDirs() []string { return []string{s.cfg.State, previewsDir(s.cfg)} }

func (f *folder) abs(rel string) string { return walk.Join(f.root, rel) }

// rel returns the path of a file of the folder, and false if it is none.
func (f *folder) rel(abs string) (string, bool) {
	for _, root := range []string{f.root, f.path} {
		if disk.Within(abs, root) && abs != root {
			return filepath.ToSlash(strings.TrimLeft(abs[len(root):], `/\`)), true
		}
	}
	return "", false
}

func (f *folder) isStopped() bool {
	select {
	case <-f.stop:
		return true
	default:
		return false
	}
}

// rescan asks for a full scan.
func (f *folder) rescan() {
	select {
	case f.kick <- struct{}{}:
	default:
	}
}

// look asks for one path.
func (f *folder) look(rel string) { f.settling.look(rel, time.Now()) }

func (f *folder) setState(set func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := [3]any{f.scanning, f.missing, f.polling}
	set()
	if before != [3]any{f.scanning, f.missing, f.polling} {
		f.s.changed.fire()
	}
}

// state returns what the folder is doing, and why.
func (f *folder) state() (FolderState, string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.missing != "":
		return FolderMissing, f.missing
	case f.guard.halted() != nil:
		return FolderHalted, f.guard.halted().detail()
	case f.scanning || f.progress.unfinished() || f.settling.busy(f.s.cfg.Settle, time.Now()) || f.guard.undecided() || f.s.recorder.busy():
		return FolderScanning, ""
	case f.polling != "":
		return FolderPolling, f.polling
	default:
		return FolderWatching, ""
	}
}

// working reports whether files may be found in the folder that only moved.
func (f *folder) working() bool {
	f.mu.Lock()
	scanning := f.scanning
	f.mu.Unlock()
	return scanning || f.walks.Load() > 0 || f.progress.unfinished() || f.settling.busy(f.s.cfg.Settle, time.Now())
}

// known reports whether the file is on record as it is.
func (f *folder) known(ctx context.Context, file walk.File) bool {
	old, ok, err := f.s.cat.File(ctx, catalogue.FileKey{Folder: f.id, Path: file.Path})
	return err == nil && ok && f.unchanged(old, file.Stamp)
}

// unchanged reports a file that nobody has written to since it was hashed. A
// program can set the modification time back after an edit, but not the time of
// the last status change. Filesystems that make up inodes are not asked for it:
// theirs differs after each mount.
func unchanged(old catalogue.File, now disk.Stamp) bool {
	return sameFile(old, now) && (now.Inode == 0 || old.CTime.Equal(now.Changed))
}

// sameFile reports whether size, modification time and inode are as recorded,
// as they still are after a rename, which changes the status.
func sameFile(old catalogue.File, now disk.Stamp) bool {
	return old.Item.Size == now.Size && old.MTime.Equal(now.MTime) && old.Inode == now.Inode
}

// found is called with every file that may be new or changed.
func (f *folder) found(ctx context.Context, file walk.File, w waiting, bulk bool) {
	if file.Verdict.Class != walk.Media {
		f.leftOut(ctx, file)
		return
	}
	f.skips.remove(file.Path)
	if f.known(ctx, file) {
		f.s.problems.settle(file.Abs)
		return
	}
	if f.moved(ctx, file) {
		return
	}
	f.read(ctx, &job{f: f, file: file, w: w}, bulk)
}

// read has a file hashed once it has settled.
func (f *folder) read(ctx context.Context, j *job, bulk bool) {
	now := time.Now()
	file, w := j.file, &j.w
	if !file.Stamp.Same(w.stamp) {
		w.stamp, w.since = file.Stamp, now
	}
	if !settledAt(file.Stamp, w.since, f.s.cfg.Settle).After(now) {
		f.s.hasher.push(ctx, j, bulk)
		return
	}
	if f.settling.wait(*w, file.Stamp, f.s.cfg.Settle, now) {
		f.raiseChanging(file.Abs)
	}
}

// leftOut counts a file that is not backed up, or no longer.
func (f *folder) leftOut(ctx context.Context, file walk.File) {
	if file.Verdict.Class == walk.Skipped {
		f.skips.add(file.Path, file.Verdict.Type)
	} else {
		f.skips.remove(file.Path)
	}
	f.s.problems.clear(file.Abs)
	key := catalogue.FileKey{Folder: f.id, Path: file.Path}
	if _, ok, err := f.s.cat.File(ctx, key); ok && err == nil {
		f.s.recorder.record(ctx, fileChange{drop: []catalogue.FileKey{key}})
	}
}

// moved records a file that is on record under another name, without reading
// it: the same inode, size and modification time cannot be other bytes, unless
// the inode has passed to a file that was made later. Where the other name is
// still there, the status must be the same, too: both may have been written to.
func (f *folder) moved(ctx context.Context, file walk.File) bool {
	if file.Stamp.Inode == 0 {
		return false
	}
	candidates, err := f.s.cat.FilesByInode(ctx, file.Stamp.Inode, file.Stamp.Size)
	if err != nil {
		return false
	}
	for _, old := range candidates {
		if !sameFile(old, file.Stamp) {
			continue
		}
		change := fileChange{put: []catalogue.File{f.fileOf(file, old.Item, time.Time{})}}
		if f.s.isAway(old) {
			change.drop = []catalogue.FileKey{{Folder: old.Folder, Path: old.Path}}
		} else if !unchanged(old, file.Stamp) {
			continue
		}
		if !disk.ExistedAt(file.Abs, old.CTime) {
			continue
		}
		f.s.recorder.record(ctx, change)
		return true
	}
	return false
}

// isAway reports that nothing has the name of a recorded file any more, although
// another spelling of it may.
func (s *Store) isAway(file catalogue.File) bool {
	for _, f := range s.watched() {
		if f.id == file.Folder {
			_, err := os.Lstat(f.abs(file.Path))
			return (err != nil && isGone(err)) || (err == nil && !disk.Present(f.root, file.Path))
		}
	}
	return false
}

// renamedFrom returns the names of an item that are away from this folder: the
// file that was just hashed had one of them, and its filesystem has no inodes by
// which that could have been told before.
func (f *folder) renamedFrom(ctx context.Context, file walk.File, item media.Item) []catalogue.FileKey {
	if file.Stamp.Inode != 0 {
		return nil
	}
	files, err := f.s.cat.FilesOf(ctx, item)
	if err != nil {
		return nil
	}
	var away []catalogue.FileKey
	for _, old := range files {
		if old.Folder == f.id && old.Path != file.Path && f.s.isAway(old) {
			away = append(away, catalogue.FileKey{Folder: old.Folder, Path: old.Path})
		}
	}
	return away
}

// examine looks at one path of which an event, a problem or a timer told.
func (f *folder) examine(ctx context.Context, w waiting) (gone bool) {
	abs := f.abs(w.path)
	fi, err := os.Lstat(abs)
	switch {
	case err != nil && isGone(err):
		return true
	case err != nil:
		f.s.problems.raise(readProblem(abs, err))
	case !walk.Entered(f.root, path.Dir(w.path), f.rules):
		f.leftOut(ctx, walk.File{Path: w.path, Abs: abs, Verdict: walk.Verdict{Class: walk.Ignored}})
	case fi.IsDir():
		// Its own walk is the loop's matter.
	case !disk.Present(f.root, w.path):
		return true // only another spelling of it is there
	default:
		f.found(ctx, walk.Judge(f.root, w.path, fi, f.rules), w, false)
	}
	return false
}

func isGone(err error) bool { return errors.Is(err, fs.ErrNotExist) || disk.IsNotDir(err) }

func isDir(abs string) bool {
	fi, err := os.Lstat(abs)
	return err == nil && fi.IsDir()
}

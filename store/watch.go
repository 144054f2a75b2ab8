package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/disk"
	"homeroll/store/internal/filetype"
	"homeroll/store/internal/walk"
)

// How often a folder is looked at.
const (
	missingEvery = 5 * time.Second        // whether it is back
	pollAtLeast  = time.Minute            // where there are no events
	pollShare    = 10                     // a scan may take one part of the time in so many
	haltedShare  = 20                     // likewise while the folder is halted
	placeEvery   = 100 * time.Millisecond // whether it is on its disk, while files of it are looked at
	subWalkWait  = 5 * time.Second        // for which names that are gone wait for new directories
)

// watcher is the state of a folder's loop.
type watcher struct {
	f      *folder
	ctx    context.Context // of the loop
	mu     sync.Mutex      // guards events, which only the loop changes
	events *events         // nil: none to be had
	next   time.Time       // of the next full scan

	scanEnd  chan error // of the running scan, nil if none runs
	scanFrom time.Time
	scanTook time.Duration // the last one
	root     fs.FileInfo   // when it was scanned; nil if it was not there
	again    bool          // scan once more after it
	walks    []string
	walkEnd  chan struct{} // of the running walk of new directories
	judgeEnd chan error    // of the running judgement of what is gone
	wg       sync.WaitGroup
}

// run watches the folder until ctx ends or it is removed, and waits for what
// it started.
func (f *folder) run(ctx context.Context) {
	defer close(f.stopped)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := &watcher{f: f, ctx: ctx}
	w.open()
	defer w.close()
	defer w.wg.Wait()
	defer cancel()
	w.scan()
	timer := time.NewTimer(0)
	defer timer.Stop()
	health := time.NewTicker(missingEvery)
	defer health.Stop()
	for {
		var wake <-chan struct{}
		if w.events != nil {
			wake = w.events.wake
		}
		timer.Reset(time.Until(w.handleDue()))
		select {
		case <-ctx.Done():
			return
		case <-f.stop:
			return
		case <-f.kick:
			w.scan()
		case <-wake:
			w.handleEvents()
		case <-f.settling.wake:
		case err := <-w.scanEnd:
			w.endScan(err)
		case <-health.C:
			if w.replaced() {
				w.scan()
			}
		case <-w.walkEnd:
			w.walkEnd = nil
			w.nextWalk()
		case err := <-w.judgeEnd:
			w.endJudge(err)
		case <-timer.C:
			if !time.Now().Before(w.next) {
				w.scan()
			}
		}
	}
}

// open begins to watch, where the system and the filesystem tell of changes.
func (w *watcher) open() {
	if m, err := w.f.s.mountOf(w.f.root); err == nil && m.Deaf {
		w.poll(fmt.Sprintf("it is on a shared filesystem (%s), which does not tell of changes made elsewhere, "+
			"so they are found by looking every few minutes", m.Type))
		return
	}
	e, err := w.f.s.newEvents()
	if err != nil {
		w.poll(watchAdvice(err))
		return
	}
	w.mu.Lock()
	w.events = e
	w.mu.Unlock()
}

// reopen watches everything anew.
func (w *watcher) reopen() {
	old := w.events
	w.mu.Lock()
	w.events = nil
	w.mu.Unlock()
	old.close()
	w.open()
	w.scan()
}

func (w *watcher) close() {
	if w.events != nil {
		w.events.close()
	}
}

func (w *watcher) poll(why string) {
	if w.f.polling == "" && why != "" {
		w.f.s.log.Warn("folder is polled", "folder", w.f.path, "why", why)
	}
	w.f.setState(func() { w.f.polling = why })
}

func (w *watcher) watchDir(abs string) {
	w.mu.Lock()
	e := w.events
	w.mu.Unlock()
	if e != nil {
		e.watch(abs)
	}
}

// scan starts a full scan, or has one follow the one that runs.
func (w *watcher) scan() {
	w.next = time.Now().Add(w.f.s.cfg.Rescan)
	if w.scanEnd != nil {
		w.again = true // what it has walked already may be different now
		return
	}
	if w.events != nil {
		w.events.retry()
	}
	end := make(chan error, 1)
	w.scanEnd, w.scanFrom = end, time.Now()
	w.root, _ = os.Stat(w.f.root)
	w.wg.Go(func() { end <- w.f.scanAll(w.ctx, w.watchDir) })
}

func (w *watcher) endScan(err error) {
	w.scanEnd, w.scanTook = nil, time.Since(w.scanFrom)
	if err != nil && w.ctx.Err() == nil && !errors.Is(err, context.Canceled) {
		w.f.s.log.Error("scan folder", "folder", w.f.path, "err", err)
	}
	if w.events != nil {
		why := ""
		if refused := w.events.refused(); refused != nil {
			why = watchAdvice(refused)
		}
		w.poll(why)
	}
	w.f.setState(func() { w.f.scanning = false })
	w.f.s.changed.fire()
	w.next = time.Now().Add(w.untilNext())
	if w.again {
		w.again = false
		w.scan()
	}
}

func (w *watcher) untilNext() time.Duration {
	w.f.mu.Lock()
	defer w.f.mu.Unlock()
	rescan := w.f.s.cfg.Rescan
	switch {
	case w.f.missing != "":
		return min(missingEvery, rescan)
	case w.f.guard.halted() != nil:
		return min(rescan, max(missingEvery, haltedShare*w.scanTook))
	case w.f.polling != "":
		return min(rescan, max(pollAtLeast, pollShare*w.scanTook))
	}
	return rescan
}

// replaced reports whether something else is in the folder's place than what
// was scanned: a disk was mounted or unmounted, of which no event tells.
func (w *watcher) replaced() bool {
	now, err := os.Stat(w.f.root)
	if err != nil || w.root == nil {
		return (err == nil) != (w.root != nil)
	}
	return !os.SameFile(now, w.root)
}

// handleEvents sorts what the system told.
func (w *watcher) handleEvents() {
	paths, overflow, moved := w.events.take()
	if overflow {
		w.scan()
	}
	if moved {
		defer w.reopen()
	}
	now := time.Now()
	for abs, op := range paths {
		rel, ok := w.f.rel(abs)
		switch {
		case !ok: // the folder itself
			if op.Has(fsnotify.Remove) || op.Has(fsnotify.Rename) {
				w.scan()
			}
		case op.Has(fsnotify.Create):
			w.f.settling.look(rel, now)
		case op.Has(fsnotify.Remove) || op.Has(fsnotify.Rename):
			w.f.settling.gone(rel, now)
		case op == fsnotify.Write && w.events.watches(abs):
			// Some systems say of a directory that it changed when an entry of
			// it did, which has an event of its own.
		default:
			w.f.settling.touch(rel, w.f.s.cfg.Settle, now)
		}
	}
}

// handleDue looks at what is due and returns when to come again.
func (w *watcher) handleDue() time.Time {
	due, next := w.f.settling.take(time.Now())
	var gone []string
	var looked time.Time
	for _, d := range due {
		if w.ctx.Err() != nil {
			break
		}
		if time.Since(looked) > placeEvery {
			if w.onOtherDisk() {
				break // they are another one's files, or the scan finds them
			}
			looked = time.Now()
		}
		if d.removed && w.walkEnd != nil && time.Since(d.first) < subWalkWait {
			// Its new name may be about to be found.
			w.f.settling.later(d, time.Now().Add(renameWindow))
			continue
		}
		if w.f.examine(w.ctx, d) {
			gone = append(gone, d.path)
		} else if isDir(w.f.abs(d.path)) && walk.Entered(w.f.root, d.path, w.f.rules) {
			w.walks = append(w.walks, d.path)
		}
	}
	w.nextWalk()
	w.vanished(gone)
	w.judge()
	if next.IsZero() || w.next.Before(next) {
		next = w.next
	}
	if _, again := w.f.settling.peek(); !again.IsZero() && again.Before(next) {
		next = again
	}
	if judge := w.f.guard.next(); w.judgeEnd == nil && !judge.IsZero() && judge.Before(next) {
		next = judge
	}
	return next
}

// onOtherDisk reports whether another disk is in the folder's place, and has it
// looked at as a whole then.
func (w *watcher) onOtherDisk() bool {
	if !w.f.otherDisk(w.f.s.places.folder(w.f.id)) {
		return false
	}
	if w.f.guard.halted() == nil {
		w.f.rescan()
	}
	return true
}

// nextWalk walks the directories that appeared, one walk at a time.
func (w *watcher) nextWalk() {
	if w.walkEnd != nil || len(w.walks) == 0 {
		return
	}
	dirs := w.walks
	w.walks = nil
	slices.Sort(dirs)
	dirs = slices.Compact(dirs)
	end := make(chan struct{})
	w.walkEnd = end
	w.f.walks.Add(1)
	w.wg.Go(func() {
		defer close(end)
		defer w.f.walks.Add(-1)
		for _, dir := range dirs {
			sub := &subWalk{f: w.f, ctx: w.ctx, watch: w.watchDir}
			if err := walk.Walk(w.ctx, w.f.root, dir, w.f.rules, sub); err != nil && w.ctx.Err() == nil {
				w.f.s.log.Error("scan directory", "dir", w.f.abs(dir), "err", err)
			}
		}
	})
}

// vanished leaves to the guard what is gone: files, and all of a directory.
func (w *watcher) vanished(paths []string) {
	var gone []string
	for _, p := range paths {
		for _, key := range w.recordedBelow(p) {
			gone = append(gone, key.Path)
		}
		w.f.skips.remove(p)
		abs := w.f.abs(p)
		w.f.s.problems.clearIf(func(problem Problem) bool { return disk.Within(problem.Path, abs) })
	}
	w.f.guard.hold(gone, time.Now())
}

// judge has the guard decide about what is gone, if it is time to, one
// judgement at a time.
func (w *watcher) judge() {
	due := w.f.guard.next()
	if w.judgeEnd != nil || due.IsZero() || time.Now().Before(due) {
		return
	}
	end := make(chan error, 1)
	w.judgeEnd = end
	w.wg.Go(func() { end <- w.f.guard.judge(w.ctx) })
}

func (w *watcher) endJudge(err error) {
	w.judgeEnd = nil
	if err != nil && w.ctx.Err() == nil {
		w.f.s.log.Error("judge what is gone", "folder", w.f.path, "err", err)
		w.f.guard.again(time.Now().Add(missingEvery))
	}
	if next := time.Now().Add(w.untilNext()); next.Before(w.next) {
		w.next = next
	}
}

// recordedBelow returns the recorded file of that name, and those of the
// directory of that name, that are gone.
func (w *watcher) recordedBelow(p string) []catalogue.FileKey {
	keys := []catalogue.FileKey{}
	if _, ok, err := w.f.s.cat.File(w.ctx, catalogue.FileKey{Folder: w.f.id, Path: p}); ok && err == nil {
		keys = append(keys, catalogue.FileKey{Folder: w.f.id, Path: p})
	} else if err == nil && w.f.s.types[filetype.Ext(p)] {
		// It may be waiting to be recorded.
		w.f.s.recorder.record(w.ctx, fileChange{drop: []catalogue.FileKey{{Folder: w.f.id, Path: p}}})
	}
	below := p + "/"
	_ = w.f.eachFile(w.ctx, below, func(file catalogue.File) bool {
		if len(file.Path) < len(below) || file.Path[:len(below)] != below {
			return false
		}
		if w.f.isWithdrawn(file.Path) {
			keys = append(keys, catalogue.FileKey{Folder: w.f.id, Path: file.Path})
		}
		return true
	})
	return keys
}

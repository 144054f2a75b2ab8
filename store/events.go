package store

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"syscall"

	"github.com/fsnotify/fsnotify"
)

// maxEvents bounds what is remembered between two looks of the loop; beyond
// it, one full scan is cheaper.
const maxEvents = 50000

// events gathers what the system tells of a folder's directories. Reading never
// waits for the loop, so that the kernel's queue stays short.
type events struct {
	w    *fsnotify.Watcher
	add  func(dir string) error
	wake chan struct{} // has a token when take has something
	done chan struct{} // closed when nothing more is read

	mu       sync.Mutex
	paths    map[string]fsnotify.Op // absolute
	overflow bool
	moved    bool // a directory has another name now, so later events lie about paths
	watched  map[string]bool
	failed   error // the first watch that the system refused
}

func watchEvents() (*events, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	e := &events{
		w: w, add: w.Add, wake: make(chan struct{}, 1), done: make(chan struct{}),
		paths: map[string]fsnotify.Op{}, watched: map[string]bool{},
	}
	go e.read()
	return e, nil
}

func (e *events) close() {
	_ = e.w.Close()
	<-e.done
}

func (e *events) read() {
	defer close(e.done)
	for {
		select {
		case ev, ok := <-e.w.Events:
			if !ok {
				return
			}
			if ev.Name != "" {
				e.note(ev)
			}
		case err, ok := <-e.w.Errors:
			if !ok {
				return
			}
			if err != nil {
				e.lose()
			}
		}
	}
}

// note remembers an event.
func (e *events) note(ev fsnotify.Event) {
	e.mu.Lock()
	if len(e.paths) >= maxEvents {
		e.overflow, e.paths = true, map[string]fsnotify.Op{}
	}
	e.paths[ev.Name] |= ev.Op
	if e.watched[ev.Name] && ev.Has(fsnotify.Rename) {
		e.moved = true
	}
	if ev.Has(fsnotify.Rename) || ev.Has(fsnotify.Remove) {
		delete(e.watched, ev.Name)
	}
	e.mu.Unlock()
	e.signal()
}

// lose says that events were lost.
func (e *events) lose() {
	e.mu.Lock()
	e.overflow = true
	e.mu.Unlock()
	e.signal()
}

func (e *events) signal() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// take returns the events since the last call, whether some were lost, and
// whether a watched directory was renamed: its watch, and those below, go on to
// report the old name, so that all must be watched anew.
func (e *events) take() (paths map[string]fsnotify.Op, overflow, moved bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	paths, overflow, moved = e.paths, e.overflow, e.moved
	e.paths, e.overflow, e.moved = map[string]fsnotify.Op{}, false, false
	return paths, overflow, moved
}

// watch watches a directory. What the system refuses is kept for refused.
func (e *events) watch(dir string) {
	err := e.add(dir)
	e.mu.Lock()
	defer e.mu.Unlock()
	if err == nil {
		e.watched[dir] = true
	} else if e.failed == nil && isWatchLimit(err) {
		e.failed = err
	}
}

// watches reports whether the path is a watched directory.
func (e *events) watches(abs string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.watched[abs]
}

// refused returns why not every directory is watched, nil if all are.
func (e *events) refused() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.failed
}

// retry forgets a refusal before another scan.
func (e *events) retry() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.failed = nil
}

// The least that people are told to raise a limit to.
const (
	enoughWatches   = 1 << 20
	enoughInstances = 1 << 10
)

func isWatchLimit(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) ||
		errors.Is(err, syscall.ENOMEM)
}

// watchAdvice says what to do about a refusal.
func watchAdvice(err error) string {
	if errors.Is(err, syscall.ENOSPC) {
		return "the system's limit of watched directories" + limitText("max_user_watches") +
			" is reached, so changes are found by looking every few minutes; to raise it: sudo sysctl fs.inotify.max_user_watches=" +
			raised("max_user_watches", enoughWatches)
	}
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		return "the system's limit of watchers" + limitText("max_user_instances") +
			" or of open files is reached, so changes are found by looking every few minutes; to raise it: sudo sysctl fs.inotify.max_user_instances=" +
			raised("max_user_instances", enoughInstances) + " (on macOS: ulimit -n 65536)"
	}
	return fmt.Sprintf("the system reports no changes here (%v), so they are found by looking every few minutes", err)
}

func limitText(what string) string {
	if n := watchLimit(what); n > 0 {
		return fmt.Sprintf(" (fs.inotify.%s is %d)", what, n)
	}
	return ""
}

// raised doubles a limit, and is never too modest.
func raised(what string, enough int64) string {
	return strconv.FormatInt(max(2*watchLimit(what), enough), 10)
}

package vault

import (
	"cmp"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"homeroll/store/internal/disk"
)

// Where many small files become durable at once, one sync of their filesystem
// costs a fraction of one for each. It also waits for what other programs write,
// so it is for times of load only, and left alone for a while where it is slow.
const (
	tideMany   = 32                   // files on their way that make a load
	tideLinger = 3 * time.Millisecond // for more of them
	tideSlow   = time.Second          // for a sync of a filesystem, and
	tideSpeed  = 10 << 20             // for this many bytes a second of what waits
	tidePause  = 5 * time.Second      // after a slow one; twice as long after each further one,
	tideMost   = time.Minute          // but no longer
)

// tide makes files durable, together with others that wait. It is safe for
// concurrent use.
type tide struct {
	// Of the system; tests replace them.
	groupOf func(*os.File) (group uint64, ok bool)
	all     func(*os.File) error // of a group
	one     func(*os.File) error

	entered atomic.Int64 // calls of sync
	files   atomic.Int64 // that were opened

	mu      sync.Mutex // guards what follows
	waiting []*swimmer
	running bool
	wary    map[uint64]*caution // of filesystems
}

func newTide() *tide {
	return &tide{groupOf: disk.SyncGroup, all: disk.SyncAll, one: (*os.File).Sync, wary: map[uint64]*caution{}}
}

// caution is how long a filesystem is not synced as a whole.
type caution struct {
	until time.Time
	pause time.Duration // the last one
}

// swimmer is a file that waits for its turn.
type swimmer struct {
	f     *os.File
	order int64
	group uint64
	size  int64
	done  chan bool // of one: whether it is durable; if not, it is to be synced alone
}

// opened numbers a file that has just been opened, before it is written to.
func (t *tide) opened() (order int64) { return t.files.Add(1) }

// sync makes a file durable, of which size bytes are new, and which opened has numbered.
// The error is about this file: where a sync of the filesystem reports one, each
// file is asked itself, and still tells of it.
func (t *tide) sync(f *os.File, order, size int64) error {
	defer t.entered.Add(-1)
	if t.entered.Add(1) < tideMany {
		return t.one(f)
	}
	group, ok := t.groupOf(f)
	if !ok {
		return t.one(f)
	}
	s := &swimmer{f: f, order: order, group: group, size: size, done: make(chan bool, 1)}
	t.mu.Lock()
	t.waiting = append(t.waiting, s)
	if !t.running {
		t.running = true
		go t.run() // until nobody waits
	}
	t.mu.Unlock()
	if <-s.done {
		return nil
	}
	return t.one(f)
}

func (t *tide) run() {
	for {
		<-time.After(tideLinger)
		t.mu.Lock()
		groups := map[uint64][]*swimmer{}
		for _, s := range t.waiting {
			groups[s.group] = append(groups[s.group], s)
		}
		t.waiting = nil
		if t.running = len(groups) > 0; !t.running {
			t.mu.Unlock()
			return
		}
		t.mu.Unlock()
		for group, all := range groups {
			var bytes int64
			for _, s := range all {
				bytes += s.size
			}
			// The first that was opened hears of what was lost of any: of what came
			// before a file was opened, somebody else may have been told.
			first := slices.MinFunc(all, func(a, b *swimmer) int { return cmp.Compare(a.order, b.order) })
			durable := t.syncAll(group, first.f, bytes)
			for _, s := range all {
				s.done <- durable
			}
		}
	}
}

// syncAll reports whether all that was written to the filesystem is durable, of
// which these bytes are ours.
func (t *tide) syncAll(group uint64, f *os.File, bytes int64) bool {
	if t.isWary(group) {
		return false
	}
	began := time.Now()
	err := t.all(f)
	slow := time.Since(began) > tideSlow+time.Duration(bytes)*time.Second/tideSpeed
	t.judge(group, err == nil && !slow)
	return err == nil
}

func (t *tide) isWary(group uint64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.wary[group]
	return c != nil && time.Now().Before(c.until)
}

// judge lengthens the caution that a filesystem needs, or ends it.
func (t *tide) judge(group uint64, good bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if good {
		delete(t.wary, group)
		return
	}
	c := t.wary[group]
	if c == nil {
		c = &caution{pause: tidePause / 2}
		t.wary[group] = c
	}
	c.pause = min(2*c.pause, tideMost)
	c.until = time.Now().Add(c.pause)
}

package vault

import (
	"os"
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
	tideSlow   = time.Second          // for a sync of a filesystem
	tidePause  = time.Minute          // after a slow one
)

// tide makes files durable, together with others that wait. It is safe for
// concurrent use.
type tide struct {
	// Of the system; tests replace them.
	groupOf func(*os.File) (group uint64, ok bool)
	all     func(*os.File) error // of a group
	one     func(*os.File) error

	entered atomic.Int64 // calls of sync

	mu      sync.Mutex // guards what follows
	waiting []*swimmer
	running bool
	wary    map[uint64]time.Time // filesystems that are not synced as a whole until then
}

func newTide() *tide {
	return &tide{groupOf: disk.SyncGroup, all: disk.SyncAll, one: (*os.File).Sync, wary: map[uint64]time.Time{}}
}

// swimmer is a file that waits for its turn.
type swimmer struct {
	f     *os.File
	group uint64
	done  chan bool // of one: whether it is durable; if not, it is to be synced alone
}

// sync makes a file durable that has been open since before it was written to.
// The error is about this file: where a sync of the filesystem reports one, each
// file is asked itself, and still tells of it.
func (t *tide) sync(f *os.File) error {
	defer t.entered.Add(-1)
	if t.entered.Add(1) < tideMany {
		return t.one(f)
	}
	group, ok := t.groupOf(f)
	if !ok {
		return t.one(f)
	}
	s := &swimmer{f: f, group: group, done: make(chan bool, 1)}
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
			durable := t.syncAll(group, all[0].f)
			for _, s := range all {
				s.done <- durable
			}
		}
	}
}

// syncAll reports whether all that was written to the filesystem is durable.
func (t *tide) syncAll(group uint64, f *os.File) bool {
	t.mu.Lock()
	wary := time.Now().Before(t.wary[group])
	t.mu.Unlock()
	if wary {
		return false
	}
	began := time.Now()
	err := t.all(f)
	if err != nil || time.Since(began) > tideSlow {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.wary[group] = time.Now().Add(tidePause)
	}
	return err == nil
}

package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// fakeSyncs count, hold and fail syncs.
type fakeSyncs struct {
	mu       sync.Mutex
	together bool // files are of one group that is synced as a whole
	alls     int
	ones     map[string]int
	allErr   error
	bad      map[string]error // of single files, by base name
	hold     chan struct{}    // what a sync waits for
}

func (f *fakeSyncs) syncs() syncs {
	return syncs{
		groupOf: func(*os.File) (uint64, bool) { return 7, f.together },
		all: func(*os.File) error {
			<-f.hold
			f.mu.Lock()
			defer f.mu.Unlock()
			f.alls++
			return f.allErr
		},
		one: func(in *os.File) error {
			<-f.hold
			f.mu.Lock()
			defer f.mu.Unlock()
			f.ones[filepath.Base(in.Name())]++
			return f.bad[filepath.Base(in.Name())]
		},
	}
}

func newFakeSyncs() *fakeSyncs {
	return &fakeSyncs{ones: map[string]int{}, bad: map[string]error{}, hold: make(chan struct{})}
}

// writeFresh writes files whose times are those of now.
func (n *testNode) writeFresh(count int) {
	for i := range count {
		p := filepath.Join(n.folder, fmt.Sprintf("%03d.jpg", i))
		if err := os.WriteFile(p, fmt.Appendf(nil, "\xff\xd8\xff picture %d", i), 0o600); err != nil {
			n.t.Fatal(err)
		}
	}
}

// hashFresh runs the node until so many fresh files are hashed and wait for syncs.
func (n *testNode) hashFresh(f *fakeSyncs, count int) {
	n.t.Helper()
	n.syncs = f.syncs()
	n.writeFresh(count)
	n.run()
	wait(n.t, "hashes", func() bool { p := n.Progress(); return p.Files == int64(count) && p.Hashed == p.Files })
}

func TestManyFreshFilesAreSyncedTogetherBeforeTheyAreRecorded(t *testing.T) {
	n, f := newNode(t), newFakeSyncs()
	f.together = true
	n.hashFresh(f, 300)
	if got := len(n.files()); got != 0 {
		t.Errorf("%d files are recorded that are not durable", got)
	}
	close(f.hold)
	wait(t, "records", func() bool { return len(n.files()) == 300 })
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.alls == 0 || f.alls > 2 || len(f.ones) >= manyFresh {
		t.Errorf("%d syncs of all and %d of single files", f.alls, len(f.ones))
	}
}

func TestFailedSyncOfAllAsksEachFile(t *testing.T) {
	n, f := newNode(t), newFakeSyncs()
	f.together = true
	f.allErr = errors.New("write error somewhere")
	f.bad["007.jpg"] = &os.PathError{Op: "sync", Path: "007.jpg", Err: syscall.EIO}
	n.hashFresh(f, 200)
	close(f.hold)
	bad := filepath.Join(n.folder, "007.jpg")
	wait(t, "all but one", func() bool { return len(n.files()) == 199 && len(n.Problems()) == 1 })
	if p := n.Problems()[0]; p.Path != bad || p.Reason != ReasonReadError || n.has(bad) {
		t.Errorf("problem is %+v", p)
	}
	f.mu.Lock()
	if f.alls != 1 {
		t.Errorf("the filesystem was trusted %d times", f.alls)
	}
	f.allErr, f.bad = nil, map[string]error{}
	f.mu.Unlock()
	if err := n.Retry(t.Context(), []string{bad}); err != nil {
		t.Fatal(err)
	}
	wait(t, "the last file", func() bool { return n.has(bad) && len(n.Problems()) == 0 })
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ones["007.jpg"] < 2 {
		t.Error("it was recorded without another sync")
	}
}

func TestFilesystemsThatDoNotTellAreSyncedFileByFile(t *testing.T) {
	n, f := newNode(t), newFakeSyncs()
	close(f.hold)
	f.bad["003.jpg"] = &os.PathError{Op: "sync", Path: "003.jpg", Err: syscall.ENOSPC}
	n.syncs = f.syncs()
	n.writeFresh(100)
	n.run()
	wait(t, "records", func() bool { return len(n.files()) == 99 && len(n.Problems()) == 1 })
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.alls != 0 || len(f.ones) != 100 || n.has(filepath.Join(n.folder, "003.jpg")) {
		t.Errorf("%d syncs of all, %d of single files", f.alls, len(f.ones))
	}
}

package store

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"homeroll/store/internal/disk"
	"homeroll/store/internal/need"
)

// opened counts how often each file was opened to be hashed, in any run of a node.
type opened struct {
	mu    sync.Mutex
	count map[string]int
	total int
	from  int           // after so many the next waits for hold
	hold  chan struct{} // nil: none waits
}

func (o *opened) open(abs string) (*disk.Reader, disk.Stamp, error) {
	o.mu.Lock()
	o.count[abs]++
	o.total++
	hold := o.hold
	if o.total <= o.from {
		hold = nil
	}
	o.mu.Unlock()
	if hold != nil {
		<-hold
	}
	return disk.OpenReader(abs)
}

func (o *opened) sum() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.total
}

// counted makes a node count from its next run on.
func (n *testNode) counted(o *opened) *testNode {
	n.openMedia = o.open
	return n
}

// album writes files in a tree of directories.
func (n *testNode) album(count int) {
	for i := range count {
		write(n.t, filepath.Join(n.folder, "album", fmt.Sprint(i%7), fmt.Sprintf("%03d.jpg", i)), fmt.Appendf(nil, "picture %d", i))
	}
}

// What was hashed when everything stopped is on record, and only the rest is hashed
// by the next run.
func TestStoppedFirstScanGoesOn(t *testing.T) {
	const files, before = 400, 150
	n := newNode(t)
	n.album(files)
	o := &opened{count: map[string]int{}, from: before, hold: make(chan struct{})}
	n.counted(o).run()
	wait(t, "the middle of the scan", func() bool { return o.sum() > before })
	n.cancel()
	close(o.hold)
	n.close()
	first := o.sum()
	if first >= files {
		t.Fatalf("all %d files were opened before the stop: this tests nothing", first)
	}
	o.hold = nil
	n.open()
	n.addFolder(n.folder)
	recorded := len(n.files())
	if recorded < before-1 {
		t.Errorf("%d files were hashed, %d are on record after the stop", before, recorded)
	}
	n.counted(o).run()
	wait(t, "all records", func() bool { return len(n.files()) == files })
	if again := o.sum() - first; again != files-recorded {
		t.Errorf("%d files were hashed after the stop, %d were not on record", again, files-recorded)
	}
}

// Neither a rescan, nor a restart, nor a whole tree that was renamed meanwhile has a
// file's bytes read.
func TestNothingIsReadTwice(t *testing.T) {
	const files = 200
	n := newNode(t)
	n.album(files)
	o := &opened{count: map[string]int{}}
	n.counted(o).run()
	wait(t, "all records", func() bool { return len(n.files()) == files })
	n.rescanAll()
	if o.sum() != files {
		t.Fatalf("%d files were read for %d, unchanged", o.sum(), files)
	}
	at := func(p string) string { return filepath.Join(n.folder, p) }
	if stamp, err := disk.Stat(at("album/3/003.jpg")); err != nil || stamp.Inode == 0 || !disk.ExistedAt(at("album/3/003.jpg"), time.Now()) {
		need.Missing(t, "this filesystem does not tell a renamed file from another one: ", err)
	}
	n.close()
	rename(t, at("album/3"), at("other"))
	rename(t, at("album"), at("album 2"))
	n.open()
	n.addFolder(n.folder)
	n.counted(o).run()
	wait(t, "the rename", func() bool {
		all := n.files()
		_, deep := all[at("other/003.jpg")]
		_, flat := all[at("album 2/4/004.jpg")]
		_, gone := all[at("album/4/004.jpg")]
		return len(all) == files && deep && flat && !gone
	})
	n.rescanAll()
	if o.sum() != files {
		t.Errorf("%d files were read for %d", o.sum(), files)
	}
}

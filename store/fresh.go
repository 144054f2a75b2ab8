package store

import (
	"errors"
	"os"
	"slices"
	"sync"
	"time"

	"homeroll/store/internal/disk"
)

// recentWrite is how long a system may keep written bytes in memory; what was
// written before has reached the disk.
const recentWrite = 2 * time.Minute

// A batch with this many fresh files on one filesystem syncs all of it: one
// sync for each would take longer. Fewer do not wait for what others write.
const (
	manyFresh     = 32
	parallelSyncs = 64
)

// freshFile is a file of a watched folder that was just written and hashed. It
// is recorded once it is durable: nobody may be told that this device holds
// what a power failure can take.
type freshFile struct {
	f     *folder
	j     *job
	group uint64 // its filesystem
}

func isRecent(s disk.Stamp) bool { return time.Since(later(s.MTime, s.Changed)) < recentWrite }

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// syncSoon leaves a file to the recorder where its filesystem can be synced as a
// whole, and else syncs it at once. It changes nothing of the file.
func (f *folder) syncSoon(j *job, in *os.File) (*freshFile, error) {
	if group, ok := f.s.syncs.groupOf(in); ok {
		return &freshFile{f: f, j: j, group: group}, nil
	}
	return nil, f.s.syncs.one(in)
}

// syncs makes files of watched folders durable; tests replace it.
type syncs struct {
	groupOf func(*os.File) (uint64, bool)
	all     func(*os.File) error // of a group
	one     func(*os.File) error
}

func systemSyncs() syncs {
	return syncs{groupOf: disk.SyncGroup, all: disk.SyncAll, one: disk.SyncRead}
}

// harden makes the fresh files of a batch durable and returns the batch without
// those that could not be. They are hashed again.
func (r *recorder) harden(batch []fileChange) []fileChange {
	groups := map[uint64][]*freshFile{}
	for _, c := range batch {
		if c.fresh != nil {
			groups[c.fresh.group] = append(groups[c.fresh.group], c.fresh)
		}
	}
	failed := map[*freshFile]bool{}
	for group, files := range groups {
		if len(files) >= manyFresh && !r.distrusted[group] && r.hardenGroup(files) {
			continue
		}
		r.hardenEach(files, failed)
	}
	if len(failed) == 0 {
		return batch
	}
	return slices.DeleteFunc(batch, func(c fileChange) bool { return c.fresh != nil && failed[c.fresh] })
}

// hardenGroup syncs the filesystem of the files. If that fails, nobody can say
// of which file the bytes are lost, and a later success says nothing of those
// that were lost before: from then on each file there is asked itself.
func (r *recorder) hardenGroup(files []*freshFile) bool {
	for _, fresh := range files {
		f, _, err := disk.Open(fresh.j.file.Abs)
		if err != nil {
			continue // it is gone; another one tells the filesystem as well
		}
		group, ok := r.s.syncs.groupOf(f)
		if !ok || group != fresh.group {
			_ = f.Close()
			continue // something was mounted over it
		}
		err = errors.Join(r.s.syncs.all(f), f.Close())
		if err != nil {
			r.distrusted[fresh.group] = true
			r.s.log.Error("sync filesystem of a folder", "folder", fresh.f.path, "err", err)
		}
		return err == nil
	}
	return false
}

// hardenEach syncs every file by itself and adds those that fail to failed.
func (r *recorder) hardenEach(files []*freshFile, failed map[*freshFile]bool) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	work := make(chan *freshFile)
	for range min(parallelSyncs, len(files)) {
		wg.Go(func() {
			for fresh := range work {
				if !fresh.harden() {
					mu.Lock()
					failed[fresh] = true
					mu.Unlock()
				}
			}
		})
	}
	for _, fresh := range files {
		work <- fresh
	}
	close(work)
	wg.Wait()
}

// harden syncs the file if it is still the one that was hashed. What fails is
// read again later: its bytes may only have been in memory.
func (fresh *freshFile) harden() bool {
	f, now := fresh.f, time.Now()
	in, stamp, err := disk.Open(fresh.j.file.Abs)
	if err != nil {
		f.settling.look(fresh.j.file.Path, now)
		return false
	}
	err = errors.Join(f.s.syncs.one(in), in.Close())
	if err != nil {
		f.unsynced(fresh.j, err)
		return false
	}
	if !stamp.Same(fresh.j.file.Stamp) {
		f.settling.look(fresh.j.file.Path, now)
		return false
	}
	return true
}

// unsynced names a file whose bytes may not be on its disk, and has it hashed again
// in a while.
func (f *folder) unsynced(j *job, err error) {
	f.s.problems.raise(Problem{
		Path: j.file.Abs, Reason: ReasonReadError, Detail: "its disk does not take it: " + plainError(err),
		Hint: "check the disk, and that it is not full; the file is tried again every minute",
	})
	f.settling.later(j.w, time.Now().Add(maxSettleDelay))
}

package store

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"runtime"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/disk"
	"homeroll/store/internal/walk"
	"homeroll/store/media"
)

// Hashing is bound by the disk or by memory bandwidth: more workers than this
// only make a spinning disk seek.
const (
	maxHashers = 8
	queueLen   = 1 << 15
)

// job is one settled file to be hashed.
type job struct {
	f    *folder
	file walk.File
	w    waiting
	new  bool // it was not on record just now
}

// hasher reads files, those that people wait for first.
type hasher struct {
	urgent chan *job // single new files
	bulk   chan *job // of a full scan
	burst  burst     // full scans and their files
}

// openFunc is disk.OpenReader; tests count its calls.
type openFunc func(abs string) (*disk.Reader, disk.Stamp, error)

func newHasher() *hasher {
	return &hasher{urgent: make(chan *job, queueLen), bulk: make(chan *job, queueLen), burst: newBurst()}
}

// push queues a job; it waits while the queue is full.
func (h *hasher) push(ctx context.Context, j *job, bulk bool) {
	queue := h.urgent
	if bulk {
		queue = h.bulk
		h.burst.begin()
	}
	j.f.progress.found(j.file.Stamp.Size)
	select {
	case queue <- j:
	case <-ctx.Done():
		h.finished(j, bulk)
	}
}

// finished counts a job as done, whatever came of it.
func (h *hasher) finished(j *job, bulk bool) {
	j.f.progress.finished(j.file.Stamp.Size)
	if bulk {
		h.burst.end()
	}
}

// workers are how many files are hashed at once; one more only takes urgent
// ones, so that a new picture does not wait behind large videos.
func workers() int { return min(maxHashers, max(1, runtime.NumCPU())) }

// run works until ctx ends. bulk says whether to take files of a full scan.
func (h *hasher) run(ctx context.Context, bulk bool) {
	bulkQueue := h.bulk
	if !bulk {
		bulkQueue = nil
	}
	for {
		var j *job
		fromBulk := false
		select {
		case j = <-h.urgent:
		default:
			select {
			case j = <-h.urgent:
			case j = <-bulkQueue:
				fromBulk = true
			case <-ctx.Done():
				return
			}
		}
		if ctx.Err() == nil {
			j.f.hash(ctx, j)
		}
		h.finished(j, fromBulk)
	}
}

// hash reads one file and records what it is, unless it changes meanwhile.
func (f *folder) hash(ctx context.Context, j *job) {
	if f.isStopped() || !j.new && f.known(ctx, j.file) {
		return
	}
	in, before, err := f.s.openMedia(j.file.Abs)
	if err != nil {
		f.unreadable(j, err)
		return
	}
	// What is beyond the size makes it another file, which the stamp tells.
	item, outline, err := media.Hash(ctx, io.LimitReader(in, before.Size))
	var fresh *freshFile
	var syncErr error
	if err == nil && isRecent(before) {
		fresh, syncErr = f.syncSoon(j, in.File())
	}
	err = errors.Join(err, in.Close())
	after, statErr := disk.Stat(j.file.Abs)
	switch {
	case ctx.Err() != nil:
	case errors.Is(statErr, fs.ErrNotExist):
		f.settling.look(j.file.Path, time.Now())
	case statErr != nil:
		f.unreadable(j, statErr)
	case !before.Untouched(after) || !before.Same(j.file.Stamp):
		f.changedWhileRead(j)
	case err != nil:
		f.unreadable(j, err)
	case syncErr != nil:
		f.unsynced(j, syncErr)
	default:
		f.s.recorder.record(ctx, fileChange{
			put: []catalogue.File{f.fileOf(j.file, item, time.Now())}, drop: f.renamedFrom(ctx, j.file, item), outline: outline, fresh: fresh,
		})
	}
}

func (f *folder) fileOf(file walk.File, item media.Item, verified time.Time) catalogue.File {
	return catalogue.File{
		Folder: f.id, Path: file.Path, Item: item, MTime: file.Stamp.MTime, CTime: file.Stamp.Changed,
		Inode: file.Stamp.Inode, Verified: verified,
	}
}

func (f *folder) unreadable(j *job, err error) {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, disk.ErrNotRegular) {
		f.settling.look(j.file.Path, time.Now())
		return
	}
	f.s.problems.raise(readProblem(j.file.Abs, err))
}

func (f *folder) changedWhileRead(j *job) {
	if f.settling.changed(j.w, f.s.cfg.Settle, time.Now()) >= changesTolerated {
		f.raiseChanging(j.file.Abs)
	}
}

func (f *folder) raiseChanging(abs string) {
	f.s.problems.raise(Problem{
		Path: abs, Reason: ReasonChanging, Detail: "it changes faster than it can be read",
		Hint: "it is backed up as soon as the program that writes it is done",
	})
}

// clear forgets what was not hashed when everything stopped: the next scan
// finds it again.
func (h *hasher) clear() {
	for {
		select {
		case j := <-h.urgent:
			h.finished(j, false)
		case j := <-h.bulk:
			h.finished(j, true)
		default:
			return
		}
	}
}

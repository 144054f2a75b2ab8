package store

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/media"
)

// Records of files are written in batches: a transaction and a signature for
// each file would make the first scan of a large folder last for hours. What
// waits when a batch begins becomes part of it, so that batches grow with the
// load: the pages of the tries that a batch writes hardly depend on its size. What a
// batch states should fit one answer to a peer that asks what has changed.
const (
	recordBatch  = 1000                  // of one change
	recordLimit  = 4000                  // of one transaction
	recordEnough = 1000                  // waiting changes are not made to wait for more
	recordQueue  = 2000                  // handed over: who hashes waits for who records, rather than leave it to the end
	recordLinger = 50 * time.Millisecond // from the first change of a batch
	recordRetry  = 2 * time.Second       // after an error
)

// fileChange is what happened to files; all of it is recorded together.
type fileChange struct {
	put     []catalogue.File
	drop    []catalogue.FileKey
	outline media.Outline // of the only item in put
	fresh   *freshFile    // to be made durable first; nil if it is
}

// recorder gathers changes of files into transactions.
type recorder struct {
	s          *Store
	in         chan fileChange
	enough     chan struct{}   // has a token when recordEnough may be waiting
	unwritten  atomic.Int64    // changes handed over and not yet on record
	distrusted map[uint64]bool // filesystems of which a sync as a whole has failed; run's own
}

func newRecorder(s *Store) *recorder {
	return &recorder{s: s, in: make(chan fileChange, recordQueue), enough: make(chan struct{}, 1), distrusted: map[uint64]bool{}}
}

// record hands a change over; it gives up with ctx.
func (r *recorder) record(ctx context.Context, c fileChange) {
	r.unwritten.Add(1)
	select {
	case r.in <- c:
	case <-ctx.Done():
		r.unwritten.Add(-1)
	}
	if len(r.in) < recordEnough {
		return
	}
	select {
	case r.enough <- struct{}{}:
	default:
	}
}

// busy reports whether anything that was handed over is not on record yet.
func (r *recorder) busy() bool { return r.unwritten.Load() > 0 }

// run records until stop is closed, by when nobody records any more, and then
// what is left.
func (r *recorder) run(stop <-chan struct{}) error {
	for {
		select {
		case c := <-r.in:
			if err := r.flush(r.gather(c, stop), stop); err != nil {
				return err
			}
		case <-stop:
			for {
				select {
				case c := <-r.in:
					if err := r.flush(r.gather(c, stop), stop); err != nil {
						return err
					}
				default:
					return nil
				}
			}
		}
	}
}

// gather waits a little for more changes, but not once there are many, or a full
// scan and its files are done with. It is not woken for each of them.
func (r *recorder) gather(first fileChange, stop <-chan struct{}) []fileChange {
	linger := time.NewTimer(recordLinger)
	defer linger.Stop()
	batch, n := r.drained([]fileChange{first}, first.size())
	for n < recordEnough {
		last := false
		select {
		case <-r.enough:
		case <-r.s.hasher.burst.over:
			last = r.s.hasher.burst.quiet()
		case <-linger.C:
			last = true
		case <-stop:
			last = true
		}
		batch, n = r.drained(batch, n)
		if last {
			break
		}
	}
	return batch
}

// drained adds what has already been handed over to a batch of n changes.
func (r *recorder) drained(batch []fileChange, n int) ([]fileChange, int) {
	for n < recordLimit {
		select {
		case c := <-r.in:
			batch, n = append(batch, c), n+c.size()
		default:
			return batch, n
		}
	}
	return batch, n
}

func (c fileChange) size() int { return len(c.put) + len(c.drop) }

// flush makes a batch durable and writes it. It returns only the errors of a
// damaged catalogue.
func (r *recorder) flush(batch []fileChange, stop <-chan struct{}) error {
	n := int64(len(batch)) // harden takes some out of it
	defer r.s.changed.fire()
	defer r.unwritten.Add(-n)
	return r.writeAll(r.harden(batch), stop)
}

// writeAll writes a batch; where a record of it is refused, all but that.
func (r *recorder) writeAll(batch []fileChange, stop <-chan struct{}) error {
	err := r.write(mergeChanges(batch).changes(r.s.isWatched), stop)
	switch {
	case !errors.Is(err, media.ErrRecord):
		return err
	case len(batch) == 1:
		r.refuse(batch[0], err)
		return nil
	}
	half := len(batch) / 2
	if err := r.writeAll(batch[:half], stop); err != nil {
		return err
	}
	return r.writeAll(batch[half:], stop)
}

// write tries again until it succeeds, since a disk may be full for a while,
// or everything stops.
func (r *recorder) write(ch catalogue.Changes, stop <-chan struct{}) error {
	if len(ch.Put)+len(ch.Drop) == 0 {
		return nil
	}
	for {
		// What is known should be recorded even while everything stops.
		err := r.s.cat.ChangeFiles(context.Background(), ch)
		if err == nil {
			break
		}
		if errors.Is(err, media.ErrRecord) || errors.Is(err, catalogue.ErrCorrupt) {
			return fmt.Errorf("record files: %w", err)
		}
		r.s.log.Error("record files", "files", len(ch.Put), "err", err)
		select {
		case <-time.After(recordRetry):
		case <-stop:
			return nil // the next scan finds them again
		}
	}
	for _, f := range ch.Put {
		r.s.problems.clear(r.s.absOf(f.Folder, f.Path))
	}
	return nil
}

func (r *recorder) refuse(c fileChange, err error) {
	for _, f := range c.put {
		r.s.problems.raise(Problem{
			Path: r.s.absOf(f.Folder, f.Path), Item: f.Item.ID, Reason: ReasonUnnameable, Detail: err.Error(),
			Hint: "rename it (a shorter path), then: homeroll problems retry",
		})
	}
}

// fileBatch merges changes so that the last word on each file stands.
type fileBatch struct {
	put      map[catalogue.FileKey]catalogue.File
	drop     map[catalogue.FileKey]bool
	outlines map[media.ID]media.Outline
}

func mergeChanges(batch []fileChange) *fileBatch {
	b := &fileBatch{
		put: map[catalogue.FileKey]catalogue.File{}, drop: map[catalogue.FileKey]bool{}, outlines: map[media.ID]media.Outline{},
	}
	for _, c := range batch {
		b.add(c)
	}
	return b
}

func (b *fileBatch) add(c fileChange) {
	for _, k := range c.drop {
		delete(b.put, k)
		b.drop[k] = true
	}
	for _, f := range c.put {
		k := catalogue.FileKey{Folder: f.Folder, Path: f.Path}
		b.put[k] = f
		delete(b.drop, k)
		if len(c.outline) > 0 {
			b.outlines[f.Item.ID] = c.outline
		}
	}
}

// changes returns the batch without what concerns folders that are no longer
// watched.
func (b *fileBatch) changes(watched func(media.FolderID) bool) catalogue.Changes {
	ch := catalogue.Changes{Outlines: b.outlines}
	for k, f := range b.put {
		if watched(k.Folder) {
			ch.Put = append(ch.Put, f)
		}
	}
	for k := range b.drop {
		if watched(k.Folder) {
			ch.Drop = append(ch.Drop, k)
		}
	}
	// In the order of their index, which writes each page of it once.
	slices.SortFunc(ch.Put, func(a, b catalogue.File) int {
		return cmp.Or(bytes.Compare(a.Folder[:], b.Folder[:]), strings.Compare(a.Path, b.Path))
	})
	return ch
}

// absOf returns where a file of a watched folder is.
func (s *Store) absOf(id media.FolderID, rel string) string {
	for _, f := range s.watched() {
		if f.id == id {
			return f.abs(rel)
		}
	}
	return filepath.FromSlash(rel)
}

func (s *Store) isWatched(id media.FolderID) bool {
	for _, f := range s.watched() {
		if f.id == id {
			return true
		}
	}
	return false
}

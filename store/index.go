package store

import (
	"context"
	"fmt"
	"sync"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/media"
)

// The versions of what reads metadata and pixels: raised when they find more,
// so that what earlier ones have read is read again. Payloads that are known are not
// hashed again for another Look.
var readers = catalogue.Readers{Read: 1, Look: 2}

const (
	indexBatch = 64               // items read and recorded together
	indexEvery = 30 * time.Second // between looks for work of which nobody told
	indexAgain = 10 * time.Minute // before a file that could not be read is tried again
	indexWait  = 2 * time.Second  // how long a question waits for what else is unread
	maxFailed  = 10_000           // failures that are remembered
)

// indexer finds out what the items held here are: first what their metadata
// say, then, when nothing else is to be done, how they look. What is left to
// do is in the catalogue, so it goes on after a restart where it was.
type indexer struct {
	s      *Store
	token  chan struct{}
	derive deriver

	reading sync.Mutex          // held for one batch; guards failed and away
	failed  map[int64]time.Time // rows of items that could not be read, and when
	away    []string            // places that were away at the last round
}

func newIndexer(s *Store) *indexer {
	return &indexer{s: s, token: make(chan struct{}, 1), derive: deriver{zone: time.Local}, failed: map[int64]time.Time{}}
}

// wake asks for a round.
func (ix *indexer) wake() {
	select {
	case ix.token <- struct{}{}:
	default:
	}
}

// run works until ctx ends.
func (ix *indexer) run(ctx context.Context) {
	if err := ix.s.cat.SetReaders(ctx, readers); err != nil && ctx.Err() == nil {
		ix.s.log.Error("have pictures read again", "err", err)
	}
	for {
		if err := ix.round(ctx); err != nil && ctx.Err() == nil {
			ix.s.log.Error("index pictures", "err", err)
		}
		select {
		case <-ix.token:
		case <-time.After(indexEvery):
		case <-ctx.Done():
			return
		}
	}
}

// round reads all that is unread, and then looks at pictures until something
// new is to be read.
func (ix *indexer) round(ctx context.Context) error {
	ix.awaitReturns()
	for after := int64(0); ; {
		if err := ix.others(ctx); err != nil {
			return err
		}
		began := time.Now()
		last, err := ix.batch(ctx, after)
		if err != nil || last == 0 {
			if err == nil {
				err = ix.lookAll(ctx)
			}
			return err
		}
		after = last
		if !restAfter(ctx, time.Since(began), ix.percent) {
			return nil
		}
	}
}

// percent is how much of one core may be taken now.
func (ix *indexer) percent() int {
	if ix.s.busy() {
		return min(busyCPU, ix.s.cfg.Previews.CPU)
	}
	return ix.s.cfg.Previews.CPU
}

// batch reads the next unread items and returns the row of the last; 0 if there
// is none.
func (ix *indexer) batch(ctx context.Context, after int64) (last int64, err error) {
	ix.reading.Lock()
	defer ix.reading.Unlock()
	page, err := ix.s.cat.Unread(ctx, after, indexBatch)
	if err != nil || len(page) == 0 {
		return 0, err
	}
	return page[len(page)-1].Row, ix.readLocked(ctx, page, false)
}

// readLocked reads items and records what they are. What cannot be read now is
// tried again later.
func (ix *indexer) readLocked(ctx context.Context, page []catalogue.Pending, again bool) error {
	reads := make([]catalogue.Read, 0, len(page))
	for _, p := range page {
		if !again && ix.failedLately(p.Row) {
			continue
		}
		r, err := ix.s.readPicture(ctx, p)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			ix.failLocked(ctx, "read what a picture says", p.Row, p.Item.ID, err)
			continue
		}
		delete(ix.failed, p.Row)
		reads = append(reads, r)
	}
	if len(reads) == 0 {
		return nil
	}
	if err := ix.s.cat.PutPictures(ctx, reads, ix.derive); err != nil {
		return fmt.Errorf("record pictures: %w", err)
	}
	return nil
}

func (ix *indexer) failedLately(row int64) bool {
	at, ok := ix.failed[row]
	return ok && time.Since(at) < indexAgain
}

// now reads an item and what lies beside it under the same stem, if that is yet
// to be done, and waits a little for whatever else is unread: that may belong
// to it, too.
func (ix *indexer) now(ctx context.Context, it media.Item) error {
	if read, err := ix.readBeside(ctx, it); !read || err != nil {
		return err
	}
	deadline := time.Now().Add(indexWait)
	for after := int64(0); time.Now().Before(deadline); {
		last, err := ix.batch(ctx, after)
		if err != nil || last == 0 {
			return err
		}
		after = last
	}
	return nil
}

// beside reads an item and what lies beside it, if that is yet to be done.
func (ix *indexer) beside(ctx context.Context, it media.Item) error {
	_, err := ix.readBeside(ctx, it)
	return err
}

// readBeside reports whether there was something to be read.
func (ix *indexer) readBeside(ctx context.Context, it media.Item) (read bool, err error) {
	pending, err := ix.s.cat.PendingBeside(ctx, it, ix.derive.Stem)
	if err != nil || len(pending) == 0 {
		return false, err
	}
	ix.reading.Lock()
	defer ix.reading.Unlock()
	return true, ix.readLocked(ctx, pending, true)
}

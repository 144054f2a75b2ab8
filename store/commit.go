package store

import (
	"context"
	"sync/atomic"
	"time"

	"homeroll/store/internal/disk"
	"homeroll/store/internal/vault"
	"homeroll/store/media"
)

// A commit's cost is in its syncs and its transaction, so they are shared:
// whatever waits when a batch begins becomes part of it, and a batch begins a
// little later while more small items arrive or are being synced.
const (
	commitBatch  = 1024
	commitLinger = 50 * time.Millisecond
	openDrafts   = 1024 // files open that are being made durable, or OpenFiles
	writers      = 8    // of small files; more would only wait for each other
)

// OpenFiles returns how many files may be open at once for what is being received:
// a share of what the system lets this process open, which others need, too.
func OpenFiles() int { return max(1, disk.OpenFiles()/4) }

// keepDirs is how long directories stay open between batches that follow each
// other.
const keepDirs = 2 * time.Second

// commit is one whole, synced file that waits for its name.
type commit struct {
	from    string
	target  target
	outline media.Outline
	done    chan error // buffered
}

// committer gives received items their names, in batches.
type committer struct {
	s       *Store
	in      chan *commit
	syncs   chan struct{} // a token for each file being made durable
	writes  chan struct{} // a token for each of them that is being written
	coming  atomic.Int64  // small items on their way, and files being synced
	stopped chan struct{}

	dirs  *vault.Batch // of the last batch, nil unless another one followed at once
	since time.Time    // when they were opened
}

func newCommitter(s *Store) *committer {
	return &committer{
		s: s, in: make(chan *commit, commitBatch),
		syncs: make(chan struct{}, min(openDrafts, OpenFiles())), writes: make(chan struct{}, writers),
		stopped: make(chan struct{}),
	}
}

// finish makes a whole item durable, and calls written once its bytes are not in
// memory any more.
func (c *committer) finish(of receiver, t target, written func()) (from string, err error) {
	c.syncs <- struct{}{}
	defer func() { <-c.syncs }()
	c.writes <- struct{}{}
	sync, err := of.Finish(t.want, t.MTime)
	<-c.writes
	written()
	if err != nil {
		return "", err
	}
	return sync()
}

// commit waits until the item is durable and recorded.
func (c *committer) commit(ctx context.Context, one *commit) error {
	one.done = make(chan error, 1)
	select {
	case c.in <- one:
	case <-c.stopped:
		return ErrStopped
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-one.done:
		return err
	case <-c.stopped:
		select {
		case err := <-one.done:
			return err
		default:
			return ErrStopped
		}
	}
}

// run commits until ctx ends, and then what is queued.
func (c *committer) run(ctx context.Context) {
	defer close(c.stopped)
	for {
		select {
		case one := <-c.in:
			c.batch(c.gather(one))
		case <-ctx.Done():
			select {
			case one := <-c.in:
				c.batch(c.gather(one))
			default:
				return
			}
		}
	}
}

// gather takes what is queued, and for commitLinger what is expected.
func (c *committer) gather(first *commit) []*commit {
	batch := []*commit{first}
	late := time.NewTimer(commitLinger)
	defer late.Stop()
	for len(batch) < commitBatch {
		select {
		case one := <-c.in:
			batch = append(batch, one)
			continue
		default:
		}
		if c.coming.Load() == 0 {
			break
		}
		select {
		case one := <-c.in:
			batch = append(batch, one)
		case <-late.C:
			return batch
		}
	}
	return batch
}

// batch carries one out. It does not stop half way: what is whole is worth
// the fraction of a second.
func (c *committer) batch(batch []*commit) {
	ctx := context.Background()
	n := c.s.continueNaming(c.dirs)
	if n.batch != c.dirs {
		c.closeDirs()
		c.dirs, c.since = n.batch, time.Now()
	}
	defer c.s.placing.Unlock()
	moves := make([]*move, len(batch))
	for i, one := range batch {
		moves[i] = &move{from: one.from}
		moves[i].err = c.plan(ctx, n, one, moves[i])
		if len(one.outline) > 0 {
			n.change.Outlines[one.target.Item.ID] = one.outline
		}
	}
	err := n.execute(ctx)
	for i, one := range batch {
		if err != nil {
			one.done <- err
		} else {
			one.done <- moves[i].err
		}
	}
	if err != nil || len(c.in) == 0 || time.Since(c.since) > keepDirs {
		c.closeDirs()
	}
}

func (c *committer) closeDirs() {
	if c.dirs != nil {
		c.dirs.Close()
	}
	c.dirs = nil
}

// plan finds a place for one item. A crash may have left the very file under
// its name without a record; then that is taken.
func (c *committer) plan(ctx context.Context, n *naming, one *commit, m *move) error {
	t := one.target
	if n.free(t.want) {
		n.add(t, m, t.want)
		return nil
	}
	if _, recorded, err := c.s.cat.VaultFile(ctx, t.want); err != nil {
		return err
	} else if !recorded && !n.promised[t.want] && c.s.isSame(ctx, t.want, t.Item) {
		return c.adopt(n, t, m)
	}
	return n.plan(ctx, t, m)
}

func (c *committer) adopt(n *naming, t target, m *move) error {
	if err := c.s.vault().Touch(t.want, t.MTime); err != nil {
		return err
	}
	// Who gave it its name may not have come to sync the directories.
	if err := c.s.vault().Settle(t.want); err != nil {
		return err
	}
	from := m.from
	m.from, m.file = "", t.VaultFile
	m.file.Path = t.want
	m.after = func() { c.s.vault().Forget(from) }
	n.promised[t.want] = true
	n.moves = append(n.moves, m)
	return nil
}

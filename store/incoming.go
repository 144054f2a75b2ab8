package store

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"homeroll/store/internal/vault"
	"homeroll/store/media"
)

// Incoming receives one item. It satisfies syncproto.Sink.
type Incoming struct {
	s      *Store
	of     receiver
	small  bool // its bytes wait in memory until they are written as a whole
	mu     sync.Mutex
	closed bool
	placed bool
	coming bool // batches wait for it a little

	memory int64 // that it takes; guarded by mu
}

// receiver takes the groups of an item: a *vault.Partial, or a *vault.Small.
type receiver interface {
	Item() media.Item
	Outline() media.Outline
	HasOutline() bool
	SetOutline(media.Outline) error
	NextMissing(from int64) (first, n int64)
	Missing() int64
	Write(i int64, group []byte) error
	Finish(want string, mtime time.Time) (sync func() (from string, err error), err error)
	Placed()
	Close() error
}

// smallBytes bounds what waits in memory of small items, in bytes of their buffers.
// Who brings more waits until some of it is written.
const smallBytes = 8 << 20

// incomingBook holds what is being received, and the room that is promised to it.
type incomingBook struct {
	// promising is held from looking at the room to promising it, so that two
	// items are not promised the same; before mu.
	promising sync.Mutex
	many      chan struct{} // has a token when many were left behind
	mu        sync.Mutex
	open      map[media.ID]*promise
	left      int                 // since many was told
	memory    *semaphore.Weighted // of smallBytes
	missing   int64               // sum of what is promised
	whole     int64
}

// promise is the room that an item being received takes: of the disk what is
// missing of it, of the budget all, until its row counts.
type promise struct{ missing, whole int64 }

// Incoming begins to receive an item, resuming what is already proven. One at a time for an item
// (ErrBusy). ErrNoSpace if the vault has no room for what is missing.
func (s *Store) Incoming(ctx context.Context, it media.Item) (*Incoming, error) {
	if !s.vaultHere() {
		return nil, fmt.Errorf("receive %s: %w", it.ID, ErrVaultMissing)
	}
	if !s.incoming.claim(it.ID) {
		return nil, fmt.Errorf("receive %s: %w", it.ID, ErrBusy)
	}
	in, err := s.receive(ctx, it)
	if err != nil {
		s.incoming.release(it.ID)
		return nil, fmt.Errorf("receive %s: %w", it.ID, err)
	}
	return in, nil
}

// receive opens what takes a claimed item, and promises room for it.
func (s *Store) receive(ctx context.Context, it media.Item) (in *Incoming, err error) {
	if s.VaultBusy() {
		return nil, ErrVaultBusy
	}
	in = &Incoming{s: s, small: media.Groups(it.Size) <= 1}
	if in.small {
		in.of, err = s.vault().Small(it)
	} else {
		in.of, err = s.vault().Partial(ctx, it)
	}
	if err == nil {
		if err = s.promise(it, in.of.Missing()); err != nil {
			_ = in.of.Close()
		}
	}
	if err == nil && in.small {
		in.come(true)
	}
	return in, err
}

// come tells whether a batch that begins should wait for the item a little.
func (in *Incoming) come(coming bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if coming == in.coming {
		return
	}
	if in.coming = coming; coming {
		in.s.commits.coming.Add(1)
	} else {
		in.s.commits.coming.Add(-1)
	}
}

func (b *incomingBook) claim(id media.ID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open == nil {
		b.open = map[media.ID]*promise{}
	}
	if b.open[id] != nil {
		return false
	}
	b.open[id] = &promise{}
	return true
}

// any reports whether something is being received.
func (b *incomingBook) any() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.open) > 0
}

func (b *incomingBook) release(id media.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.setLocked(id, promise{})
	delete(b.open, id)
}

// promised sums what is still to come, and whole items that have no rows yet.
func (b *incomingBook) promised() (missing, whole int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.missing, b.whole
}

// set changes what is promised to an item that is being received.
func (b *incomingBook) set(id media.ID, p promise) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.setLocked(id, p)
}

func (b *incomingBook) setLocked(id media.ID, now promise) {
	if p := b.open[id]; p != nil {
		b.missing, b.whole = b.missing+now.missing-p.missing, b.whole+now.whole-p.whole
		*p = now
	}
}

// Item returns what is received.
func (in *Incoming) Item() media.Item { return in.of.Item() }

// HasOutline reports whether the outline is known; see syncproto.Sink.
func (in *Incoming) HasOutline() bool { return in.of.HasOutline() }

// SetOutline takes the outline that a peer sent; see syncproto.Sink.
func (in *Incoming) SetOutline(o media.Outline) error { return in.of.SetOutline(o) }

// NextMissing returns the first run of groups that are missing; see syncproto.Sink.
func (in *Incoming) NextMissing(from int64) (first, n int64) { return in.of.NextMissing(from) }

// Write takes a group, ErrNoSpace if the disk is full; see syncproto.Sink.
func (in *Incoming) Write(i int64, group []byte) error {
	if in.s.VaultBusy() {
		return ErrVaultBusy // what is proven stays
	}
	if in.small {
		return in.remember(i, group)
	}
	if err := in.of.Write(i, group); err != nil {
		return err
	}
	in.promiseRest()
	return nil
}

// remember takes the only group of a small item, once there is memory for it. It is
// not waited for long: what is there is whole, and on its way to the disk.
func (in *Incoming) remember(i int64, group []byte) error {
	taken := vault.BufferSize(len(group))
	if err := in.s.incoming.memory.Acquire(context.Background(), taken); err != nil {
		return err
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	err := in.of.Write(i, group)
	if err != nil || in.memory > 0 || in.closed {
		in.s.incoming.memory.Release(taken)
	} else {
		in.memory = taken
	}
	return err
}

// promiseRest gives back the room that what is on the disk has taken.
func (in *Incoming) promiseRest() {
	it := in.of.Item()
	in.s.incoming.set(it.ID, promise{missing: in.of.Missing(), whole: it.Size})
}

// Commit makes the item durable under its name in the vault and only then records the
// holding; it waits for the batch that it becomes part of.
func (in *Incoming) Commit(ctx context.Context) error {
	it := in.of.Item()
	one, err := in.finish(ctx)
	if err == nil {
		err = in.s.commits.commit(ctx, one)
	}
	if err != nil {
		return fmt.Errorf("commit %s: %w", it.ID, err)
	}
	in.s.incoming.set(it.ID, promise{})
	in.of.Placed()
	in.mu.Lock()
	in.placed = true
	in.mu.Unlock()
	return nil
}

// finish makes the bytes durable under their time.
func (in *Incoming) finish(ctx context.Context) (*commit, error) {
	in.come(true)
	defer in.come(false)
	t, err := in.s.targetOf(ctx, in.of.Item())
	if err != nil {
		return nil, err
	}
	from, err := in.s.commits.finish(in.of, t, in.written)
	if err != nil {
		return nil, err
	}
	in.promiseRest()
	return &commit{from: from, target: t, outline: in.of.Outline()}, nil
}

// Close gives the item back; what is proven of it stays for a later Incoming.
func (in *Incoming) Close() error {
	in.come(false)
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed {
		return nil
	}
	in.closed = true
	if !in.placed {
		in.s.incoming.leave()
	}
	err := in.of.Close()
	in.dismissLocked()
	in.s.incoming.release(in.of.Item().ID)
	return err
}

// written notes that the bytes of a small item are not in memory any more.
func (in *Incoming) written() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.dismissLocked()
}

func (in *Incoming) dismissLocked() {
	in.s.incoming.memory.Release(in.memory)
	in.memory = 0
}

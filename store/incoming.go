package store

import (
	"context"
	"fmt"
	"sync"
	"time"

	"homeroll/store/media"
)

// Incoming receives one item. It satisfies syncproto.Sink.
type Incoming struct {
	s      *Store
	of     receiver
	small  bool // its bytes wait in memory
	mu     sync.Mutex
	closed bool
	placed bool
	coming bool // batches wait for it a little
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
	Finish(want string, mtime time.Time) (from string, err error)
	Placed()
	Close() error
}

// smallBytes bounds what waits in memory of small items, in bytes; beyond it they
// are received like large ones.
const smallBytes = 64 << 20

// incomingBook holds what is being received, and the room that is promised to it.
type incomingBook struct {
	// promising is held from looking at the room to promising it, so that two
	// items are not promised the same; before mu.
	promising sync.Mutex
	many      chan struct{} // has a token when many were left behind
	mu        sync.Mutex
	open      map[media.ID]*promise
	left      int   // since many was told
	small     int64 // bytes of items that may wait in memory
	missing   int64 // sum of what is promised
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
	in = &Incoming{s: s, small: s.incoming.admit(it.Size)}
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
	if err != nil && in.small {
		s.incoming.dismiss(it.Size)
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

// admit reports whether an item of this size may wait in memory.
func (b *incomingBook) admit(size int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if size < 0 || size > media.GroupSize || b.small+size > smallBytes {
		return false
	}
	b.small += size
	return true
}

// dismiss ends what admit began.
func (b *incomingBook) dismiss(size int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.small -= size
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
	if err := in.of.Write(i, group); err != nil {
		return err
	}
	if !in.small {
		in.promiseRest()
	}
	return nil
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
	from, err := in.s.commits.finish(in.of, t)
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
	if in.small {
		in.s.incoming.dismiss(in.of.Item().Size)
	}
	in.s.incoming.release(in.of.Item().ID)
	return err
}

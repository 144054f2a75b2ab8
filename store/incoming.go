package store

import (
	"context"
	"fmt"
	"sync"

	"homeroll/store/internal/vault"
	"homeroll/store/media"
)

// Incoming receives one item. It satisfies syncproto.Sink.
type Incoming struct {
	s       *Store
	partial *vault.Partial
	mu      sync.Mutex
	closed  bool
	placed  bool
}

// incomingBook holds what is being received, and the room that is promised to it.
type incomingBook struct {
	// promising is held from looking at the room to promising it, so that two
	// items are not promised the same; before mu.
	promising sync.Mutex
	many      chan struct{} // has a token when many were left behind
	mu        sync.Mutex
	open      map[media.ID]*promise
	left      int // since many was told
}

// promise is the room that an item being received takes: of the disk what is
// missing of it, of the budget all, until its row counts.
type promise struct {
	mu             sync.Mutex
	missing, whole int64
}

// Incoming opens the partial file of an item to receive it, resuming what is already proven. One at a time for an item
// (ErrBusy). ErrNoSpace if the vault has no room for what is missing.
func (s *Store) Incoming(ctx context.Context, it media.Item) (*Incoming, error) {
	if !s.vaultHere() {
		return nil, fmt.Errorf("receive %s: %w", it.ID, ErrVaultMissing)
	}
	p := &promise{}
	if !s.incoming.claim(it.ID, p) {
		return nil, fmt.Errorf("receive %s: %w", it.ID, ErrBusy)
	}
	if s.VaultBusy() {
		s.incoming.release(it.ID)
		return nil, fmt.Errorf("receive %s: %w", it.ID, ErrVaultBusy)
	}
	partial, err := s.vault().Partial(ctx, it)
	if err != nil {
		s.incoming.release(it.ID)
		return nil, fmt.Errorf("receive %s: %w", it.ID, err)
	}
	if err := s.promise(p, it.Size, partial.Missing()); err != nil {
		_ = partial.Close()
		s.incoming.release(it.ID)
		return nil, fmt.Errorf("receive %s: %w", it.ID, err)
	}
	return &Incoming{s: s, partial: partial}, nil
}

func (b *incomingBook) claim(id media.ID, p *promise) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open == nil {
		b.open = map[media.ID]*promise{}
	}
	if b.open[id] != nil {
		return false
	}
	b.open[id] = p
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
	delete(b.open, id)
}

// promised sums what is still to come, and whole items that have no rows yet.
func (b *incomingBook) promised() (missing, whole int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.open {
		p.mu.Lock()
		missing, whole = missing+p.missing, whole+p.whole
		p.mu.Unlock()
	}
	return missing, whole
}

// Item returns what is received.
func (in *Incoming) Item() media.Item { return in.partial.Item() }

// HasOutline reports whether the outline is known; see syncproto.Sink.
func (in *Incoming) HasOutline() bool { return in.partial.HasOutline() }

// SetOutline takes the outline that a peer sent; see syncproto.Sink.
func (in *Incoming) SetOutline(o media.Outline) error { return in.partial.SetOutline(o) }

// NextMissing returns the first run of groups that are missing; see syncproto.Sink.
func (in *Incoming) NextMissing(from int64) (first, n int64) { return in.partial.NextMissing(from) }

// Write takes a group, ErrNoSpace if the disk is full; see syncproto.Sink.
func (in *Incoming) Write(i int64, group []byte) error {
	if in.s.VaultBusy() {
		return ErrVaultBusy // what is proven stays
	}
	if err := in.partial.Write(i, group); err != nil {
		return err
	}
	missing := in.partial.Missing()
	in.s.incoming.update(in.partial.Item().ID, func(p *promise) { p.missing = missing })
	return nil
}

func (b *incomingBook) update(id media.ID, f func(*promise)) {
	b.mu.Lock()
	p := b.open[id]
	b.mu.Unlock()
	if p != nil {
		p.mu.Lock()
		f(p)
		p.mu.Unlock()
	}
}

// Commit makes the item durable under its name in the vault and only then records the
// holding; it waits for the batch that it becomes part of.
func (in *Incoming) Commit(ctx context.Context) error {
	it := in.partial.Item()
	one, err := in.finish(ctx)
	if err == nil {
		err = in.s.commits.commit(ctx, one)
	}
	if err != nil {
		return fmt.Errorf("commit %s: %w", it.ID, err)
	}
	in.s.incoming.update(it.ID, func(p *promise) { p.missing, p.whole = 0, 0 })
	in.partial.Placed()
	in.mu.Lock()
	in.placed = true
	in.mu.Unlock()
	return nil
}

// finish syncs the file under its time. Batches wait for it a little.
func (in *Incoming) finish(ctx context.Context) (*commit, error) {
	c := in.s.commits
	c.coming.Add(1)
	defer c.coming.Add(-1)
	t, err := in.s.targetOf(ctx, in.partial.Item())
	if err != nil {
		return nil, err
	}
	from, err := c.finish(in.partial, t.MTime)
	return &commit{from: from, target: t, outline: in.partial.Outline()}, err
}

// Close gives the item back; what is proven of it stays for a later Incoming.
func (in *Incoming) Close() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed {
		return nil
	}
	in.closed = true
	if !in.placed {
		in.s.incoming.leave()
	}
	err := in.partial.Close()
	in.s.incoming.release(in.partial.Item().ID)
	return err
}

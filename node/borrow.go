package node

import (
	"context"
	"errors"
	"time"

	"homeroll/store"
	"homeroll/store/media"
	"homeroll/syncproto"
)

// batch asks one peer and keeps what comes. A peer that sends what is no preview
// is asked for no more of the batch.
func (b *borrower) batch(ctx context.Context, peer media.Device, items []store.Lacking) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	w := syncproto.Wish{Pixels: syncproto.PreviewSmall}
	w.Told = func(i int, f *syncproto.Facts) { b.told(ctx, w.Items[i], f) }
	for _, l := range items {
		w.Items = append(w.Items, l.Item.ID)
	}
	good, broken := 0, false
	err := b.node.exchange.Previews(ctx, peer, w, func(i int, jpeg []byte, err error) {
		if broken {
			return
		}
		began := time.Now()
		if err == nil {
			err = b.node.store.BorrowPreview(ctx, w.Items[i], store.PreviewSmall, jpeg)
			good++
		}
		b.heard(ctx, peer, items[i], err)
		if broken = errors.Is(err, store.ErrPreviewBroken); broken {
			b.blame(peer, w.Items[i], err)
			stop()
		}
		sleep(ctx, restAfter(time.Since(began), borrowCPU))
	})
	switch {
	case broken:
	case err == nil && good > 0:
		b.mu.Lock()
		delete(b.broken, peer)
		b.mu.Unlock()
	default:
		b.failed(ctx, peer, w.Items[0], err)
	}
}

// told keeps what a holder says of an item.
func (b *borrower) told(ctx context.Context, id media.ID, f *syncproto.Facts) {
	if err := b.node.store.Tell(ctx, id, store.Facts(*f)); err != nil && ctx.Err() == nil {
		b.node.log.Warn("keep what another device says of a picture", "item", id, "error", err)
	}
}

// heard notes what became of one preview.
func (b *borrower) heard(ctx context.Context, peer media.Device, l store.Lacking, err error) {
	id := l.Item.ID
	b.mu.Lock()
	defer b.mu.Unlock()
	var none *syncproto.NoPreviewError
	switch {
	case err == nil:
		delete(b.later, id)
		delete(b.refused, id)
		if len(b.silent) >= maxRefused {
			clear(b.silent)
		}
		b.silent[id] = true
	case errors.Is(err, media.ErrNotHeld), errors.As(err, &none), errors.Is(err, store.ErrPreviewBroken):
		if len(b.refused) >= maxRefused {
			clear(b.refused)
		}
		b.refused[id] = refused{l.Holders, append(b.refused[id].by, peer)}
	case errors.Is(err, syncproto.ErrLater):
		b.postpone(id)
	case ctx.Err() == nil:
		b.node.log.Warn("keep preview of another device", "item", id, "error", err)
		b.postpone(id)
	}
}

// postpone asks for a preview again after a while. b.mu is held.
func (b *borrower) postpone(id media.ID) {
	if len(b.later) >= maxLater {
		clear(b.later)
	}
	l := b.later[id]
	l.until = time.Now().Add(min(laterFirst<<min(l.times, 10), laterMost))
	l.times++
	b.later[id] = l
}

// failed notes why a peer gives no previews now.
func (b *borrower) failed(ctx context.Context, peer media.Device, item media.ID, err error) {
	switch {
	case err == nil, ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded), errors.Is(err, syncproto.ErrClosed):
		return
	case syncproto.Misbehaved(err):
		b.blame(peer, item, err)
		return
	}
	rest := restOfLost
	if errors.Is(err, syncproto.ErrPaused) || errors.Is(err, syncproto.ErrBusy) {
		rest = restOfPaused
	}
	b.node.log.Debug("borrow previews", "peer", peer.Short(), "error", err, "again", rest)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.resting[peer] = time.Now().Add(rest)
}

// blame notes that a peer sent what no correct one sends.
func (b *borrower) blame(peer media.Device, item media.ID, err error) {
	name := b.node.nameOf(peer)
	b.mu.Lock()
	defer b.mu.Unlock()
	again := b.broken.tell(time.Now(), peer, name, item, err)
	b.node.log.Warn("peer sent a broken preview", "item", item, "peer", peer.Short(), "error", err, "again", again)
	b.node.transfers.changed.bump()
}

// connected gives a member that has just connected a fresh start.
func (b *borrower) connected(d media.Device) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.resting, d)
}

// retry forgets all failures: a person asked for it.
func (b *borrower) retry() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.refused)
	clear(b.later)
	clear(b.silent)
	clear(b.resting)
	clear(b.broken)
}

// openProblems returns the peers that keep on sending broken previews.
func (b *borrower) openProblems() []store.Problem {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.broken.problems(time.Now())
}

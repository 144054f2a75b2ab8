package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"homeroll/discovery"
	"homeroll/store"
	"homeroll/store/media"
	"homeroll/syncproto"
)

// Preview opens a small upright picture (JPEG) of any item of the home, whose
// longer edge has at most so many pixels: 256 or 1440. It is made here of an
// item held here; else the one that was borrowed is shown, or one is borrowed now
// from a holder that is connected. The origin is "own" or "borrowed". The error
// is store.ErrNoPreview (a tile stands for it), media.ErrNotHeld (no holder can be
// reached), or ErrPaused.
func (n *Node) Preview(ctx context.Context, id media.ID, pixels int) (r io.ReadSeekCloser, origin string, err error) {
	size := store.PreviewSize(pixels)
	if size != store.PreviewSmall && size != store.PreviewLarge {
		return nil, "", fmt.Errorf("open preview: there is none of %d pixels", pixels)
	}
	r, from, err := n.store.Preview(ctx, id, size)
	if err != nil && (errors.Is(err, media.ErrNotHeld) || errors.Is(err, store.ErrNoPreview)) {
		if err = n.borrower.now(ctx, id, size, err); err == nil {
			r, from, err = n.store.Preview(ctx, id, size)
		}
	}
	return r, string(from), err
}

// now borrows a preview for which a person waits from the first holder that has
// one. why is the error if nobody else can say.
func (b *borrower) now(ctx context.Context, id media.ID, size store.PreviewSize, why error) error {
	holders, err := b.holders(ctx, id)
	if err != nil || len(holders) == 0 {
		return errors.Join(why, err)
	}
	select {
	case b.demand <- struct{}{}:
		defer func() { <-b.demand }()
	case <-ctx.Done():
		return ctx.Err()
	}
	ctx, cancel := context.WithTimeoutCause(ctx, demandPatience, errors.New("no holder answers in time"))
	defer cancel()
	for _, d := range holders {
		err := b.one(ctx, d, id, size)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		why = asNoPreview(err, why)
	}
	return why
}

// holders returns who can be asked for a preview of an item now.
func (b *borrower) holders(ctx context.Context, id media.ID) (list []media.Device, err error) {
	info, err := b.node.store.Lookup(ctx, id.String())
	if err != nil {
		return nil, err
	}
	members := b.node.host.Members()
	for _, h := range info.Holders {
		reachable := slices.ContainsFunc(members, func(m discovery.Member) bool { return m.Device == h.Device && m.Online && !m.Self })
		if reachable && b.node.exchange.CanPreview(h.Device) {
			list = append(list, h.Device)
		}
	}
	return list, nil
}

// one borrows one preview of one peer.
func (b *borrower) one(ctx context.Context, d media.Device, id media.ID, size store.PreviewSize) error {
	ctx, release, ok := b.node.pause.allow(ctx, time.Now())
	if !ok {
		return syncproto.ErrPaused
	}
	defer release()
	answer := syncproto.ErrLater
	err := b.node.exchange.Previews(ctx, d, syncproto.Wish{
		Pixels: int(size), Items: []media.ID{id}, Now: true, Told: func(_ int, f *syncproto.Facts) { b.told(ctx, id, f) },
	},
		func(_ int, jpeg []byte, err error) {
			if answer = err; err == nil {
				answer = b.node.store.BorrowPreview(ctx, id, size, jpeg)
			}
		})
	if err == nil {
		err = answer
	}
	if errors.Is(err, store.ErrPreviewBroken) || syncproto.Misbehaved(err) {
		b.blame(d, id, err)
	}
	return err
}

// asNoPreview tells an answer that there is no preview from failures, which the
// next may tell better.
func asNoPreview(err, before error) error {
	var none *syncproto.NoPreviewError
	switch {
	case errors.As(err, &none):
		return fmt.Errorf("%w: %w", store.ErrNoPreview, err)
	case errors.Is(before, store.ErrNoPreview):
		return before
	}
	return err
}

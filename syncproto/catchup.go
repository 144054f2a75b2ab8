package syncproto

import (
	"context"
	"errors"
	"fmt"
	"time"

	"homeroll/store/media"
)

// catchUp brings the stored manifest of a device to the root that the peer
// offers. Only a failure of the peer or of the stream is an error; anything
// else is tried again later.
func (f *follower) catchUp(ctx context.Context, by media.Device) error {
	release, err := f.e.authors.lock(ctx, by)
	if err != nil {
		return err
	}
	defer release()
	for {
		target, _ := f.offered(by)
		err := f.reach(ctx, by, target)
		if newer, _ := f.offered(by); errors.Is(err, media.ErrStale) && newer.Newer(target) {
			continue // the peer's manifest moved on while it was walked
		}
		return f.settle(ctx, target, err)
	}
}

// settle remembers how following the target ended.
func (f *follower) settle(ctx context.Context, target media.Root, err error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	by := target.Device
	if err == nil {
		delete(f.failed, by)
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var peer *PeerError
	if errors.As(err, &peer) {
		return err
	}
	last := f.failed[by]
	wait := min(max(2*last.wait, retryFirst), retryMost)
	f.failed[by] = failure{target, time.Now().Add(wait), wait}
	if !errors.Is(err, media.ErrStale) {
		f.e.cfg.Log.Warn("manifest not taken over", "peer", f.peer, "author", by, "error", err, "retry", wait)
	}
	return nil
}

// reach makes the stored manifest the target's: by a delta if the peer
// remembers one from the present root, else by walking.
func (f *follower) reach(ctx context.Context, by media.Device, target media.Root) error {
	lib := f.e.cfg.Library
	mine, err := f.e.roots(ctx)
	if err != nil {
		return err
	}
	own, ok := mine[by]
	if ok && !target.Newer(own) {
		return nil
	}
	if f.e.newest(by).Newer(target) {
		return errMoved
	}
	local, err := lib.Node(ctx, by, "")
	if err != nil {
		return fmt.Errorf("read manifest of %s: %w", by.Short(), err)
	}
	if ok && local == own.Node && local.N > 0 && local != target.Node {
		done, err := f.reachBySince(ctx, by, own)
		if done || err != nil {
			return err
		}
	}
	w := &walk{f: f, lib: lib, by: by, target: target, replies: make(chan reply, maxAsks)}
	if err := w.run(ctx, local); err != nil {
		return err
	}
	return lib.Adopt(ctx, w.target)
}

func (f *follower) reachBySince(ctx context.Context, by media.Device, own media.Root) (done bool, err error) {
	if !f.s.greeting.has(canPush) {
		return false, nil
	}
	d, ok, err := f.askSince(ctx, by, own.Node)
	if !ok || err != nil || !d.To.Newer(own) {
		return false, err
	}
	err = f.e.cfg.Library.Apply(ctx, d)
	if errors.Is(err, media.ErrStale) {
		return false, nil
	}
	return err == nil, err
}

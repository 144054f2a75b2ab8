package node

import (
	"cmp"
	"context"
	"errors"

	"homeroll/node/policy"
	"homeroll/store/media"
	"homeroll/syncproto"
)

// fly receives one item: bytes, then commit. The commit is not called off with
// ctx, because all that was hard to get is here.
func (t *transfers) fly(ctx context.Context, f *flight) error {
	in, err := t.node.store.Incoming(ctx, f.Item)
	if err != nil {
		return err
	}
	defer t.arrived(f.Item.ID)
	sink := t.arrive(in)
	t.opened(f)
	err = t.gather(ctx, f, sink)
	if err == nil {
		t.landed(f)
		err = in.Commit(context.WithoutCancel(ctx))
	}
	return cmp.Or(err, in.Close())
}

// gather gets the bytes of an item: what it shares with others from these, the
// rest from all who are asked.
func (t *transfers) gather(ctx context.Context, f *flight, sink syncproto.Sink) error {
	failed := func(d media.Device, err error) { t.failed(f, d, err) }
	t.mu.Lock()
	from := f.From
	t.mu.Unlock()
	err := t.patch(ctx, from[0], sink)
	var peer *syncproto.PeerError
	if errors.As(err, &peer) {
		failed(from[0], err)
		if from = from[1:]; len(from) > 0 {
			err = nil
		}
	}
	if err != nil {
		return err
	}
	return t.node.exchange.Gather(ctx, syncproto.Sources{Peers: from, More: f.more, Failed: failed}, sink)
}

// opened notes that room for an item is taken.
func (t *transfers) opened(f *flight) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f.Opened = true
}

// landed notes that all bytes of an item are here.
func (t *transfers) landed(f *flight) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f.Landed = true
	t.flown--
	t.landing()
}

// faultOf tells what kind of failure an error of fly is. What is not the
// peer's is this device's.
func faultOf(err error) policy.Fault {
	var peers *syncproto.PeerError
	switch {
	case !errors.As(err, &peers):
		return policy.Local
	case errors.Is(err, media.ErrCorrupt), errors.Is(err, syncproto.ErrSizeDiffers):
		return policy.Corrupt
	case errors.Is(err, media.ErrNotHeld):
		return policy.NotThere
	case errors.Is(err, syncproto.ErrPaused), errors.Is(err, syncproto.ErrBusy):
		return policy.Busy
	default:
		return policy.Lost
	}
}

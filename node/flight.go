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
func (t *transfers) fly(ctx context.Context, f policy.Flight) error {
	in, err := t.node.store.Incoming(ctx, f.Item)
	if err != nil {
		return err
	}
	defer t.arrived(f.Item.ID)
	sink := t.arrive(in)
	t.results <- result{flight: f, phase: opened}
	err = t.patch(ctx, f.From, sink)
	if err == nil {
		err = t.node.exchange.Fetch(ctx, f.From, sink)
	}
	if err == nil {
		t.results <- result{flight: f, phase: landed}
		err = in.Commit(context.WithoutCancel(ctx))
	}
	return cmp.Or(err, in.Close())
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

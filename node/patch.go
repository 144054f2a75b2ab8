package node

import (
	"context"

	"homeroll/store/media"
	"homeroll/syncproto"
)

// patch puts together what can be of an item from others held here, if it is
// an edit of one. What is missing then is fetched as ever.
func (t *transfers) patch(ctx context.Context, from media.Device, sink syncproto.Sink) error {
	if sink.Item().Size < syncproto.MinPatch {
		return nil
	}
	others, err := t.node.store.EditOf(ctx, sink.Item())
	if err != nil {
		return err
	}
	defer func() {
		for _, src := range others {
			_ = src.Close()
		}
	}()
	return t.node.exchange.Patch(ctx, from, sink, others)
}

package node

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"homeroll/node/internal/control"
	"homeroll/store"
)

// Run runs the node until ctx ends, then drains: transfers in flight finish their group, batches are committed.
// It returns when everything has stopped, and closes what Open opened. It may be called once.
//
// The parts stop in the order in which they need each other: first nothing new is fetched, then
// the sockets close, then the store writes down what came, then the lock goes.
func (n *Node) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, n.Close()) }()
	ctx, n.stop = context.WithCancelCause(ctx)
	defer n.stop(nil)
	listener, err := control.Listen(n.cfg.State)
	if err != nil {
		return err
	}
	if n.page, err = n.openPage(ctx); err != nil {
		return errors.Join(err, listener.Close())
	}
	base := context.WithoutCancel(ctx)
	storeCtx, stopStore := context.WithCancel(base)
	defer stopStore()
	edgeCtx, stopEdges := context.WithCancel(base)
	defer stopEdges()

	parts, ctx := errgroup.WithContext(ctx) // ends with the caller's, or when a part fails
	var edges sync.WaitGroup
	edge := func(name string, run func(context.Context) error) {
		edges.Add(1)
		parts.Go(func() error {
			defer edges.Done()
			return asked(edgeCtx, name, run(edgeCtx))
		})
	}
	parts.Go(func() error { return asked(storeCtx, "store", n.store.Run(storeCtx)) })
	edge("network", n.host.Run)
	edge("control socket", func(ctx context.Context) error { return control.New(n.Control(), n.log).Serve(ctx, listener) })
	if page := n.page; page != nil {
		edge("page", func(ctx context.Context) error { return page.server.Serve(ctx, page.listener) })
	}
	edge("home", n.followHome)
	edge("previews for others", n.maker.run)
	edge("previews of others", n.borrower.run)
	edge("start", n.announceReady)
	parts.Go(func() error {
		n.transfers.run(ctx, edgeCtx)
		n.exchange.Close()
		stopEdges()
		edges.Wait()
		stopStore()
		return nil
	})
	err = parts.Wait()
	if errors.Is(context.Cause(ctx), ErrReopen) || errors.Is(err, store.ErrCorrupt) {
		return errors.Join(ErrReopen, err)
	}
	return err
}

// asked tells an end that was asked for, which is no error, from one that was
// not.
func asked(ctx context.Context, part string, err error) error {
	if ctx.Err() != nil && (err == nil || errors.Is(err, ctx.Err())) {
		return nil
	}
	if err == nil {
		err = errors.New("stopped by itself")
	}
	return fmt.Errorf("run %s: %w", part, err)
}

// announceReady closes ready when the host listens, and then waits for the end
// like every part.
func (n *Node) announceReady(ctx context.Context) error {
	select {
	case <-n.host.Ready():
		close(n.ready)
		n.transfers.changed.bump()
	case <-ctx.Done():
	}
	<-ctx.Done()
	return nil
}

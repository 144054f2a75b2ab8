package discovery

import (
	"context"
	"net"
	"time"

	"homeroll/discovery/internal/links"
)

const (
	linkPoll = 2 * time.Second
	saveBook = 30 * time.Second
)

// Run listens, announces, finds and connects until ctx ends; it returns when
// all has stopped. It can be called once.
func (h *Host) Run(ctx context.Context) error {
	ls, moved, err := listenAll(ctx, h.cfg.Listen, h.cfg.FixedPort)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	h.begin(ctx, ls)
	if moved {
		h.log.Warn("the usual port for peers is taken; using another", "usual", h.cfg.Listen, "port", h.Port())
	}
	h.log.Info("listening for peers", "addresses", h.Addresses())
	close(h.ready)

	h.startWorkers(ctx, ls)
	<-ctx.Done()
	closeAll(ls)
	h.mu.Lock()
	h.stopped = true
	h.mu.Unlock()
	h.work.Wait() // sessions end with ctx
	if err := h.book.save(); err != nil {
		h.log.Warn("addresses were not saved", "err", err)
	}
	return nil
}

func (h *Host) begin(ctx context.Context, ls []*net.TCPListener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.run = ctx
	h.at = listeningOn(ls)
	h.up = links.Current()
}

func (h *Host) startWorkers(ctx context.Context, ls []*net.TCPListener) {
	for _, l := range ls {
		h.work.Go(func() { h.accept(ctx, l) })
	}
	h.work.Go(func() { h.followRoster(ctx) })
	h.work.Go(func() { links.Watch(ctx, linkPoll, h.linksChanged) })
	h.work.Go(func() { h.watchClock(ctx) })
	h.work.Go(func() { h.keepBook(ctx) })
	if h.mdns != nil {
		h.announce()
		h.work.Go(func() { h.mdns.Run(ctx) })
	}
}

// spawn runs f in a goroutine that Run waits for; it is false, and f does not
// run, when Run is over.
func (h *Host) spawn(f func()) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.run == nil || h.stopped {
		return false
	}
	h.work.Go(f)
	return true
}

// start runs an adopted session.
func (h *Host) start(s *session) error {
	if !h.spawn(s.run) {
		s.end(errStopping)
		h.forget(s)
		s.conn.Close()
		s.settle()
		return errStopping
	}
	return nil
}

// keepBook saves the address book now and then, with the live connections
// noted as seen.
func (h *Host) keepBook(ctx context.Context) {
	tick := time.NewTicker(saveBook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			h.mu.Lock()
			for d, s := range h.live {
				h.book.seen(d, s.address(), now)
			}
			h.mu.Unlock()
		}
		if err := h.book.save(); err != nil {
			h.log.Warn("addresses were not saved", "err", err)
		}
	}
}

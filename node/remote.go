package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"homeroll/discovery"
	"homeroll/node/internal/web/home"
	"homeroll/store/media"
	"homeroll/syncproto"
)

// Reading what only others hold: spans of it come when they are read, each group
// verified as always, and nothing is kept.
const (
	remoteSpan  = 8 // groups (2 MiB) that are fetched at once
	remoteFiles = 8 // open at the same time, of two spans each
	firstSpan   = 1 // groups of the first fetch after a seek: something to show at once
)

// remote reads an item from those that hold it. It is an io.ReadSeekCloser for
// one reader; its two spans are all the memory that it takes.
type remote struct {
	ctx     context.Context // of the request that reads
	stop    context.CancelFunc
	node    *Node
	item    media.Item
	peers   []media.Device
	release func()

	at      int64 // of the next Read
	outline media.Outline
	span    *remoteRun // that is read from
	ahead   *remoteRun // behind it, on its way
	width   int64      // groups of the next fetch
	running sync.WaitGroup
}

// openRemote opens an item that this device does not hold. home.ErrNotHeld if
// nobody who is reachable does.
func (n *Node) openRemote(ctx context.Context, it media.Item) (*remote, error) {
	peers, err := n.reachableHolders(ctx, it.ID)
	if err != nil {
		return nil, err
	}
	if len(peers) == 0 {
		return nil, fmt.Errorf("%s: %w", it.ID, home.ErrNotHeld)
	}
	select {
	case n.remotes <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	r := &remote{node: n, item: it, peers: peers, width: firstSpan, release: func() { <-n.remotes }}
	r.ctx, r.stop = context.WithCancel(ctx)
	return r, nil
}

// reachableHolders are the other members that hold an item and are connected.
func (n *Node) reachableHolders(ctx context.Context, id media.ID) (list []media.Device, err error) {
	info, err := n.store.Lookup(ctx, id.String())
	if err != nil {
		return nil, err
	}
	members := n.host.Members()
	for _, h := range info.Holders {
		if slices.ContainsFunc(members, func(m discovery.Member) bool { return m.Device == h.Device && m.Online && !m.Self }) {
			list = append(list, h.Device)
		}
	}
	return list, nil
}

// Seek implements io.Seeker.
func (r *remote) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.item.Size
	}
	if offset < 0 {
		return r.at, errors.New("seek before the beginning")
	}
	r.at = offset
	return offset, nil
}

// Read implements io.Reader.
func (r *remote) Read(p []byte) (int, error) {
	if r.at >= r.item.Size {
		return 0, io.EOF
	}
	if err := r.reach(r.at / media.GroupSize); err != nil {
		return 0, err
	}
	n := copy(p, r.span.from(r.at))
	r.at += int64(n)
	return n, nil
}

// Close ends what is on its way.
func (r *remote) Close() error {
	r.stop()
	r.running.Wait()
	if r.release != nil {
		r.release()
		r.release = nil
	}
	return nil
}

// reach makes span the one that has a group, and sends for the next.
func (r *remote) reach(group int64) error {
	if r.span == nil || !r.span.has(group) {
		if r.ahead == nil || !r.ahead.has(group) {
			r.drop()
			r.width = firstSpan
			r.ahead = r.fetch(group)
		}
		r.span, r.ahead = r.ahead, nil
	}
	select {
	case <-r.span.done:
	case <-r.ctx.Done():
		return r.ctx.Err()
	}
	if err := r.span.err; err != nil {
		r.span = nil
		return err
	}
	r.outline = r.span.outline
	if next := r.span.first + int64(len(r.span.groups)); r.ahead == nil && next < media.Groups(r.item.Size) {
		r.ahead = r.fetch(next)
	}
	return nil
}

// drop calls off what is on its way: the reader has gone elsewhere.
func (r *remote) drop() {
	if r.ahead != nil {
		r.ahead.stop()
		r.ahead = nil
	}
}

// fetch sends for a span that begins with a group.
func (r *remote) fetch(first int64) *remoteRun {
	n := min(r.width, media.Groups(r.item.Size)-first)
	r.width = min(2*r.width, remoteSpan)
	run := &remoteRun{item: r.item, outline: r.outline, first: first, groups: make([][]byte, n), done: make(chan struct{})}
	ctx, stop := context.WithCancel(r.ctx)
	run.stop = stop
	r.running.Go(func() {
		defer close(run.done)
		defer stop()
		run.err = r.node.gatherSpan(ctx, r.peers, run)
	})
	return run
}

// gatherSpan fetches a span, unless the device is paused.
func (n *Node) gatherSpan(ctx context.Context, peers []media.Device, run *remoteRun) error {
	ctx, release, ok := n.pause.allow(ctx, time.Now())
	if !ok {
		return syncproto.ErrPaused
	}
	defer release()
	failed := func(d media.Device, err error) {
		if ctx.Err() == nil {
			n.log.Warn("read a photo from another device", "device", n.nameOf(d), "item", run.item.ID, "error", err)
		}
	}
	return n.exchange.Gather(ctx, syncproto.Sources{Peers: peers, Failed: failed}, run)
}

// remoteRun is a syncproto.Sink for some groups of an item, in memory. Its other
// groups count as proven, so that nobody sends them.
type remoteRun struct {
	item  media.Item
	first int64
	done  chan struct{} // closed once what follows is settled
	stop  context.CancelFunc
	err   error

	outline media.Outline
	groups  [][]byte
}

func (s *remoteRun) has(group int64) bool {
	return group >= s.first && group < s.first+int64(len(s.groups))
}

// from returns what the group has from a byte of the item on.
func (s *remoteRun) from(at int64) []byte {
	return s.groups[at/media.GroupSize-s.first][at%media.GroupSize:]
}

// Item implements syncproto.Sink.
func (s *remoteRun) Item() media.Item { return s.item }

// HasOutline implements syncproto.Sink.
func (s *remoteRun) HasOutline() bool { return media.Groups(s.item.Size) == 1 || len(s.outline) > 0 }

// SetOutline implements syncproto.Sink.
func (s *remoteRun) SetOutline(o media.Outline) error {
	if err := o.Check(s.item); err != nil {
		return err
	}
	s.outline = o
	return nil
}

// NextMissing implements syncproto.Sink.
func (s *remoteRun) NextMissing(from int64) (first, n int64) {
	end := s.first + int64(len(s.groups))
	for first = max(from, s.first); first < end && s.groups[first-s.first] != nil; first++ {
	}
	for first+n < end && s.groups[first+n-s.first] == nil {
		n++
	}
	return first, n
}

// Write implements syncproto.Sink.
func (s *remoteRun) Write(i int64, group []byte) error {
	if !s.has(i) {
		return nil // nobody asked for it
	}
	if err := s.outline.Verify(s.item, i, group); err != nil {
		return err
	}
	s.groups[i-s.first] = slices.Clone(group)
	return nil
}

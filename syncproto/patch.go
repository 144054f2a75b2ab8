package syncproto

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"google.golang.org/protobuf/encoding/protodelim"

	"homeroll/store/media"
	"homeroll/syncproto/internal/pieces"
	"homeroll/syncproto/internal/wire"
)

// Limits of the patch protocol, in bytes where nothing else is said.
const (
	maxPatchRequest = 72 << 10
	// maxRecipe holds a step for each of maxKeys pieces that are 64 KiB apart.
	maxRecipe = 64 << 10
	maxBases  = 4
	maxKeys   = 8 << 10 // pieces of all bases together
	// maxFresh bytes of an item may be new; more is fetched as ever.
	maxFresh = 8 << 20
	// patchesAsked are open at once; patchesServed are answered for one peer
	// at once: more, because it may see the end of one later than the asker.
	patchesAsked  = 4
	patchesServed = 16
	patchesCut    = 2 // at once, for all peers
	// patchPace is the least speed, in bytes a second, of an answer that is waited
	// for longer than a stall may last.
	patchPace = 4 << 10
	// maxUnfit groups in a row that do not verify end a patch.
	maxUnfit = 16
)

// MinPatch is the size, in bytes, of the smallest item that is worth a question.
const MinPatch = 64 << 10

// Patch writes to the sink what can be put together of its item from others
// that this device holds, and the few bytes in which peer says that it differs from
// them. Every group is verified by the sink as ever; one that does not fit, and
// all of them where nothing is alike or the peer cannot say, is left to [Exchange.Fetch], and no error.
// An error is the sink's own, ctx's, or a [PeerError] of a peer that
// misbehaves. The bases stay the caller's.
func (e *Exchange) Patch(ctx context.Context, peer media.Device, sink Sink, bases []media.Source) error {
	if len(bases) == 0 || sink.Item().Size < MinPatch || sink.Item().Size > media.MaxItemSize || !e.understands(peer, canPatch) {
		return nil
	}
	select {
	case e.patches.asked <- struct{}{}:
		defer func() { <-e.patches.asked }()
	case <-ctx.Done():
		return ctx.Err()
	case <-e.ctx.Done():
		return ErrClosed
	}
	p := &patch{e: e, peer: peer, sink: sink, item: sink.Item()}
	if !p.cut(ctx, bases) {
		return ctx.Err()
	}
	err := p.ask(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return p.blame(err)
}

// patchDesk has what the questions of an exchange share.
type patchDesk struct {
	asked   chan struct{} // a token for each question of this side
	cutting chan struct{} // a token for each item that is compared for a peer

	mu     sync.Mutex // guards what follows
	served map[media.Device]int
}

func newPatchDesk() *patchDesk {
	return &patchDesk{asked: make(chan struct{}, patchesAsked), cutting: make(chan struct{}, patchesCut), served: map[media.Device]int{}}
}

// enter counts the questions that are answered for a peer.
func (d *patchDesk) enter(peer media.Device, n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.served[peer] += n
	n = d.served[peer]
	if n == 0 {
		delete(d.served, peer)
	}
	return n
}

// understands reports whether a connected peer has said that it can do that.
func (e *Exchange) understands(peer media.Device, capability string) bool {
	e.mu.Lock()
	f := e.followers[peer]
	e.mu.Unlock()
	if f == nil {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.greeted && f.s.greeting.has(capability)
}

// patch is the asking end of one question.
type patch struct {
	e     *Exchange
	peer  media.Device
	sink  Sink
	item  media.Item
	grain int
	bases []base
	keys  int
}

// base is another item and its pieces.
type base struct {
	media.Source
	pieces []pieces.Piece
}

// cut makes pieces of the bases that can be read, all in the grain that suits the first.
func (p *patch) cut(ctx context.Context, sources []media.Source) bool {
	for _, src := range sources[:min(len(sources), maxBases)] {
		layout, err := pieces.Look(src, src.Item().Size)
		if err != nil {
			p.skip(src, err)
			continue
		}
		if len(p.bases) == 0 {
			p.grain = layout.Grain()
		}
		found, err := layout.Cut(ctx, p.grain, maxKeys-p.keys)
		if err != nil {
			p.skip(src, err)
			continue
		}
		p.bases, p.keys = append(p.bases, base{src, found}), p.keys+len(found)
	}
	return p.keys > 0
}

func (p *patch) skip(src media.Source, err error) {
	p.e.cfg.Log.Debug("item not patched from another", "item", p.item.ID, "other", src.Item().ID, "error", err)
}

func (p *patch) request() *wire.PatchRequest {
	m := &wire.PatchRequest{Id: p.item.ID[:], Size: uint64(p.item.Size), Outline: !p.sink.HasOutline(), Grain: uint32(p.grain)}
	for _, b := range p.bases {
		keys := make([]byte, 0, len(b.pieces)*len(pieces.Key{}))
		for i := range b.pieces {
			keys = append(keys, b.pieces[i].Key[:]...)
		}
		m.Bases = append(m.Bases, keys)
	}
	return m
}

// ask opens a stream for the question and takes the answer.
func (p *patch) ask(ctx context.Context) error {
	conn, err := p.e.cfg.Dialer.Dial(ctx, p.peer, PatchProtocol)
	if err != nil {
		return fmt.Errorf("open patch stream: %w", err)
	}
	k := p.e.mediaLink(conn, p.peer, true, p.e.cfg.Stall)
	defer k.drop()
	defer context.AfterFunc(ctx, k.drop)()
	defer context.AfterFunc(p.e.ctx, k.drop)()
	if _, err := protodelim.MarshalTo(k, p.request()); err != nil {
		return fmt.Errorf("send patch request: %w", err)
	}
	return p.answer(ctx, bufio.NewReaderSize(&paced{r: k, left: p.e.cfg.Stall}, 32<<10))
}

// paced reads what must not come slower than patchPace for long: others may hold
// the item, too, and are asked after this.
type paced struct {
	r    io.Reader
	left time.Duration // to wait
}

func (s *paced) Read(b []byte) (int, error) {
	began := time.Now()
	n, err := s.r.Read(b)
	s.left += time.Duration(n)*(time.Second/patchPace) - time.Since(began)
	if err == nil && s.left < 0 {
		err = ErrStalled
	}
	return n, err
}

func (p *patch) answer(ctx context.Context, r *bufio.Reader) error {
	asked := !p.sink.HasOutline()
	var m wire.PatchResponse
	if err := (protodelim.UnmarshalOptions{MaxSize: maxRecipe + 64}).UnmarshalFrom(r, &m); err != nil {
		return decodeError(err)
	}
	if m.Status != wire.PatchStatus_PATCH_STATUS_OK {
		return nil
	}
	steps, err := unpackRecipe(m.Recipe, p.item.Size, p.keys)
	if err != nil {
		return err
	}
	if asked {
		o, err := readOutline(r, media.Groups(p.item.Size))
		if err != nil {
			return err
		}
		if err := p.sink.SetOutline(o); err != nil {
			return &sinkError{err}
		}
	}
	fresh, err := newStreamDecoder(r)
	if err != nil {
		return err
	}
	defer fresh.Close()
	return p.assemble(ctx, &assembly{steps: steps, bases: p.bases, fresh: fresh})
}

// readOutline grows with what arrives.
func readOutline(r io.Reader, groups int64) (o media.Outline, err error) {
	var cv [32]byte
	for range groups {
		if _, err := io.ReadFull(r, cv[:]); err != nil {
			return nil, cut(err)
		}
		o = append(o, cv)
	}
	return o, nil
}

// assemble puts the missing groups together, in their order.
func (p *patch) assemble(ctx context.Context, a *assembly) error {
	buf := groupBuffers.Get().(*[maxBlock]byte)
	defer groupBuffers.Put(buf)
	unfit := 0
	for i := range media.Groups(p.item.Size) {
		if err := ctx.Err(); err != nil {
			return err
		}
		group := buf[:media.GroupLen(p.item.Size, i)]
		fresh := a.taken
		whole, err := a.fill(group)
		if err != nil {
			return decodeError(err)
		}
		p.e.in.add(int(a.taken-fresh), time.Now())
		if first, n := p.sink.NextMissing(i); n == 0 || first != i {
			continue
		}
		if whole {
			err = p.sink.Write(i, group)
			if err == nil {
				unfit = 0
				continue
			}
			if !errors.Is(err, media.ErrCorrupt) {
				return &sinkError{err}
			}
		}
		if unfit++; unfit == maxUnfit {
			return nil
		}
	}
	return nil
}

// blame returns what of an error is worth to be told: a fetch finds the rest
// of them out.
func (p *patch) blame(err error) error {
	var sink *sinkError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &sink) && !errors.Is(err, media.ErrCorrupt):
		return sink.err
	case errors.As(err, &sink), Misbehaved(err):
		return &PeerError{p.peer, "patch " + p.item.ID.String()[:12], err}
	}
	p.e.cfg.Log.Debug("item not patched", "item", p.item.ID, "peer", p.peer.Short(), "error", err)
	return nil
}

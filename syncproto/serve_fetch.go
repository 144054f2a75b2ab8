package syncproto

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"google.golang.org/protobuf/encoding/protodelim"

	"homeroll/store/media"
	"homeroll/syncproto/internal/wire"
)

// sender is the answering end of one fetch stream.
type sender struct {
	e    *Exchange
	peer media.Device
	busy bool // answers nothing but that
	r    *bufio.Reader
	w    *outflow
	zstd shrinker
	next []*wire.Request // that have arrived together
}

func (e *Exchange) serveFetch(ctx context.Context, peer media.Device, conn net.Conn) error {
	k := e.mediaLink(conn, peer, false, serveIdle)
	defer k.Close()
	stop := context.AfterFunc(ctx, func() { _ = k.Close() })
	defer stop()
	n := e.enter(peer, 1)
	defer e.enter(peer, -1)

	s := &sender{e: e, peer: peer, busy: n > maxFetchStreams, r: bufio.NewReaderSize(k, 4<<10), w: newOutflow(k)}
	s.zstd = shrinker{link: k}
	err := s.run(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil || errors.Is(err, io.EOF) {
		return nil
	}
	return &PeerError{peer, "send items", err}
}

// enter counts the fetch streams that are answered for a peer.
func (e *Exchange) enter(peer media.Device, d int) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.serving[peer] += d
	n := e.serving[peer]
	if n == 0 {
		delete(e.serving, peer)
	}
	return n
}

// run answers requests in their order. Answers to requests that came together
// leave together.
func (s *sender) run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := s.receive(ctx); err != nil {
			return err
		}
		for _, m := range s.next {
			if err := s.answer(ctx, m); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// receive waits for a request and takes those that are there with it.
func (s *sender) receive(ctx context.Context) error {
	if !s.arrived() {
		if err := s.w.Flush(); err != nil {
			return err
		}
	}
	s.next = s.next[:0]
	for len(s.next) == 0 || s.arrived() && len(s.next) < maxExpected {
		m := new(wire.Request)
		if err := (protodelim.UnmarshalOptions{MaxSize: maxRequest}).UnmarshalFrom(s.r, m); err != nil {
			return decodeError(err)
		}
		s.next = append(s.next, m)
	}
	s.expect(ctx)
	return nil
}

// arrived reports whether a whole request can be read without waiting.
func (s *sender) arrived() bool {
	head, _ := s.r.Peek(min(s.r.Buffered(), binary.MaxVarintLen16))
	size, n := binary.Uvarint(head)
	return n > 0 && uint64(s.r.Buffered()-n) >= size
}

// expect has the items of the next requests looked up together.
func (s *sender) expect(ctx context.Context) {
	if len(s.next) < 2 || s.busy || s.e.paused.Load() {
		return
	}
	ids := make([]media.ID, 0, len(s.next))
	for _, m := range s.next {
		if len(m.Id) == len(media.ID{}) {
			ids = append(ids, media.ID(m.Id))
		}
	}
	s.e.cfg.Library.Expect(ctx, ids)
}

// answer sends what the request asks for. Only a failing stream is an error.
func (s *sender) answer(ctx context.Context, m *wire.Request) error {
	src, outline, status := s.open(ctx, m)
	if src != nil {
		defer src.Close()
	}
	if _, err := protodelim.MarshalTo(s.w, &wire.Response{Status: status}); err != nil {
		return fmt.Errorf("send response: %w", err)
	}
	if status != wire.Status_STATUS_OK {
		return nil
	}
	for i := range outline {
		if _, err := s.w.Write(outline[i][:]); err != nil {
			return fmt.Errorf("send outline: %w", err)
		}
	}
	return s.groups(ctx, src, m)
}

// open checks a request and opens its item.
func (s *sender) open(ctx context.Context, m *wire.Request) (media.Source, media.Outline, wire.Status) {
	groups := media.Groups(int64(min(m.Size, media.MaxItemSize)))
	switch {
	case s.busy:
		return nil, nil, wire.Status_STATUS_BUSY
	case s.e.paused.Load():
		return nil, nil, wire.Status_STATUS_PAUSED
	case len(m.Id) != len(media.ID{}) || m.Size > media.MaxItemSize || m.Count == 0 || m.Count > maxRun ||
		m.First >= uint64(groups) || m.First+uint64(m.Count) > uint64(groups):
		return nil, nil, wire.Status_STATUS_BAD_REQUEST
	}
	src, err := s.e.cfg.Library.Read(ctx, media.ID(m.Id))
	if errors.Is(err, media.ErrNotHeld) {
		return nil, nil, wire.Status_STATUS_NOT_HELD
	}
	if err != nil {
		return nil, nil, s.unreadable(m, err)
	}
	if src.Item().Size != int64(m.Size) {
		return src, nil, wire.Status_STATUS_SIZE_DIFFERS
	}
	if !m.Outline || groups == 1 {
		return src, nil, wire.Status_STATUS_OK
	}
	outline, err := src.Outline()
	if err == nil && int64(len(outline)) != groups {
		err = fmt.Errorf("outline of %d groups, not %d", len(outline), groups)
	}
	if err != nil {
		return src, nil, s.unreadable(m, err)
	}
	return src, outline, wire.Status_STATUS_OK
}

func (s *sender) unreadable(m *wire.Request, err error) wire.Status {
	s.e.cfg.Log.Warn("item not sent", "peer", s.peer, "item", fmt.Sprintf("%x", m.Id), "error", err)
	return wire.Status_STATUS_UNREADABLE
}

// groups sends the run's groups, each compressed if the one before shrank and
// the first was worth a trial. A pause stops it between two groups.
func (s *sender) groups(ctx context.Context, src media.Source, m *wire.Request) error {
	buf := groupBuffers.Get().(*[maxBlock]byte)
	defer groupBuffers.Put(buf)
	z := groupBuffers.Get().(*[maxBlock]byte)
	defer groupBuffers.Put(z)

	shrinks := m.Zstd && s.trial(src, m)
	for n := range int64(m.Count) {
		i := int64(m.First) + n
		if s.e.paused.Load() {
			return s.stop(wire.Status_STATUS_PAUSED)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		group := buf[:media.GroupLen(int64(m.Size), i)]
		stop := s.w.linger() // the disk may be slow
		read, err := src.ReadAt(group, i*media.GroupSize)
		stop()
		if read != len(group) {
			return s.stop(s.unreadable(m, fmt.Errorf("read group %d: %w", i, cut(err))))
		}
		block := group
		if shrinks {
			var small []byte
			if small, shrinks = s.zstd.shrink(s.e.blocks, z[:0], media.ID(m.Id), group); shrinks {
				block = small
			}
		}
		if err := s.block(block); err != nil {
			return fmt.Errorf("send group: %w", err)
		}
		s.e.out.add(len(group), time.Now())
	}
	return nil
}

// trial reports whether the item may shrink, as far as its first bytes tell.
func (s *sender) trial(src media.Source, m *wire.Request) bool {
	head := make([]byte, headLen)
	n, _ := src.ReadAt(head, 0)
	return s.zstd.may(s.e.blocks, media.ID(m.Id), int64(m.Size), head[:n])
}

// block writes one group: a uvarint of one more than its bytes, and these.
func (s *sender) block(b []byte) error {
	var head [binary.MaxVarintLen32]byte
	n := binary.PutUvarint(head[:], uint64(len(b))+1)
	if _, err := s.w.Write(head[:n]); err != nil {
		return err
	}
	_, err := s.w.Write(b)
	return err
}

// stop ends a run early: a zero in place of a block's length, and why.
func (s *sender) stop(status wire.Status) error {
	_, err := s.w.Write([]byte{0, byte(status)})
	return err
}

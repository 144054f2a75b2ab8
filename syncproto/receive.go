package syncproto

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"google.golang.org/protobuf/encoding/protodelim"

	"homeroll/store/media"
	"homeroll/syncproto/internal/wire"
)

// fetchStream is the asking end of one fetch stream.
type fetchStream struct {
	lane *lane
	link *link
	r    *bufio.Reader
}

func newFetchStream(l *lane, conn net.Conn) *fetchStream {
	k := l.e.mediaLink(conn, l.peer, true, l.e.cfg.Stall)
	return &fetchStream{lane: l, link: k, r: bufio.NewReaderSize(k, 64<<10)}
}

// request writes the requests of runs whose fetch still waits.
func (s *fetchStream) request(runs []*run, sent chan<- *run) error {
	var b bytes.Buffer
	for _, r := range runs {
		if r.gone() {
			s.lane.answered()
			s.lane.finish(r, errGone)
			continue
		}
		m := &wire.Request{
			Id: r.t.item.ID[:], Size: uint64(r.t.item.Size), First: uint64(r.first), Count: uint32(r.count), Outline: r.outline, Zstd: true,
		}
		if _, err := protodelim.MarshalTo(&b, m); err != nil {
			panic("syncproto: " + err.Error())
		}
		s.lane.speed.wait(1, time.Now())
		sent <- r // has room for every request that may be unanswered
	}
	_, err := s.link.Write(b.Bytes())
	return err
}

// readAll reads the answers to the sent runs. After the stream is lost, which it
// tells first, it ends the rest of them.
func (s *fetchStream) readAll(sent <-chan *run, lost func()) {
	defer s.link.Close()
	var broken error
	for r := range sent {
		if broken != nil {
			s.answered(r, broken)
			continue
		}
		runErr, streamErr := s.read(r)
		err := s.blame(r, runErr, streamErr)
		if streamErr != nil {
			lost()
			s.link.drop()
			broken = errReset
			switch {
			case errors.Is(streamErr, ErrStalled):
				broken = s.blame(r, nil, streamErr) // whatever else is wrong with r
			case errors.Is(streamErr, errGivenUp):
				broken = errGivenUp
			}
		}
		s.answered(r, err)
	}
}

// answered ends a run that was asked for.
func (s *fetchStream) answered(r *run, err error) {
	s.lane.speed.wait(-1, time.Now())
	s.lane.answered()
	s.lane.finish(r, err)
}

// blame returns what a run ends with.
func (s *fetchStream) blame(r *run, runErr, streamErr error) error {
	err := runErr
	if err == nil {
		err = streamErr
	}
	if err == nil || errors.Is(err, errGone) || errors.Is(err, errGivenUp) {
		return err
	}
	var sink *sinkError
	if errors.As(err, &sink) && !errors.Is(err, media.ErrCorrupt) {
		return sink.err
	}
	lost := streamErr != nil && runErr == nil && !Misbehaved(err) && !errors.Is(err, ErrStalled)
	if lost {
		return fmt.Errorf("%w: %w", errReset, err)
	}
	return &PeerError{s.lane.peer, "fetch " + r.t.item.ID.String()[:12], err}
}

// sinkError marks what the sink said, so that it is not the peer's fault
// unless it is media.ErrCorrupt.
type sinkError struct{ err error }

func (e *sinkError) Error() string { return e.err.Error() }
func (e *sinkError) Unwrap() error { return e.err }

// read takes one answer. runErr ends the run alone, streamErr the stream.
func (s *fetchStream) read(r *run) (runErr, streamErr error) {
	var m wire.Response
	if err := (protodelim.UnmarshalOptions{MaxSize: maxResponse}).UnmarshalFrom(s.r, &m); err != nil {
		return nil, decodeError(err)
	}
	if m.Status != wire.Status_STATUS_OK {
		return statusError(m.Status), nil
	}
	if r.outline {
		o, err := s.outline(media.Groups(r.t.item.Size))
		if err != nil {
			return nil, err
		}
		if err := r.setOutline(o); err != nil {
			return s.abandon(r, 0, err)
		}
	}
	return s.groups(r)
}

// outline grows with what arrives; its size follows from the item alone.
func (s *fetchStream) outline(groups int64) (o media.Outline, err error) {
	if groups == 1 {
		return nil, nil
	}
	var cv [32]byte
	for range groups {
		if _, err := io.ReadFull(s.r, cv[:]); err != nil {
			return nil, cut(err)
		}
		o = append(o, cv)
	}
	return o, nil
}

func (s *fetchStream) groups(r *run) (runErr, streamErr error) {
	buf := groupBuffers.Get().(*[maxBlock]byte)
	defer groupBuffers.Put(buf)
	for n := range r.count {
		i := r.first + n
		group := buf[:media.GroupLen(r.t.item.Size, i)]
		stop, err := s.block(group)
		if err != nil && !errors.Is(err, media.ErrCorrupt) {
			return nil, err
		}
		if stop != nil {
			return stop, nil
		}
		now := time.Now()
		s.lane.speed.add(len(group), now)
		if err == nil {
			err = s.write(r, i, group, now)
		}
		if err != nil {
			return s.abandon(r, n+1, err)
		}
	}
	return nil, nil
}

// write hands a group to the sink and counts it.
func (s *fetchStream) write(r *run, i int64, group []byte, now time.Time) error {
	repeated, err := r.write(i, group, now)
	switch {
	case errors.Is(err, errGone):
		return err
	case err != nil:
		return &sinkError{err}
	case repeated:
		s.lane.e.wire.repeated.Add(int64(len(group)))
	default:
		s.lane.e.in.add(len(group), now)
	}
	return nil
}

// block reads one group, or the reason why the peer stops before it.
func (s *fetchStream) block(group []byte) (stop, err error) {
	n, err := readUvarint(s.r)
	if err != nil {
		return nil, cut(err)
	}
	if n == 0 {
		status, err := s.r.ReadByte()
		return statusError(wire.Status(status)), cut(err)
	}
	n--
	switch {
	case n > uint64(len(group)):
		return nil, malformed("block of %d bytes for a group of %d", n, len(group))
	case n == uint64(len(group)):
		_, err = io.ReadFull(s.r, group)
		return nil, cut(err)
	}
	z := groupBuffers.Get().(*[maxBlock]byte)
	defer groupBuffers.Put(z)
	if _, err := io.ReadFull(s.r, z[:n]); err != nil {
		return nil, cut(err)
	}
	return nil, s.lane.e.blocks.expand(group, z[:n])
}

// abandon ends a run after n of its groups. What is left is read and thrown away
// if it is little; else the stream is given up.
func (s *fetchStream) abandon(r *run, n int64, err error) (runErr, streamErr error) {
	if r.count-n > drainGroups {
		return err, errGivenUp
	}
	buf := groupBuffers.Get().(*[maxBlock]byte)
	defer groupBuffers.Put(buf)
	for ; n < r.count; n++ {
		stop, blockErr := s.block(buf[:media.GroupLen(r.t.item.Size, r.first+n)])
		if blockErr != nil && !errors.Is(blockErr, media.ErrCorrupt) {
			return err, blockErr
		}
		if stop != nil {
			break
		}
		s.lane.speed.add(media.GroupLen(r.t.item.Size, r.first+n), time.Now())
	}
	return err, nil
}

func statusError(s wire.Status) error {
	switch s {
	case wire.Status_STATUS_NOT_HELD:
		return media.ErrNotHeld
	case wire.Status_STATUS_PAUSED:
		return ErrPaused
	case wire.Status_STATUS_BUSY:
		return ErrBusy
	case wire.Status_STATUS_SIZE_DIFFERS:
		return ErrSizeDiffers
	case wire.Status_STATUS_UNREADABLE:
		return ErrUnreadable
	}
	return malformed("status %d", s)
}

// cut makes the end of a stream in the middle of an answer an error of its own.
func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// readUvarint is binary.ReadUvarint with an overlong number as ErrMalformed.
func readUvarint(r *bufio.Reader) (v uint64, err error) {
	for shift := 0; shift < 64; shift += 7 {
		b, err := r.ReadByte()
		if err != nil {
			return 0, err
		}
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v, nil
		}
	}
	return 0, malformed("length")
}

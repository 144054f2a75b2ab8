package syncproto

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/proto"

	"homeroll/syncproto/internal/wire"
)

// frame is the byte before each message of a manifest stream. Values are never
// reused; a receiver skips those it does not know.
type frame byte

const (
	frameAsk    frame = 1
	frameRoots  frame = 2
	frameDelta  frame = 3
	frameAnswer frame = 4
)

// frames has the message and the largest size of each frame.
var frames = map[frame]struct {
	max  int64
	make func() proto.Message
}{
	frameAsk:    {maxAsk, func() proto.Message { return new(wire.Ask) }},
	frameRoots:  {maxRoots, func() proto.Message { return new(wire.Roots) }},
	frameDelta:  {maxDelta, func() proto.Message { return new(wire.Delta) }},
	frameAnswer: {maxAnswer, func() proto.Message { return new(wire.Answer) }},
}

// session is a manifest stream after its hellos. send may be called
// concurrently, receive may not.
type session struct {
	link     *link
	greeting greeting
	r        *bufio.Reader // decompressed
	dec      *zstd.Decoder

	// turn holds a token while somebody writes: a lock that a synctest bubble
	// sees through, because it is held while the network takes its time. It
	// guards what follows.
	turn chan struct{}
	out  *bufio.Writer
	enc  *zstd.Encoder
}

// newSession starts the compression; r may have buffered the peer's first bytes.
func newSession(l *link, r *bufio.Reader, g greeting) (*session, error) {
	s := &session{link: l, greeting: g, turn: make(chan struct{}, 1), out: bufio.NewWriterSize(l, 32<<10)}
	var err error
	s.enc, err = zstd.NewWriter(s.out, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithWindowSize(streamWindow), zstd.WithEncoderCRC(false), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, fmt.Errorf("start compression: %w", err)
	}
	s.dec, err = newStreamDecoder(r)
	if err != nil {
		return nil, err
	}
	s.r = bufio.NewReaderSize(s.dec, 4<<10)
	return s, nil
}

func newStreamDecoder(r io.Reader) (*zstd.Decoder, error) {
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(streamWindow))
	if err != nil {
		return nil, fmt.Errorf("start decompression: %w", err)
	}
	return d, nil
}

// close ends the stream and frees its buffers; no receive may be running.
func (s *session) close() {
	_ = s.link.Close()
	s.dec.Close()
}

// send writes the message and everything before it.
func (s *session) send(f frame, m proto.Message) error {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	if err := writeFrame(s.enc, f, m); err != nil {
		return err
	}
	if err := s.enc.Flush(); err != nil {
		return err
	}
	return s.out.Flush()
}

func writeFrame(w io.Writer, f frame, m proto.Message) error {
	if _, err := w.Write([]byte{byte(f)}); err != nil {
		return err
	}
	_, err := protodelim.MarshalTo(w, m)
	return err
}

// receive returns the next message of a known frame.
func (s *session) receive() (proto.Message, error) { return readFrame(s.r) }

func readFrame(r *bufio.Reader) (proto.Message, error) {
	for {
		b, err := r.ReadByte()
		if err != nil {
			return nil, decodeError(err)
		}
		kind, ok := frames[frame(b)]
		if !ok {
			if err := skipFrame(r); err != nil {
				return nil, err
			}
			continue
		}
		m := kind.make()
		err = protodelim.UnmarshalOptions{MaxSize: kind.max}.UnmarshalFrom(r, m)
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return m, decodeError(err)
	}
}

func skipFrame(r *bufio.Reader) error {
	size, err := readUvarint(r)
	if err != nil {
		return err
	}
	if size > maxUnknown {
		return &LimitError{"unknown message", int64(min(size, 1<<62)), maxUnknown}
	}
	_, err = io.CopyN(io.Discard, r, int64(size))
	return err
}

// decodeError tells what the peer did wrong from a failing stream.
func decodeError(err error) error {
	var large *protodelim.SizeTooLargeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &large):
		return &LimitError{"message", int64(min(large.Size, 1<<62)), int64(large.MaxSize)}
	case errors.Is(err, proto.Error):
		return malformed("%v", err)
	case badCompression(err):
		return malformed("%v", err)
	}
	return err
}

func badCompression(err error) bool {
	for _, z := range []error{
		zstd.ErrMagicMismatch, zstd.ErrReservedBlockType, zstd.ErrBlockTooSmall, zstd.ErrCompressedSizeTooBig, zstd.ErrWindowSizeExceeded,
		zstd.ErrWindowSizeTooSmall, zstd.ErrDecoderSizeExceeded, zstd.ErrUnknownDictionary, zstd.ErrFrameSizeExceeded, zstd.ErrFrameSizeMismatch,
		zstd.ErrCRCMismatch, zstd.ErrUnexpectedBlockSize,
	} {
		if errors.Is(err, z) {
			return true
		}
	}
	return false
}

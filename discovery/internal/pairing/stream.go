package pairing

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/proto"

	"homeroll/discovery/internal/pairing/internal/pairpb"
	"homeroll/discovery/internal/roster"
)

// Maximum sizes of messages, in bytes. Whoever has not proven the code gets the
// smallest.
const (
	maxMessage   = 1 << 10
	maxWelcome   = 32 << 10
	maxAdmission = roster.MaxSize
)

// stream sends and receives messages.
type stream struct {
	conn    Conn
	read    *bufio.Reader
	program string
}

func newStream(conn Conn, program string) *stream {
	return &stream{conn: conn, read: bufio.NewReader(conn), program: printable(program)}
}

func (s *stream) within(d time.Duration) error {
	if err := s.conn.SetDeadline(time.Now().Add(d)); err != nil {
		return fmt.Errorf("%w: %w", ErrAborted, err)
	}
	return nil
}

func (s *stream) send(m *pairpb.Message) error {
	var b bytes.Buffer // one write a message
	_, err := protodelim.MarshalTo(&b, m)
	if err == nil {
		_, err = s.conn.Write(b.Bytes())
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrAborted, err)
	}
	return nil
}

// receive returns the next message. A failure that the peer states is an error.
func (s *stream) receive(limit int64) (*pairpb.Message, error) {
	m := &pairpb.Message{}
	err := protodelim.UnmarshalOptions{MaxSize: limit}.UnmarshalFrom(s.read, m)
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: the other device hung up", ErrAborted)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAborted, err)
	}
	if f := m.GetFailure(); f != nil {
		return nil, errorOf(f)
	}
	return m, nil
}

// fail tells the peer why it ends, unless the peer said so itself, and returns
// the error. It waits briefly for a peer that does not read.
func (s *stream) fail(err error) error {
	if told := (peerFailure{}); err == nil || errors.As(err, &told) {
		return err
	}
	if s.within(time.Second) == nil {
		_ = s.send(&pairpb.Message{Body: &pairpb.Message_Failure{Failure: failureOf(err, s.program)}})
	}
	return err
}

// closeWith closes conn when ctx ends, which unblocks whatever uses it.
func closeWith(ctx context.Context, conn Conn) (stop func()) {
	cancel := context.AfterFunc(ctx, func() { _ = conn.Close() })
	return func() {
		cancel()
		_ = conn.Close()
	}
}

// unexpected reports a message out of order.
func unexpected(m *pairpb.Message) error {
	return fmt.Errorf("%w: unexpected message %T", ErrAborted, m.GetBody())
}

func encode(m proto.Message) ([]byte, error) {
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode pairing message: %w", err)
	}
	return b, nil
}

// printable makes a peer's text fit to show.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, s)
	return s[:min(len(s), 32)]
}

package syncproto

import (
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"
)

// link is a stream that counts its bytes, writes in pieces of at most maxWrite,
// keeps to the limits, and gives up when the other end stands still.
type link struct {
	net.Conn
	up, down *gate  // nil = without limits
	ended    func() // called by Close and drop, many times; nil = none
	in, out  *atomic.Int64
	stall    time.Duration
	patience time.Duration // of each read; 0 waits for ever
	heard    atomic.Int64  // Unix nanoseconds of the last byte read

	cost    cost  // of writing, limits included
	written int64 // of the writer: bytes
}

// Read fails with ErrStalled if no byte comes within l.patience. Under a limit
// it returns late what came, so that the sender finds its window full.
func (l *link) Read(p []byte) (int, error) {
	p = p[:l.down.turn(len(p))]
	if l.patience > 0 {
		if err := l.SetReadDeadline(time.Now().Add(l.patience)); err != nil {
			return 0, fmt.Errorf("set read deadline: %w", err)
		}
	}
	n, err := l.Conn.Read(p)
	if n > 0 {
		l.in.Add(int64(n))
		l.heard.Store(time.Now().UnixNano())
		if held := l.down.wait(n); err == nil {
			err = held
		}
	}
	return n, stalled(err)
}

func (l *link) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		began := time.Now()
		piece := p[:l.up.turn(min(len(p), maxWrite))]
		if err := l.up.wait(len(piece)); err != nil {
			return n, err
		}
		if err := l.SetWriteDeadline(time.Now().Add(l.stall)); err != nil {
			return n, fmt.Errorf("set write deadline: %w", err)
		}
		m, err := l.Conn.Write(piece)
		l.out.Add(int64(m))
		l.written += int64(m)
		l.cost.note(m, time.Since(began))
		n += m
		if err = stalled(err); err != nil && (m == 0 || !errors.Is(err, ErrStalled)) {
			return n, err
		}
		p = p[m:] // what is taken slowly is no standstill
	}
	return n, nil
}

// drop ends the stream both ways, now. Close of a multiplexed stream lets the
// other end go on sending, which nobody reads, until it stalls.
func (l *link) drop() {
	l.end()
	if r, ok := l.Conn.(interface{ Reset() error }); ok {
		_ = r.Reset() // it is gone either way
		return
	}
	_ = l.Close()
}

// Close ends what this side sends, and waits in Read or Write.
func (l *link) Close() error {
	l.end()
	return l.Conn.Close()
}

func (l *link) end() {
	if l.ended != nil {
		l.ended()
	}
}

// expect sets the patience of reads from now on. Only the reader may call it.
func (l *link) expect(d time.Duration) error {
	l.patience = d
	if d > 0 {
		return nil
	}
	return l.SetReadDeadline(time.Time{})
}

// silent returns how long no byte has come, at most since t.
func (l *link) silent(since time.Time) time.Duration {
	if heard := time.Unix(0, l.heard.Load()); heard.After(since) {
		since = heard
	}
	return time.Since(since)
}

// stalled names a passed deadline for what it is.
func stalled(err error) error {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return fmt.Errorf("%w: %w", ErrStalled, err)
	}
	return err
}

package wire

import (
	"bufio"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// buffered is how much one system call of an authenticated connection moves at most,
// in bytes each way. TLS reads and writes records of 16 KiB, and yamux frames of
// 64 KiB: a call for each record costs as much as its encryption.
const buffered = 128 << 10

// meter is a net.Conn that remembers when a byte last arrived.
type meter struct {
	net.Conn
	born  time.Time // monotonic base
	heard atomic.Int64
	in    *bufio.Reader // nil until the other end has proven who it is

	mu   sync.Mutex // guards what follows
	held bool       // what is written waits for flush
	out  []byte
}

func newMeter(c net.Conn) *meter { return &meter{Conn: c, born: time.Now()} }

// enlarge gives the connection its buffers, before anybody else reads from it.
func (m *meter) enlarge() { m.in = bufio.NewReaderSize(arrivals{m}, buffered) }

func (m *meter) Read(b []byte) (int, error) {
	if m.in == nil {
		return arrivals{m}.Read(b)
	}
	return m.in.Read(b)
}

// arrivals is what the system hands over.
type arrivals struct{ m *meter }

func (a arrivals) Read(b []byte) (int, error) {
	n, err := a.m.Conn.Read(b)
	if n > 0 {
		a.m.heard.Store(int64(time.Since(a.m.born)))
	}
	return n, err
}

func (m *meter) Write(b []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.held {
		return m.Conn.Write(b)
	}
	m.out = append(m.out, b...)
	if len(m.out) < buffered {
		return len(b), nil
	}
	return len(b), m.emptyLocked()
}

// hold keeps what is written until flush, or until it fills a buffer.
func (m *meter) hold() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held = true
}

func (m *meter) flush() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held = false
	return m.emptyLocked()
}

func (m *meter) emptyLocked() error {
	if len(m.out) == 0 {
		return nil
	}
	_, err := m.Conn.Write(m.out)
	m.out = m.out[:0]
	return err
}

// joined is a TLS connection that hands the records of one Write to the system
// together. Its one writer is yamux.
type joined struct {
	net.Conn // TLS over raw
	raw      *meter
}

func (j joined) Write(b []byte) (int, error) {
	j.raw.hold()
	n, err := j.Conn.Write(b)
	if flushErr := j.raw.flush(); err == nil && flushErr != nil {
		return 0, flushErr
	}
	return n, err
}

func (m *meter) silence() time.Duration {
	return time.Since(m.born) - time.Duration(m.heard.Load())
}

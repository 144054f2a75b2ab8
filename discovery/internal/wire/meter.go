package wire

import (
	"net"
	"sync/atomic"
	"time"
)

// meter is a net.Conn that remembers when a byte last arrived.
type meter struct {
	net.Conn
	born  time.Time // monotonic base
	heard atomic.Int64
}

func newMeter(c net.Conn) *meter { return &meter{Conn: c, born: time.Now()} }

func (m *meter) Read(b []byte) (int, error) {
	n, err := m.Conn.Read(b)
	if n > 0 {
		m.heard.Store(int64(time.Since(m.born)))
	}
	return n, err
}

func (m *meter) silence() time.Duration {
	return time.Since(m.born) - time.Duration(m.heard.Load())
}

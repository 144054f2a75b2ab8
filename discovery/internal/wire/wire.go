// Package wire turns a TCP connection into an authenticated, encrypted and
// multiplexed one, in the libp2p way: multistream-select, TLS 1.3 with the
// libp2p certificate, yamux chosen by ALPN. A stock libp2p host can speak to
// it.
//
// It is not a libp2p swarm: a swarm refuses to dial link-local IPv6 addresses,
// cannot dial a peer whose ID is not known yet, and keeps as many connections
// to a peer as there are; the host needs the opposite of each.
//
// Start with [Secure]. The package decides nothing about who may connect or
// which protocol may be opened; the host does.
package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-yamux/v5"

	"homeroll/store/media"
)

const (
	// Window is the receive window of a new stream, bytes. yamux takes note of the
	// credit of an update that also enlarges the window, and does not send it: from
	// then on the sender has half of the first window left, and no more, when the next
	// update leaves the receiver (go-yamux 5.1.0, Stream.sendWindowUpdate). So this is
	// twice what a link of the house may have on its way, with room for a loss.
	Window = 1 << 20
	// maxWindow is the receive window that a stream may grow to, bytes: what may be lost
	// of it when this end dies, and comes again.
	maxWindow = 4 << 20
	// writeTimeout ends a connection on which one frame could not be written,
	// and bounds a ping.
	writeTimeout = 15 * time.Second
	// MaxStreams is how many streams a peer may have open towards us on one
	// connection; yamux resets those beyond it.
	MaxStreams = 96
)

// Conn is an authenticated connection to one peer. Safe for concurrent use.
type Conn struct {
	peer    media.Device
	dialed  bool // by us
	raw     *meter
	session *yamux.Session
	purse   atomic.Pointer[Purse]
}

func newConn(raw *meter, secure net.Conn, remote peer.ID, dialed bool, purse *Purse) (*Conn, error) {
	c := &Conn{peer: media.Device(remote.String()), dialed: dialed, raw: raw}
	c.purse.Store(purse)
	start := yamux.Server
	if dialed {
		start = yamux.Client
	}
	var err error
	if c.session, err = start(secure, sessionConfig(), c.span); err != nil {
		return nil, fmt.Errorf("start yamux: %w", err)
	}
	return c, nil
}

func sessionConfig() *yamux.Config {
	c := yamux.DefaultConfig()
	c.InitialStreamWindowSize, c.MaxStreamWindowSize = Window, maxWindow
	c.MaxIncomingStreams = MaxStreams
	c.AcceptBacklog = MaxStreams
	c.ConnectionWriteTimeout = writeTimeout
	c.EnableKeepAlive = false // the host pings, faster, and counts any byte as life
	c.LogOutput = io.Discard
	c.ReadBufSize = 0 // TLS buffers already
	return c
}

// span reserves the memory of one stream from whichever purse pays now.
func (c *Conn) span() (yamux.MemoryManager, error) {
	return &span{purse: c.purse.Load(), extra: Window - smallest}, nil
}

// Peer is who the connection is authenticated with.
func (c *Conn) Peer() media.Device { return c.peer }

// Dialed reports whether this side made the connection.
func (c *Conn) Dialed() bool { return c.dialed }

// RemoteAddr is the other end's TCP address.
func (c *Conn) RemoteAddr() net.Addr { return c.raw.RemoteAddr() }

// LocalAddr is this end's TCP address.
func (c *Conn) LocalAddr() net.Addr { return c.raw.LocalAddr() }

// Charge makes p pay for streams opened from now on.
func (c *Conn) Charge(p *Purse) { c.purse.Store(p) }

// Silence is how long ago the last byte arrived.
func (c *Conn) Silence() time.Duration { return c.raw.silence() }

// Ping asks the other end for a sign of life and waits for it, at most 15 s.
func (c *Conn) Ping() (time.Duration, error) { return c.session.Ping() }

// Done is closed when the connection has ended.
func (c *Conn) Done() <-chan struct{} { return c.session.CloseChan() }

// Close ends the connection and its streams at once, without waiting for the
// other end, and returns when its goroutines have stopped.
func (c *Conn) Close() error {
	c.raw.Close()
	return c.session.Close()
}

// ErrRefused reports a protocol that the other end does not let us open.
var ErrRefused = errors.New("protocol refused")

// Open opens a stream for the protocol. ctx bounds the opening alone.
func (c *Conn) Open(ctx context.Context, protocol string) (*Stream, error) {
	s, err := c.session.OpenStream(ctx)
	if err != nil {
		return nil, fmt.Errorf("open stream: %w", err)
	}
	return propose(ctx, s, protocol)
}

// Accept waits for the next stream that the other end opens.
func (c *Conn) Accept() (*Incoming, error) {
	s, err := c.session.AcceptStream()
	if err != nil {
		return nil, fmt.Errorf("accept stream: %w", err)
	}
	return &Incoming{s}, nil
}

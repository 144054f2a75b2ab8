package web

import (
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// How many connections there may be, in all and of one address off this
// device. A browser takes up to 6.
const (
	maxConns        = 512
	maxConnsOfOne   = 64
	firstByte       = 10 * time.Second      // until it must have come
	breath          = 50 * time.Millisecond // when no connection can be taken for a moment
	tlsRecordOfType = 0x16                  // a handshake, RFC 8446, section 5.1
)

// listener bounds connections, and speaks TLS with those that begin so where
// it has a configuration for it. Others are left as they are: it is for the
// handler to send them to HTTPS.
type listener struct {
	net.Listener
	tls    *tls.Config // nil = none
	ready  chan net.Conn
	ended  chan struct{}
	failed error // why, once ended is closed
	wait   sync.WaitGroup
	count  counted
}

func newListener(l net.Listener, config *tls.Config) *listener {
	d := &listener{Listener: l, tls: config, ready: make(chan net.Conn), ended: make(chan struct{})}
	d.wait.Go(d.accept)
	return d
}

// accept takes connections in until the listener closes.
func (l *listener) accept() {
	defer close(l.ended)
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			var temporary interface{ Temporary() bool }
			if errors.As(err, &temporary) && temporary.Temporary() { // too many open files, say
				<-time.After(breath)
				continue
			}
			l.failed = err
			return
		}
		from := addressOf(conn.RemoteAddr())
		if !l.count.enter(from) {
			_ = conn.Close() // refused
			continue
		}
		bounded := &boundedConn{Conn: conn, leave: sync.OnceFunc(func() { l.count.leave(from) })}
		l.wait.Go(func() { l.greet(bounded) })
	}
}

// greet finds out what a connection speaks and hands it on.
func (l *listener) greet(conn *boundedConn) {
	var next net.Conn = conn
	if l.tls != nil {
		_ = conn.SetReadDeadline(time.Now().Add(firstByte)) // a connection that cannot is closed by what follows
		stop := l.closeOnEnd(conn)
		n, err := conn.Conn.Read(conn.first[:])
		stop()
		if n == 0 || err != nil {
			_ = conn.Close() // nobody is there
			return
		}
		conn.unread = true
		_ = conn.SetReadDeadline(time.Time{})
		if conn.first[0] == tlsRecordOfType {
			next = tls.Server(conn, l.tls)
		}
	}
	select {
	case l.ready <- next:
	case <-l.ended:
		_ = conn.Close() // too late
	}
}

// closeOnEnd closes a connection when the listener ends before stop is called.
func (l *listener) closeOnEnd(conn net.Conn) (stop func()) {
	stopped := make(chan struct{})
	l.wait.Go(func() {
		select {
		case <-l.ended:
			_ = conn.Close() // which ends what reads from it
		case <-stopped:
		}
	})
	return func() { close(stopped) }
}

// Accept returns the next connection of which it is known what it speaks.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.ready:
		return conn, nil
	case <-l.ended:
		return nil, l.failed
	}
}

// Close ends the listener and waits for what it began.
func (l *listener) Close() error {
	err := l.Listener.Close()
	l.wait.Wait()
	return err
}

// boundedConn is a connection that is counted, and whose first byte may have
// been read already.
type boundedConn struct {
	net.Conn
	leave  func()
	first  [1]byte
	unread bool
}

func (c *boundedConn) Read(p []byte) (int, error) {
	if c.unread && len(p) > 0 {
		c.unread = false
		p[0] = c.first[0]
		return 1, nil
	}
	return c.Conn.Read(p)
}

// Close closes the connection, which then counts no more.
func (c *boundedConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

// counted counts connections by address. Its zero value is ready.
type counted struct {
	mu  sync.Mutex
	all int
	by  map[netip.Prefix]int
}

// enter counts a connection unless there are too many.
func (c *counted) enter(from netip.Addr) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	who := neighbourhood(from)
	if c.all >= maxConns || !from.IsLoopback() && c.by[who] >= maxConnsOfOne {
		return false
	}
	if c.by == nil {
		c.by = map[netip.Prefix]int{}
	}
	c.all++
	c.by[who]++
	return true
}

func (c *counted) leave(from netip.Addr) {
	c.mu.Lock()
	defer c.mu.Unlock()
	who := neighbourhood(from)
	c.all--
	if c.by[who]--; c.by[who] <= 0 {
		delete(c.by, who)
	}
}

// neighbourhood is what counts as one address: an IPv6 host has 2⁶⁴ of them.
func neighbourhood(a netip.Addr) netip.Prefix {
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.WithZone("").Prefix(bits) // the zero Prefix for the zero Addr
	return p
}

// addressOf returns the address of the other end, without port and zone; zero
// if it has none.
func addressOf(a net.Addr) netip.Addr {
	if a == nil {
		return netip.Addr{}
	}
	return parseAddress(a.String())
}

func parseAddress(hostPort string) netip.Addr {
	full, err := netip.ParseAddrPort(hostPort)
	if err != nil {
		return netip.Addr{}
	}
	return full.Addr().Unmap().WithZone("")
}

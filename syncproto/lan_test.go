package syncproto

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"

	"homeroll/store/media"
)

// lan connects exchanges. Streams run through wrap, if set.
type lan struct {
	mu     sync.Mutex
	nodes  map[media.Device]*Exchange
	wrap   func(asking, telling net.Conn) (net.Conn, net.Conn)
	pipe   func() (net.Conn, net.Conn)
	served sync.WaitGroup
	down   bool
}

func newLAN() *lan { return &lan{nodes: map[media.Device]*Exchange{}, pipe: net.Pipe} }

type dialer struct {
	lan  *lan
	self media.Device
}

func (d dialer) Dial(ctx context.Context, to media.Device, protocol string) (net.Conn, error) {
	d.lan.mu.Lock()
	peer, down := d.lan.nodes[to], d.lan.down
	d.lan.mu.Unlock()
	if peer == nil || down || ctx.Err() != nil {
		return nil, errors.New("no connection")
	}
	a, b := d.lan.pipe()
	if d.lan.wrap != nil {
		a, b = d.lan.wrap(a, b)
	}
	d.lan.served.Go(func() { _ = peer.Serve(peer.ctx, d.self, protocol, b) })
	return a, nil
}

func (l *lan) node(m *model) *Exchange {
	e := New(Config{Self: m.self, Home: func() media.Home { return testHome }, Library: m, Dialer: dialer{l, m.self}, Version: "0.1.0"})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.nodes[m.self] = e
	return e
}

// tcpPipe returns both ends of a loopback connection.
func tcpPipe(t testing.TB) func() (net.Conn, net.Conn) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	var mu sync.Mutex
	return func() (net.Conn, net.Conn) {
		mu.Lock()
		defer mu.Unlock()
		a, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			panic(err)
		}
		b, err := ln.Accept()
		if err != nil {
			panic(err)
		}
		return a, b
	}
}

package catalogue

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"homeroll/store/media"
	"homeroll/syncproto"
)

// speaker is a place that speaks with others through the real protocol, over
// loopback TCP.
type speaker struct {
	*place
	exchange *syncproto.Exchange
	served   sync.WaitGroup
	cancel   context.CancelFunc
	serving  context.Context
	ln       net.Listener
	peers    map[media.Device]*speaker
}

// Expect and Read are of items, which nobody asks for here.
func (s *speaker) Expect(context.Context, []media.ID) {}

func (s *speaker) Read(context.Context, media.ID) (media.Source, error) { return nil, media.ErrNotHeld }

// Dial opens a stream to another speaker.
func (s *speaker) Dial(ctx context.Context, to media.Device, protocol string) (net.Conn, error) {
	peer := s.peers[to]
	if peer == nil {
		return nil, errors.New("no connection")
	}
	asking, err := new(net.Dialer).DialContext(ctx, "tcp", peer.ln.Addr().String())
	if err != nil {
		return nil, err
	}
	telling, err := peer.ln.Accept()
	if err != nil {
		return nil, errors.Join(err, asking.Close())
	}
	peer.served.Go(func() { _ = peer.exchange.Serve(peer.serving, s.key.Device(), protocol, telling) })
	return asking, nil
}

func speak(t fataler, p *place) *speaker {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &speaker{place: p, ln: ln, peers: map[media.Device]*speaker{}}
	s.serving, s.cancel = context.WithCancel(context.Background())
	s.exchange = syncproto.New(syncproto.Config{
		Self: p.key.Device(), Home: func() media.Home { return testHome }, Library: s, Dialer: s, Version: "0.1.0",
	})
	return s
}

// talk is one connection between two places: each follows the other.
type talk struct {
	a, b   *speaker
	cancel context.CancelFunc
	follow sync.WaitGroup
	mu     sync.Mutex
	errs   []error
}

func connect(t fataler, a, b *place) *talk {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	k := &talk{a: speak(t, a), b: speak(t, b), cancel: cancel}
	k.a.peers[b.key.Device()], k.b.peers[a.key.Device()] = k.b, k.a
	for _, pair := range [][2]*speaker{{k.a, k.b}, {k.b, k.a}} {
		k.follow.Go(func() {
			if err := pair[0].exchange.Follow(ctx, pair[1].key.Device()); ctx.Err() == nil {
				k.mu.Lock()
				defer k.mu.Unlock()
				k.errs = append(k.errs, err)
			}
		})
	}
	return k
}

// settle waits until neither side finds a difference.
func (k *talk) settle(t fataler) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Minute)
	for !k.settled(t) {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("no end of the exchange")
		}
	}
}

func (k *talk) settled(t fataler) bool {
	k.mu.Lock()
	err := errors.Join(k.errs...)
	k.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	for _, pair := range [][2]*speaker{{k.a, k.b}, {k.b, k.a}} {
		s, ok := pair[0].exchange.Peer(pair[1].key.Device())
		if !ok || !s.Synced {
			return false
		}
	}
	return same(t, k.a.place, k.b.place)
}

// same reports whether both know the present manifest of each other.
func same(t fataler, a, b *place) bool {
	for _, pair := range [][2]*place{{a, b}, {b, a}} {
		by := pair[0].key.Device()
		own, _ := pair[0].root(t, by)
		known, ok := pair[1].root(t, by)
		if !ok || known.Seq != own.Seq || known.Epoch != own.Epoch || known.Node != own.Node {
			return false
		}
	}
	return true
}

// end closes the connection and returns the bytes that both streams carried,
// both ways: after compression, before encryption.
func (k *talk) end(t fataler) int64 {
	t.Helper()
	k.cancel()
	k.follow.Wait()
	for _, s := range []*speaker{k.a, k.b} {
		s.cancel()
		s.exchange.Close()
	}
	for _, s := range []*speaker{k.a, k.b} {
		s.served.Wait()
		if err := s.ln.Close(); err != nil {
			t.Fatal(err)
		}
	}
	stats := k.a.exchange.Stats()
	return stats.ManifestIn + stats.ManifestOut
}

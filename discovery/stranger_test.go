package discovery

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/peerstore"
	"github.com/libp2p/go-libp2p/core/sec"
	"github.com/libp2p/go-libp2p/p2p/host/eventbus"
	"github.com/libp2p/go-libp2p/p2p/host/peerstore/pstoremem"
	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	"github.com/libp2p/go-libp2p/p2p/net/upgrader"
	libp2ptls "github.com/libp2p/go-libp2p/p2p/security/tls"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	ma "github.com/multiformats/go-multiaddr"
	mss "github.com/multiformats/go-multistream"

	"homeroll/discovery/internal/admit"
	"homeroll/discovery/internal/pairing"
	"homeroll/store/media"
)

// stranger is a stock libp2p swarm, which nobody here wrote.
func stranger(t *testing.T) *swarm.Swarm {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	key, pub, err := crypto.GenerateEd25519Key(rand.Reader)
	must(err)
	id, err := peer.IDFromPublicKey(pub)
	must(err)
	book, err := pstoremem.NewPeerstore()
	must(err)
	must(book.AddPrivKey(id, key))
	must(book.AddPubKey(id, pub))
	muxers := []upgrader.StreamMuxer{{ID: yamux.ID, Muxer: yamux.DefaultTransport}}
	security, err := libp2ptls.New(libp2ptls.ID, key, muxers)
	must(err)
	up, err := upgrader.New([]sec.SecureTransport{security}, muxers, nil, nil, nil)
	must(err)
	s, err := swarm.NewSwarm(id, book, eventbus.NewBus())
	must(err)
	transport, err := tcp.NewTCPTransport(up, nil, nil, tcp.DisableReuseport())
	must(err)
	must(s.AddTransport(transport))
	t.Cleanup(func() { s.Close(); book.Close() })
	return s
}

func (h *testHost) reach(t *testing.T, s *swarm.Swarm) network.Conn {
	t.Helper()
	a, err := ma.NewMultiaddr(h.Addresses()[0])
	if err != nil {
		t.Fatal(err)
	}
	info, err := peer.AddrInfoFromP2pAddr(a)
	if err != nil {
		t.Fatal(err)
	}
	s.Peerstore().AddAddrs(info.ID, info.Addrs, peerstore.TempAddrTTL)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	c, err := s.DialPeer(ctx, info.ID)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// opens reports whether the host agrees to the protocol on a connection.
func opens(t *testing.T, c network.Conn, protocol string) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	stream, err := c.NewStream(ctx)
	if err != nil {
		t.Fatalf("%s: %v", protocol, err)
	}
	defer stream.Reset()
	_ = stream.SetDeadline(time.Now().Add(10 * time.Second))
	_, err = mss.SelectOneOf([]string{protocol}, stream)
	return err == nil
}

// offered is every protocol there could be: ours, those of a stock libp2p
// host, and some that nobody has.
func (h *testHost) offered() []string {
	return slices.Concat(h.Protocols(true), h.Protocols(false), []string{
		admit.Protocol, pairing.Protocol,
		"/ipfs/id/1.0.0", "/ipfs/id/push/1.0.0", "/ipfs/ping/1.0.0", "/libp2p/circuit/relay/0.2.0/hop",
		"/libp2p/circuit/relay/0.2.0/stop", "/libp2p/autonat/1.0.0", "/libp2p/autonat/2/dial-request", "/libp2p/dcutr",
		"/ipfs/kad/1.0.0", "/meshsub/1.1.0", "/libp2p/fetch/0.0.1", "/http/1.1",
		"", "/", "ls", "/homeroll", "/homeroll/admit", "/homeroll/admit/2", "/homeroll/admit/1/", "/HOMEROLL/ADMIT/1",
	})
}

func (h *testHost) opened(t *testing.T, c network.Conn) []string {
	t.Helper()
	var out []string
	for _, p := range h.offered() {
		if opens(t, c, p) && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}

func TestAStrangerOpensAdmissionAlone(t *testing.T) {
	h := openHost(t, newConfig(t, "h"))
	for _, p := range []string{"/homeroll/sync/1", "/homeroll/bytes/1"} {
		h.Handle(p, func(context.Context, media.Device, net.Conn) { t.Error("a handler ran for a stranger") })
	}
	h.start(t)
	s := stranger(t)
	if got := h.opened(t, h.reach(t, s)); !slices.Equal(got, []string{admit.Protocol}) {
		t.Errorf("a stranger opened %q", got)
	}
	ctx, closeWindow := context.WithCancel(t.Context())
	_, done := h.invite(t, ctx, nil)
	s2 := stranger(t)
	c := h.reach(t, s2)
	if got := h.opened(t, c); !slices.Equal(got, []string{admit.Protocol, pairing.Protocol}) {
		t.Errorf("in a pairing window a stranger opened %q", got)
	}
	closeWindow()
	<-done
	awaitClosed(t, c)
	if opens(t, h.reach(t, stranger(t)), pairing.Protocol) {
		t.Error("pairing is open after the window closed")
	}
}

func awaitClosed(t *testing.T, c network.Conn) {
	t.Helper()
	stream, err := c.NewStream(t.Context())
	if err != nil {
		return
	}
	_ = stream.SetDeadline(time.Now().Add(20 * time.Second))
	for { // the host resets what is proposed to it, or the connection ends
		if _, err := stream.Read(make([]byte, 1)); err != nil {
			if errors.Is(err, io.EOF) || c.IsClosed() {
				return
			}
		}
		if stream, err = c.NewStream(t.Context()); err != nil {
			return
		}
	}
}

func TestStrangersShareFewConnections(t *testing.T) {
	h := startHost(t, "h")
	open := 0
	for range maxStrangers + 4 {
		s := stranger(t)
		a, _ := ma.NewMultiaddr(h.Addresses()[0])
		info, _ := peer.AddrInfoFromP2pAddr(a)
		s.Peerstore().AddAddrs(info.ID, info.Addrs, peerstore.TempAddrTTL)
		c, err := s.DialPeer(t.Context(), info.ID)
		if err != nil {
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		if stream, err := c.NewStream(ctx); err == nil {
			_ = stream.SetDeadline(time.Now().Add(5 * time.Second))
			if _, err := mss.SelectOneOf([]string{admit.Protocol}, stream); err == nil {
				open++
			}
		}
		cancel()
	}
	if open == 0 || open > maxStrangersAddress {
		t.Errorf("%d strangers from one address at once; the limit is %d", open, maxStrangersAddress)
	}
	if used := h.strangerPurse.Used(); used > strangerMemory {
		t.Errorf("strangers hold %d bytes", used)
	}
}

package wire

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/sec"
	libp2ptls "github.com/libp2p/go-libp2p/p2p/security/tls"
	mss "github.com/multiformats/go-multistream"

	"homeroll/store/media"
)

// Protocol names of the libp2p connection specification.
const (
	tlsProtocol   = libp2ptls.ID
	yamuxProtocol = "/yamux/1.0.0"
)

// HandshakeTimeout bounds everything from an accepted TCP connection to a
// multiplexed one.
const HandshakeTimeout = 5 * time.Second

// Identity is what this side proves in the handshake.
type Identity struct {
	tls *libp2ptls.Identity
}

// NewIdentity makes the TLS identity of an Ed25519 key.
func NewIdentity(key ed25519.PrivateKey) (*Identity, error) {
	k, err := crypto.UnmarshalEd25519PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("read identity key: %w", err)
	}
	id, err := libp2ptls.NewIdentity(k)
	if err != nil {
		return nil, fmt.Errorf("make TLS identity: %w", err)
	}
	return &Identity{tls: id}, nil
}

// ErrOtherPeer reports an address where another device than the expected one
// answered.
var ErrOtherPeer = errors.New("another device answers there")

// Handshake says how to secure a connection.
type Handshake struct {
	Identity *Identity
	Dialed   bool         // we made the TCP connection
	Expect   media.Device // who must answer; "" = anyone, who is then learned
	Purse    *Purse       // pays for the streams
}

// Secure runs the handshake on conn, which it owns from then on: it is closed
// if Secure returns an error.
func Secure(ctx context.Context, conn net.Conn, h Handshake) (*Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, HandshakeTimeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	raw := newMeter(conn)
	c, err := h.run(ctx, raw)
	if !stop() && err == nil {
		c.Close()
		err = context.Cause(ctx)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}

func (h Handshake) run(ctx context.Context, raw *meter) (*Conn, error) {
	var expect peer.ID
	if h.Expect != "" {
		var err error
		if expect, err = peer.Decode(string(h.Expect)); err != nil {
			return nil, fmt.Errorf("parse device ID: %w", err)
		}
	}
	if err := h.chooseTLS(raw); err != nil {
		return nil, fmt.Errorf("negotiate security: %w", err)
	}
	config, keys := h.Identity.tls.ConfigForPeer(expect)
	config.NextProtos = []string{yamuxProtocol}
	config.DynamicRecordSizingDisabled = true // the small first records are for web pages
	start := tls.Server
	if h.Dialed {
		start = tls.Client
	}
	secure := start(raw, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		var other sec.ErrPeerIDMismatch
		if errors.As(err, &other) {
			return nil, fmt.Errorf("%w: %s", ErrOtherPeer, other.Actual)
		}
		return nil, fmt.Errorf("shake hands over TLS: %w", err)
	}
	remote, err := peer.IDFromPublicKey(<-keys)
	if err != nil {
		return nil, fmt.Errorf("identify peer: %w", err)
	}
	if _, err := media.Device(remote.String()).Key(); err != nil {
		return nil, fmt.Errorf("identify peer: %w", err)
	}
	if p := secure.ConnectionState().NegotiatedProtocol; p != yamuxProtocol {
		return nil, fmt.Errorf("negotiate multiplexer: the peer does not offer %s", yamuxProtocol)
	}
	raw.enlarge()
	return newConn(raw, joined{secure, raw}, remote, h.Dialed, h.Purse)
}

func (h Handshake) chooseTLS(raw *meter) error {
	if h.Dialed {
		_, err := mss.SelectOneOf([]string{tlsProtocol}, raw)
		return err
	}
	mux := mss.NewMultistreamMuxer[string]()
	mux.AddHandler(tlsProtocol, nil)
	_, _, err := mux.Negotiate(raw)
	return err
}

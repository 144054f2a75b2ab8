// Package discovery finds the other devices of the home, proves who they are,
// and connects to them: identity, connections in the libp2p way, multicast
// DNS, pairing by code, and the roster of members. It knows nothing of media.
//
// Start with [Host]. A connection is a session (session.go); which protocols
// its other end may open is one table (streams.go); which of two connections
// survives is one rule (survive.go); who is dialed, and when, is a pursuit for
// each member (pursuit.go).
package discovery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"time"

	"homeroll/discovery/internal/links"
	"homeroll/discovery/internal/mdns"
	"homeroll/discovery/internal/pairing"
	"homeroll/discovery/internal/roster"
	"homeroll/discovery/internal/wire"
	"homeroll/store/media"
)

// Config is what a Host is made of.
type Config struct {
	State     string   // directory of identity.key and roster
	Name      string   // friendly name of this device; any Unicode, 1 to 64 characters
	Listen    []string // "HOST:PORT", "HOST" or ":PORT"; default ":8471" on both families
	FixedPort bool     // a taken port is an error, not a reason for another one
	NoMDNS    bool     // tests; and a node told to stay silent
	Static    []string // "HOST[:PORT]" under which any member may be found besides
	Version   string
	Log       *slog.Logger // nil = none
}

// Host is this device on the network. Safe for concurrent use.
type Host struct {
	// Set by Open, or before Run, and not changed after.
	cfg      Config
	log      *slog.Logger
	self     *identity
	wireID   *wire.Identity
	roster   *roster.Roster
	book     *addressBook
	mdns     *mdns.Service // nil = silent
	ready    chan struct{}
	handlers map[string]func(context.Context, media.Device, net.Conn)
	onPeer   []func(context.Context, media.Device)

	windowTime time.Duration // that a code is valid for

	handshakes    *tally[string] // by source address
	strangers     *tally[string]
	memberConns   *tally[media.Device]
	strangerPurse *wire.Purse
	memberPurse   *wire.Purse

	work sync.WaitGroup // all that Run waits for

	rosterMu sync.Mutex // one application of the roster at a time; taken before mu
	name     string     // this device's, by the last roster that had it; guarded by rosterMu

	mu       sync.Mutex
	run      context.Context // of Run; nil = not running
	at       listening
	up       []links.Link
	sessions map[*session]struct{}
	live     map[media.Device]*session
	dialing  map[media.Device]bool // a secured connection of ours is being established
	pursuits map[media.Device]*pursuit
	sighted  map[media.Device][]string
	hunters  map[chan mdns.Entry]struct{}
	invite   *pairing.Invite
	leaving  bool
	stopped  bool // Run is over; nothing starts any more
	expelled bool // this device was removed from a home and has joined none since
	changed  chan struct{}
}

// Open loads, or on the first run creates, identity and roster. It starts nothing.
func Open(cfg Config) (*Host, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if len(cfg.Listen) == 0 {
		cfg.Listen = defaultListen()
	}
	self, err := loadIdentity(cfg.State, cfg.Log)
	if err != nil {
		return nil, err
	}
	id, err := wire.NewIdentity(self.key)
	if err != nil {
		return nil, err
	}
	members, err := openRoster(cfg, self)
	if err != nil {
		return nil, err
	}
	h := &Host{
		cfg: cfg, log: cfg.Log, self: self, wireID: id, roster: members,
		name:     cmp.Or(cfg.Name, "device"),
		book:     openAddressBook(cfg.State, cfg.Log),
		ready:    make(chan struct{}),
		handlers: map[string]func(context.Context, media.Device, net.Conn){},

		windowTime: pairing.WindowTime,

		handshakes:    newTally[string](maxHandshakes, maxHandshakesAddress),
		strangers:     newTally[string](maxStrangers, maxStrangersAddress),
		memberConns:   newTally[media.Device](maxMemberConns*roster.MaxDevices, maxMemberConns),
		strangerPurse: wire.NewPurse(strangerMemory),
		memberPurse:   wire.NewPurse(memberMemory),

		sessions: map[*session]struct{}{},
		live:     map[media.Device]*session{},
		dialing:  map[media.Device]bool{},
		pursuits: map[media.Device]*pursuit{},
		sighted:  map[media.Device][]string{},
		hunters:  map[chan mdns.Entry]struct{}{},
		changed:  make(chan struct{}),
	}
	if !cfg.NoMDNS {
		h.mdns = mdns.New(mdns.Config{Log: cfg.Log, Found: h.sight})
	}
	return h, nil
}

func openRoster(cfg Config, self *identity) (*roster.Roster, error) {
	path := filepath.Join(cfg.State, roster.FileName)
	r, err := roster.Load(path, self)
	if errors.Is(err, fs.ErrNotExist) {
		r, err = roster.Create(path, self, cfg.Name)
	}
	if err != nil {
		return nil, fmt.Errorf("open roster: %w", err)
	}
	return r, nil
}

// Ready is closed when the host listens.
func (h *Host) Ready() <-chan struct{} { return h.ready }

// Device returns the device that this host is; see [media.Signer].
func (h *Host) Device() media.Device { return h.self.Device() }

// Sign signs with the device's key; see [media.Signer].
func (h *Host) Sign(message []byte) []byte { return h.self.Sign(message) }

// Home returns the home this device belongs to; a device alone has one of its own.
func (h *Host) Home() media.Home { return h.roster.Home() }

// OnPeer is called in a goroutine of its own for each member that connects and
// is admitted; ctx ends with the connection. When one connection takes another's
// place, the old one's ctx ends and f is called anew. Call OnPeer before Run;
// Run does not return before f does.
func (h *Host) OnPeer(f func(ctx context.Context, d media.Device)) {
	h.onPeer = append(h.onPeer, f)
}

// Dial opens a stream on the existing connection to a member; ctx bounds the
// opening alone. The error is ErrUnreachable where there is no connection. The
// stream's Close ends both directions; it also has CloseWrite() error and
// Reset() error.
func (h *Host) Dial(ctx context.Context, d media.Device, protocol string) (net.Conn, error) {
	h.mu.Lock()
	s := h.live[d]
	h.mu.Unlock()
	if s == nil {
		return nil, fmt.Errorf("open %s to %s: %w", protocol, d.Short(), ErrUnreachable)
	}
	stream, err := s.conn.Open(ctx, protocol)
	if err != nil {
		return nil, fmt.Errorf("to %s: %w", d.Short(), err)
	}
	drop := context.AfterFunc(s.serving, func() { _ = stream.Reset() })
	return &outgoing{Stream: stream, undo: drop}, nil
}

// outgoing is a stream that ends when its device is expelled.
type outgoing struct {
	*wire.Stream
	undo func() bool
}

func (o *outgoing) Close() error {
	o.undo()
	return o.Stream.Close()
}

func (o *outgoing) Reset() error {
	o.undo()
	return o.Stream.Reset()
}

// Changed is closed at the next change of Members, Home or settings: a level. Take it before looking.
func (h *Host) Changed() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.changed
}

func (h *Host) signal() {
	h.mu.Lock()
	defer h.mu.Unlock()
	close(h.changed)
	h.changed = make(chan struct{})
}

func (h *Host) isMember(d media.Device) bool { return h.roster.IsMember(d) }

func (h *Host) window() *pairing.Invite {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.invite
}

// where returns what the host listens on and the links that are up.
func (h *Host) where() (listening, []links.Link) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at, h.up
}

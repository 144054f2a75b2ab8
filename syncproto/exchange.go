package syncproto

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"homeroll/store/media"
)

// Config is what an Exchange is made of.
type Config struct {
	Self    media.Device
	Home    func() media.Home // of this device, now
	Library Library
	Dialer  Dialer
	Version string // of the program, told to peers
	Log     *slog.Logger

	// Previews makes what others ask of this device's pictures; nil: it has none.
	Previews Previewer
	// Facts says what items say, along with previews; nil: nothing.
	Facts Teller
	// Name returns what people call a device; nil: the end of its ID.
	Name func(media.Device) string
	// Stall is how long a stream may stand still; 0 means 30 seconds.
	Stall time.Duration
}

// Exchange speaks the media protocols with every connected member.
type Exchange struct {
	cfg    Config
	ctx    context.Context // of the fetch streams, which outlive the fetch that opened them
	cancel context.CancelFunc
	lanes  sync.WaitGroup

	authors  authors
	paused   atomic.Bool
	throttle throttle
	blocks   *blockCodec
	can      []string // capabilities that are told; those of this version
	in, out  meter    // media, uncompressed
	wire     struct{ manifestIn, manifestOut, mediaIn, mediaOut, repeated atomic.Int64 }

	mu        sync.Mutex // guards what follows
	followers map[media.Device]*follower
	pools     map[media.Device]*pool
	serving   map[media.Device]int // fetch streams
	reached   map[media.Device]media.Root

	patches  *patchDesk
	previews previewDesk
}

// New returns an exchange; it starts nothing.
func New(cfg Config) *Exchange {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Stall == 0 {
		cfg.Stall = stallAfter
	}
	if cfg.Name == nil {
		cfg.Name = media.Device.Short
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Exchange{
		cfg: cfg, ctx: ctx, cancel: cancel, blocks: newBlockCodec(), can: allCapabilities(),
		followers: make(map[media.Device]*follower), pools: make(map[media.Device]*pool), serving: make(map[media.Device]int),
		reached: make(map[media.Device]media.Root), patches: newPatchDesk(),
	}
}

// Close ends every fetch with [ErrClosed] and waits for the streams that it
// opened. Follow and Serve end with their contexts.
func (e *Exchange) Close() {
	e.mu.Lock()
	e.cancel()
	e.mu.Unlock()
	e.lanes.Wait()
}

// start runs a lane, unless the exchange is closed.
func (e *Exchange) start(work func()) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ctx.Err() != nil {
		return false
	}
	e.lanes.Go(work)
	return true
}

// SetPaused stops, or lets go on, the sending of items: a paused exchange
// answers "paused", and runs under way stop at their next group. Manifests are
// exchanged all the same.
func (e *Exchange) SetPaused(paused bool) { e.paused.Store(paused) }

// PeerState is what the exchange knows of a connected peer.
type PeerState struct {
	Version string   // program version, "" until the hello
	Missing []string // capabilities that this side has and the peer lacks, and the other way round, as sentences for people
	Synced  bool     // the last comparison of roots ended without a difference
}

// Peer returns the state of a peer that Follow runs for.
func (e *Exchange) Peer(d media.Device) (PeerState, bool) {
	e.mu.Lock()
	f := e.followers[d]
	e.mu.Unlock()
	if f == nil {
		return PeerState{}, false
	}
	return f.state(), true
}

// Rates returns the bytes of media received and sent a second, averaged over
// the last few seconds.
func (e *Exchange) Rates() (in, out int64) { return e.in.rate(time.Now()), e.out.rate(time.Now()) }

// Pace returns the bytes of media a second to foretell from, received and sent:
// over the last minute, the latest weighing most. 0 is unknown, or a standstill.
func (e *Exchange) Pace() (in, out int64) { return e.in.pace(time.Now()), e.out.pace(time.Now()) }

// Stats counts bytes on the streams of this exchange since it was made, as
// they travel: after compression, before encryption. Repeated are those of groups
// that had come from another holder first.
type Stats struct{ ManifestIn, ManifestOut, MediaIn, MediaOut, Repeated int64 }

// Stats returns the bytes so far.
func (e *Exchange) Stats() Stats {
	w := &e.wire
	return Stats{w.manifestIn.Load(), w.manifestOut.Load(), w.mediaIn.Load(), w.mediaOut.Load(), w.repeated.Load()}
}

// Follow keeps this device's copy of what peer knows up to date, until ctx
// ends (the connection is gone) or the peer misbehaves: see [Misbehaved]. Call it once for each
// connection; both ends do.
func (e *Exchange) Follow(ctx context.Context, peer media.Device) error {
	f := newFollower(e, peer)
	e.mu.Lock()
	e.followers[peer] = f
	e.mu.Unlock()
	defer e.forget(f)

	conn, err := e.cfg.Dialer.Dial(ctx, peer, ManifestProtocol)
	if err != nil {
		return f.wrap(err)
	}
	return e.manifest(ctx, peer, conn, f.run)
}

// forget drops a follower, unless a newer connection has replaced it.
func (e *Exchange) forget(f *follower) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.followers[f.peer] == f {
		delete(e.followers, f.peer)
	}
}

// Serve answers one incoming stream of ManifestProtocol, FetchProtocol, PatchProtocol,
// PreviewProtocol or ProbeProtocol from a member, and closes it.
func (e *Exchange) Serve(ctx context.Context, peer media.Device, protocol string, conn net.Conn) error {
	switch protocol {
	case ManifestProtocol:
		a := &answerer{e: e, peer: peer, home: e.cfg.Home(), sent: make(map[media.Device]media.Root)}
		return e.manifest(ctx, peer, conn, a.run)
	case FetchProtocol:
		return e.serveFetch(ctx, peer, conn)
	case PatchProtocol:
		return e.servePatch(ctx, peer, conn)
	case PreviewProtocol:
		return e.servePreviews(ctx, peer, conn)
	case ProbeProtocol:
		return e.serveProbe(ctx, peer, conn)
	}
	_ = conn.Close()
	return fmt.Errorf("serve %q: unknown protocol", protocol)
}

// manifest greets the peer and runs one end of a manifest stream.
func (e *Exchange) manifest(ctx context.Context, peer media.Device, conn net.Conn, run func(context.Context, *session) error) error {
	l := &link{Conn: conn, in: &e.wire.manifestIn, out: &e.wire.manifestOut, stall: e.cfg.Stall}
	defer l.Close()
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()

	s, err := e.open(l)
	if err == nil {
		err = run(ctx, s)
		s.close()
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, io.EOF) {
		err = fmt.Errorf("stream closed: %w", err)
	}
	if err == nil {
		return nil
	}
	return &PeerError{peer, "exchange manifests", err}
}

func (e *Exchange) open(l *link) (*session, error) {
	r := bufio.NewReaderSize(l, 32<<10)
	g, err := e.greet(l, r, e.cfg.Home())
	if err != nil {
		return nil, err
	}
	return newSession(l, r, g)
}

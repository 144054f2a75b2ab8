package syncproto

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"homeroll/store/media"
)

// ProbeProtocol measures a link. One stream answers one request; nothing of it
// touches media.
//
//	request   kind byte, uint32 count                       5 bytes
//	status    byte; whatever is not 0 ends the stream       1 byte
//	echo      count times 8 bytes there and back, at most 64
//	down      the answerer sends blocks, count bytes at most
//	up        the asker does, and the answerer says how many bytes came: uint64
//	block     uint32 length, at most 64 KiB, and that many bytes; length 0 is the end
//
// Integers are big-endian. Neither end sends for longer than 3 s, or more than
// 64 MiB.
const ProbeProtocol = "/homeroll/probe/1"

// The kinds of a probe.
const (
	probeEcho byte = 1
	probeDown byte = 2
	probeUp   byte = 3
)

// The statuses of a probe.
const (
	probeOK     byte = 0
	probeBad    byte = 1
	probeBusy   byte = 2
	probePaused byte = 3
)

// Limits of the probe protocol.
const (
	probeRequest = 5
	probePing    = 8
	maxEchoes    = 64
	probeBlock   = 64 << 10
	maxProbe     = 64 << 20        // bytes each way
	probeTime    = 3 * time.Second // of sending
	probeEnd     = 30 * time.Second
	// A busy peer is asked again this often, after this long.
	probePatience = 5
	probePause    = 100 * time.Millisecond
)

// Link is how fast a link is.
type Link struct {
	RoundTrip time.Duration // the median of a few
	Down, Up  float64       // bytes a second, to and from this device
}

// Probe measures the link to a connected peer, within the limits of both. The error
// is a [PeerError] around [ErrBusy], [ErrPaused] or another of this package's,
// or says that the peer does not know how.
func (e *Exchange) Probe(ctx context.Context, peer media.Device) (l Link, err error) {
	if e.paused.Load() {
		return l, ErrPaused
	}
	for _, measure := range []func() error{
		func() (err error) { l.RoundTrip, err = e.echo(ctx, peer); return },
		func() (err error) { l.Down, err = e.probeDown(ctx, peer); return },
		func() (err error) { l.Up, err = e.probeUp(ctx, peer); return },
	} {
		if err := patiently(ctx, measure); err != nil {
			if ctx.Err() != nil {
				return l, ctx.Err()
			}
			return l, &PeerError{peer, "measure link", err}
		}
	}
	return l, nil
}

// patiently repeats what finds the peer busy for a moment: it ends one probe a
// little after this side has seen its end.
func patiently(ctx context.Context, measure func() error) error {
	for range probePatience {
		err := measure()
		if !errors.Is(err, ErrBusy) {
			return err
		}
		select {
		case <-time.After(probePause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return measure()
}

// prober is one end of one probe.
type prober struct {
	link *link
	r    *bufio.Reader
	stop func()
}

func (e *Exchange) newProber(ctx context.Context, peer media.Device, conn net.Conn) *prober {
	ctx, cancel := context.WithTimeout(ctx, probeEnd)
	gone := make(chan struct{})
	k := &link{
		Conn: conn, in: new(atomic.Int64), out: new(atomic.Int64), stall: e.cfg.Stall, patience: e.cfg.Stall,
		up: &gate{&e.throttle, peer, upward, gone}, down: &gate{&e.throttle, peer, downward, gone},
		ended: sync.OnceFunc(func() { close(gone) }),
	}
	release := context.AfterFunc(ctx, k.drop)
	return &prober{k, bufio.NewReaderSize(k, probeBlock), func() { release(); cancel(); _ = k.Close() }}
}

// askProbe opens a stream and sends a request that the peer takes.
func (e *Exchange) askProbe(ctx context.Context, peer media.Device, kind byte, count uint32) (*prober, error) {
	conn, err := e.cfg.Dialer.Dial(ctx, peer, ProbeProtocol)
	if err != nil {
		return nil, err
	}
	p := e.newProber(ctx, peer, conn)
	if _, err := p.link.Write(binary.BigEndian.AppendUint32([]byte{kind}, count)); err != nil {
		p.stop()
		return nil, err
	}
	status, err := p.r.ReadByte()
	if err == nil {
		err = probeError(status)
	}
	if err != nil {
		p.stop()
		return nil, cut(err)
	}
	return p, nil
}

func probeError(status byte) error {
	switch status {
	case probeOK:
		return nil
	case probeBusy:
		return ErrBusy
	case probePaused:
		return ErrPaused
	}
	return malformed("status %d of a probe", status)
}

// echoes is how many round trips are measured.
const echoes = 15

func (e *Exchange) echo(ctx context.Context, peer media.Device) (time.Duration, error) {
	p, err := e.askProbe(ctx, peer, probeEcho, echoes)
	if err != nil {
		return 0, err
	}
	defer p.stop()
	var trips []time.Duration
	var ping, pong [probePing]byte
	for i := range uint64(echoes) {
		binary.BigEndian.PutUint64(ping[:], i)
		began := time.Now()
		if _, err := p.link.Write(ping[:]); err != nil {
			return 0, err
		}
		if _, err := io.ReadFull(p.r, pong[:]); err != nil {
			return 0, cut(err)
		}
		if ping != pong {
			return 0, malformed("an echo of something else")
		}
		trips = append(trips, time.Since(began))
	}
	slices.Sort(trips)
	return trips[len(trips)/2], nil
}

func (e *Exchange) probeDown(ctx context.Context, peer media.Device) (float64, error) {
	p, err := e.askProbe(ctx, peer, probeDown, maxProbe)
	if err != nil {
		return 0, err
	}
	defer p.stop()
	began := time.Now()
	n, err := p.receive()
	if err != nil {
		return 0, err
	}
	return perSecondOf(n, time.Since(began)), nil
}

func (e *Exchange) probeUp(ctx context.Context, peer media.Device) (float64, error) {
	p, err := e.askProbe(ctx, peer, probeUp, maxProbe)
	if err != nil {
		return 0, err
	}
	defer p.stop()
	began := time.Now()
	sent, err := p.send(maxProbe)
	if err != nil {
		return 0, err
	}
	var count [8]byte
	if _, err := io.ReadFull(p.r, count[:]); err != nil {
		return 0, cut(err)
	}
	if got := binary.BigEndian.Uint64(count[:]); got != uint64(sent) {
		return 0, malformed("%d bytes came of %d", got, sent)
	}
	return perSecondOf(sent, time.Since(began)), nil
}

func perSecondOf(n int64, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(n) / d.Seconds()
}

// send sends blocks that cannot be compressed, for a while.
func (p *prober) send(most int64) (sent int64, err error) {
	block := make([]byte, 4+probeBlock)
	source := rand.NewChaCha8([32]byte{1})
	_, _ = source.Read(block)
	for began := time.Now(); sent < most && time.Since(began) < probeTime; {
		n := min(probeBlock, most-sent)
		// Another piece of them under a limit, so that the time is kept.
		n = int64(p.link.up.turn(int(n)))
		binary.BigEndian.PutUint32(block, uint32(n))
		if _, err := p.link.Write(block[:4+n]); err != nil {
			return sent, err
		}
		sent += n
	}
	_, err = p.link.Write(make([]byte, 4))
	return sent, err
}

// receive throws blocks away and counts them.
func (p *prober) receive() (n int64, err error) {
	for {
		var head [4]byte
		if _, err := io.ReadFull(p.r, head[:]); err != nil {
			return n, cut(err)
		}
		length := int64(binary.BigEndian.Uint32(head[:]))
		if length == 0 {
			return n, nil
		}
		if n += length; length > probeBlock || n > maxProbe {
			return n, &LimitError{"probe", n, maxProbe}
		}
		if _, err := io.CopyN(io.Discard, p.r, length); err != nil {
			return n, cut(err)
		}
	}
}

// serveProbe answers one probe of a member, and no other one meanwhile.
func (e *Exchange) serveProbe(ctx context.Context, peer media.Device, conn net.Conn) error {
	p := e.newProber(ctx, peer, conn)
	defer p.stop()
	var request [probeRequest]byte
	if _, err := io.ReadFull(p.r, request[:]); err != nil {
		return &PeerError{peer, "answer probe", cut(err)}
	}
	status := e.admitProbe(request[0], binary.BigEndian.Uint32(request[1:]))
	if status == probeOK {
		defer e.throttle.probing.Store(false)
	}
	_, err := p.link.Write([]byte{status})
	if err == nil && status == probeOK {
		err = p.answer(request[0], int64(binary.BigEndian.Uint32(request[1:])))
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return &PeerError{peer, "answer probe", err}
	}
	return nil
}

// admitProbe decides whether a probe is answered; probeOK takes the one place.
func (e *Exchange) admitProbe(kind byte, count uint32) byte {
	most := map[byte]uint32{probeEcho: maxEchoes, probeDown: maxProbe, probeUp: maxProbe}[kind]
	switch {
	case count == 0 || count > most:
		return probeBad
	case e.paused.Load():
		return probePaused
	case !e.throttle.probing.CompareAndSwap(false, true):
		return probeBusy
	}
	return probeOK
}

func (p *prober) answer(kind byte, count int64) error {
	switch kind {
	case probeEcho:
		for range count {
			if _, err := io.CopyN(p.link, p.r, probePing); err != nil {
				return cut(err)
			}
		}
		return nil
	case probeDown:
		_, err := p.send(count)
		return err
	}
	n, err := p.receive()
	if err != nil {
		return err
	}
	if _, err := p.link.Write(binary.BigEndian.AppendUint64(nil, uint64(n))); err != nil {
		return fmt.Errorf("send count: %w", err)
	}
	return nil
}

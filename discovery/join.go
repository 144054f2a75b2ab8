package discovery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"homeroll/discovery/internal/pairing"
	"homeroll/discovery/internal/roster"
	"homeroll/discovery/internal/wire"
	"homeroll/store/media"
)

// joinGrace is how long a connection on which pairing failed stays, so that
// what was written still arrives.
const joinGrace = time.Second

// JoinRequest says how to join.
type JoinRequest struct {
	Code     string
	At       string                                   // "HOST[:PORT]", or "" to find the device by multicast
	Replace  string                                   // name of a member that this device takes the place of
	Confirm  func(home string, members []string) bool // before anything is confirmed; nil = yes
	Progress func(string)                             // what is happening, for people
}

func (r JoinRequest) say(format string, args ...any) {
	if r.Progress != nil {
		r.Progress(fmt.Sprintf(format, args...))
	}
}

// Join joins the home of the device that shows the code, and returns that
// device. Where several devices show the same nameplate, each is tried.
func (h *Host) Join(ctx context.Context, r JoinRequest) (Member, error) {
	code, err := pairing.ParseCode(r.Code)
	if err != nil {
		return Member{}, err
	}
	h.mu.Lock()
	running := h.run != nil && h.run.Err() == nil
	h.mu.Unlock()
	if !running {
		return Member{}, ErrNotRunning
	}
	if w := h.window(); w != nil && w.Code() == code {
		return Member{}, ErrOwnCode
	}
	ctx, cancel := h.whileRunning(ctx)
	defer cancel()
	if r.At != "" {
		return h.joinAt(ctx, code, r)
	}
	return h.joinByNameplate(ctx, code, r)
}

func (h *Host) joinAt(ctx context.Context, code pairing.Code, r JoinRequest) (Member, error) {
	full, err := HostPort(r.At, DefaultPort)
	if err != nil {
		return Member{}, err
	}
	r.say("connecting to %s", full)
	m, err := h.joinWith(ctx, code, r, "", []string{full})
	if err == nil {
		h.book.give(m.Device, full) // a host name outlives the address that it has today
	}
	return m, err
}

// joinWith pairs with the device expected ("" = whoever answers) at the
// addresses, and keeps the connection when it is a member.
func (h *Host) joinWith(ctx context.Context, code pairing.Code, r JoinRequest, expect media.Device, addrs []string) (Member, error) {
	c, err := h.dialAny(ctx, expect, addrs)
	if err != nil {
		return Member{}, err
	}
	s, err := h.adopt(h.run, c)
	if err != nil {
		return Member{}, fmt.Errorf("connect: %w", err)
	}
	if err := h.start(s); err != nil {
		return Member{}, err
	}
	m, err := s.join(ctx, code, r)
	if errors.Is(err, ErrWindowClosed) {
		s.close(err)
		return Member{}, err
	}
	if err != nil {
		s.closeSoon(joinGrace, err)
		return Member{}, err
	}
	h.book.worked(m.Device, s.dialedAt())
	h.applyRoster()
	s.stay(ctx)
	return h.describe(m), nil
}

func (s *session) join(ctx context.Context, code pairing.Code, r JoinRequest) (roster.Member, error) {
	stream, err := s.conn.Open(ctx, pairing.Protocol)
	if errors.Is(err, wire.ErrRefused) {
		return roster.Member{}, fmt.Errorf("%w (a code is valid for %.0f minutes and works once)", ErrWindowClosed, pairing.WindowTime.Minutes())
	}
	if err != nil {
		return roster.Member{}, s.unopened(ctx, err)
	}
	return pairing.Join(ctx, stream, s.conn.Peer(), pairing.JoinConfig{
		Roster:   s.h.roster,
		Code:     code,
		Name:     s.h.nameOf(s.h.Device()),
		Replace:  r.Replace,
		Version:  s.h.cfg.Version,
		Confirm:  r.Confirm,
		Progress: r.Progress,
	})
}

// unopened explains why there is no stream to pair on. A device that proved
// who it is and then hung up has no room for another stranger.
func (s *session) unopened(ctx context.Context, err error) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-s.conn.Done():
		return fmt.Errorf("%w: it ended the connection: %w", ErrBusy, err)
	default:
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
}

// stay makes the connection on which this device joined the one it keeps. If
// that does not work out, the pursuit makes another.
func (s *session) stay(ctx context.Context) {
	defer s.h.markDialing(s.conn.Peer())()
	ctx, cancel := context.WithTimeout(ctx, establishTimeout)
	defer cancel()
	if err := s.establish(ctx); err != nil {
		s.h.log.Debug("keep the connection after pairing", "err", err)
		s.close(err)
	}
}

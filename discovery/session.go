package discovery

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"homeroll/discovery/internal/wire"
)

const (
	pingEvery = 5 * time.Second
	// maxSilence without a byte ends a connection.
	maxSilence = 15 * time.Second
	// strangerIdle ends a stranger's connection on which no stream is open.
	strangerIdle = 4 * time.Second
	// strangerLife ends it in any case.
	strangerLife = 2 * time.Minute
)

// Causes of a session's end, for the log.
var (
	errSilent   = errors.New("nothing heard for 15 s")
	errReplaced = errors.New("another connection to the same device took its place")
	errIdle     = errors.New("a stranger's connection without use")
	errEvicted  = errors.New("another stranger came and there was no room")
	errStuck    = errors.New("it never became the connection to keep")
	errExpelled = errors.New("the device is no longer a member")
	errStranded = errors.New("the machine lost the address it was on")
	errResumed  = errors.New("the machine was suspended")
	errStopping = errors.New("stopping")
	errWindow   = errors.New("the pairing window closed")
)

// session is one authenticated connection and all that runs on it. A session
// starts as a member's or a stranger's, which the roster decides at every
// stream; it becomes live when both sides have exchanged rosters and hellos.
type session struct {
	h      *Host
	conn   *wire.Conn
	remote netip.AddrPort
	began  time.Time
	ctx    context.Context // ends with the session
	end    context.CancelCauseFunc
	// serving ends with the session, or before it when the device is expelled; it is what handlers get.
	serving     context.Context
	stopServing context.CancelCauseFunc
	work        sync.WaitGroup // handlers and helpers
	pushes      chan struct{}  // level: the roster is to be exchanged again

	rostered atomic.Bool  // rosters were exchanged on it
	listens  atomic.Int32 // port that the other side says it listens on; 0 = not known
	streams  atomic.Int32 // that the other side opened and that are being served
	used     atomic.Int64 // Unix ns at which the last of them ended

	mu     sync.Mutex
	member bool      // as it is accounted for
	since  time.Time // it has been that
	gave   bool      // the accounting is settled
}

// address is where the other side is: for a connection that it made, its
// listening port, for what it dialed from serves nobody.
func (s *session) address() string {
	port := s.listens.Load()
	if s.conn.Dialed() || port == 0 {
		return s.remote.String()
	}
	return netip.AddrPortFrom(s.remote.Addr(), uint16(port)).String()
}

// run serves the session until it ends, and returns when everything on it has.
func (s *session) run() {
	s.work.Go(s.acceptStreams)
	s.work.Go(s.heartbeat)
	s.work.Go(s.pushRoster)
	select {
	case <-s.conn.Done():
		s.end(errors.New("connection ended"))
	case <-s.ctx.Done():
	}
	s.h.forget(s)
	s.conn.Close()
	s.work.Wait()
	s.settle()
	s.h.log.Debug("connection closed", "device", s.conn.Peer().Short(), "address", s.remote, "cause", context.Cause(s.ctx))
}

// close ends the session; run does the rest.
func (s *session) close(cause error) { s.end(cause) }

// closeSoon ends the session after a moment in which what was written can
// still leave, or when the other end hangs up.
func (s *session) closeSoon(grace time.Duration, cause error) {
	time.AfterFunc(grace, func() { s.end(cause) })
}

// byLower reports whether the side with the lower ID made the connection.
func (s *session) byLower() bool {
	return s.conn.Dialed() == (s.h.Device() < s.conn.Peer())
}

// heartbeat ends the session when nothing is heard for too long: any byte is
// life, and pings provoke some. Strangers are ended when idle, too.
func (s *session) heartbeat() {
	check := time.NewTicker(time.Second)
	defer check.Stop()
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	var pinging atomic.Bool
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-ping.C:
			if pinging.CompareAndSwap(false, true) {
				s.work.Go(func() {
					defer pinging.Store(false)
					_, _ = s.conn.Ping() // its answer counts as a byte heard
				})
			}
		case <-check.C:
			if s.conn.Silence() > maxSilence {
				s.end(errSilent)
			} else if s.idleStranger(time.Now()) {
				s.end(errIdle)
			} else if s.stuck(time.Now()) {
				s.end(errStuck)
			}
		}
	}
}

func (s *session) idleStranger(now time.Time) bool {
	if s.h.isMember(s.conn.Peer()) {
		return false
	}
	if now.Sub(s.began) > strangerLife {
		return true
	}
	since := max(s.began.UnixNano(), s.used.Load())
	return s.streams.Load() == 0 && !s.conn.Dialed() && now.Sub(time.Unix(0, since)) > strangerIdle
}

// stuck reports a member's connection that never became the live one.
func (s *session) stuck(now time.Time) bool {
	s.mu.Lock()
	due := s.member && now.Sub(s.since) > 2*establishTimeout
	s.mu.Unlock()
	return due && s.streams.Load() == 0 && !s.h.isLive(s)
}

// alive asks the other end for a sign of life.
func (s *session) alive(wait time.Duration) bool {
	answer := make(chan error, 1)
	s.h.spawn(func() {
		_, err := s.conn.Ping()
		answer <- err
	})
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case err := <-answer:
		return err == nil
	case <-t.C:
	case <-s.ctx.Done():
	}
	return false
}

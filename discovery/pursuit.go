package discovery

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"homeroll/store/media"
)

const (
	// politeness is how long the device with the higher ID leaves the dialing
	// to the other.
	politeness = 2 * time.Second
	// firstRetry doubles up to lastRetry; the sum of lastRetry and the time of
	// one dial stays well under 20 s, in which a healed network must be noticed.
	firstRetry = time.Second
	lastRetry  = 8 * time.Second
	// establishTimeout bounds rosters and hello on a new connection.
	establishTimeout = 10 * time.Second
)

// pursuit keeps this device connected to one member.
type pursuit struct {
	h      *Host
	device media.Device
	stop   context.CancelFunc
	pokes  chan struct{} // level: look again
	news   chan struct{} // level: there is a new reason to dial at once
}

func (h *Host) pursue(ctx context.Context, d media.Device) *pursuit {
	ctx, stop := context.WithCancel(ctx)
	p := &pursuit{h: h, device: d, stop: stop, pokes: make(chan struct{}, 1), news: make(chan struct{}, 1)}
	h.work.Go(func() { p.run(ctx) })
	return p
}

// poke makes the pursuit look again at whether it is connected.
func (p *pursuit) poke() { raise(p.pokes) }

// urge clears the back-off: the device was sighted, or the network changed.
func (p *pursuit) urge() { raise(p.news) }

func raise(level chan struct{}) {
	select {
	case level <- struct{}{}:
	default:
	}
}

func (p *pursuit) run(ctx context.Context) {
	var back backoff
	for ctx.Err() == nil {
		if p.connected() {
			back = backoff{}
			p.wait(ctx, p.pokes, nil, 0)
			continue
		}
		if (p.h.Device() > p.device || p.meeting()) && !p.wait(ctx, p.pokes, nil, politeness) {
			return
		}
		if p.connected() {
			continue
		}
		err := p.attempt(ctx)
		if err == nil || ctx.Err() != nil {
			continue
		}
		wait := back.next()
		p.h.log.Debug("dial", "device", p.device.Short(), "err", err, "retry", wait)
		p.wait(ctx, nil, &back, wait)
	}
}

// wait waits for a level, for news if back is given (which they clear), or for
// d; 0 is forever. It is false when ctx has ended.
func (p *pursuit) wait(ctx context.Context, level chan struct{}, back *backoff, d time.Duration) bool {
	var timeout <-chan time.Time
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		timeout = t.C
	}
	var news chan struct{}
	if back != nil {
		news, level = p.news, p.pokes
	}
	select {
	case <-ctx.Done():
		return false
	case <-news:
		*back = backoff{}
	case <-level:
	case <-timeout:
	}
	return true
}

func (p *pursuit) connected() bool {
	p.h.mu.Lock()
	defer p.h.mu.Unlock()
	return p.h.live[p.device] != nil
}

// meeting reports a connection to the device that is not live yet: the one on
// which the two just paired, or one that it made.
func (p *pursuit) meeting() bool {
	return len(p.h.all(func(s *session) bool { return s.conn.Peer() == p.device && s.ctx.Err() == nil })) > 0
}

// attempt dials all known addresses and makes the first connection live.
func (p *pursuit) attempt(ctx context.Context) error {
	c, err := p.h.dialAny(ctx, p.device, p.h.addressesOf(p.device))
	if err != nil {
		return err
	}
	if p.connected() {
		c.Close()
		return nil // it came to us meanwhile
	}
	s, err := p.h.adopt(p.h.run, c)
	if err != nil {
		return err
	}
	if err := p.h.start(s); err != nil {
		return err
	}
	defer p.h.markDialing(p.device)()
	ctx, cancel := context.WithTimeout(ctx, establishTimeout)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	if err := s.establish(ctx); err != nil {
		if !errors.Is(err, errDuplicate) {
			p.h.log.Info("connection not usable", "device", p.device.Short(), "address", s.remote, "err", err)
		}
		s.close(err)
		return err
	}
	return nil
}

// markDialing notes that a connection of ours is about to be; the function
// that it returns ends that.
func (h *Host) markDialing(d media.Device) func() {
	set := func(on bool) {
		h.mu.Lock()
		defer h.mu.Unlock()
		if on {
			h.dialing[d] = true
		} else {
			delete(h.dialing, d)
		}
	}
	set(true)
	return func() { set(false) }
}

// backoff is the waiting time between attempts; its zero value starts anew.
type backoff struct{ last time.Duration }

// next returns the time to wait, with a quarter of it by chance, so that
// devices do not move in step.
func (b *backoff) next() time.Duration {
	b.last = min(max(2*b.last, firstRetry), lastRetry)
	return b.last - time.Duration(rand.Int64N(int64(b.last)/4))
}

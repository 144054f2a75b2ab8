package mdns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/grandcat/zeroconf"
)

// gap is the pause between epochs while eager.
const gap = 200 * time.Millisecond

// modes are tried in turn until one works.
var modes = []struct {
	name string
	ip   zeroconf.IPType
}{
	{"IPv4 and IPv6", zeroconf.IPv4AndIPv6},
	{"IPv4 alone", zeroconf.IPv4},
	{"IPv6 alone", zeroconf.IPv6},
}

// browse runs one epoch after the other until ctx ends. Nothing that fails
// ends it: a link that is down comes up again.
func (s *Service) browse(ctx context.Context) {
	for ctx.Err() == nil {
		select {
		case <-s.look: // what raised it is served by the epoch that begins
		default:
		}
		wait := s.pause(time.Now())
		if err := s.untilCalled(ctx); err != nil {
			s.cfg.Log.Debug("browse by multicast DNS", "err", err)
			wait = retry
		}
		pause := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-s.look:
		case <-pause.C:
		}
		pause.Stop()
	}
}

// untilCalled runs an epoch that ends early when there is a reason to ask anew.
func (s *Service) untilCalled(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-s.look:
			raise(s.look)
			cancel()
		case <-ctx.Done():
		}
	}()
	err := s.epoch(ctx)
	cancel()
	<-watched
	return err
}

func (s *Service) pause(now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hunts > 0 || now.Sub(s.excited) < eager {
		return gap
	}
	return between(pauseMin, pauseMax)
}

var errNoLink = errors.New("no interface for multicast is up")

// epoch browses once, with what of IPv4 and IPv6 there is.
func (s *Service) epoch(ctx context.Context) error {
	s.mu.Lock()
	on, first := multicast(s.links), s.mode
	s.mu.Unlock()
	if len(on) == 0 {
		return errNoLink
	}
	var errs []error
	for i := first; i < len(modes); i++ {
		err := s.listen(ctx, modes[i].ip, on)
		if err == nil {
			s.mu.Lock()
			s.mode = i
			s.mu.Unlock()
			return nil
		}
		errs = append(errs, fmt.Errorf("%s: %w", modes[i].name, err))
	}
	s.mu.Lock()
	s.mode = 0
	s.mu.Unlock()
	return errors.Join(errs...)
}

func (s *Service) listen(ctx context.Context, ip zeroconf.IPType, on []net.Interface) error {
	r, err := zeroconf.NewResolver(zeroconf.SelectIPTraffic(ip), zeroconf.SelectIfaces(on))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, between(epochMin, epochMax))
	defer cancel()
	entries := make(chan *zeroconf.ServiceEntry, 16)
	if err := r.Browse(ctx, ServiceType, "local", entries); err != nil {
		for range entries { // it closes the channel in any case
		}
		return err
	}
	n := 0
	for e := range entries { // to the end, or the library blocks for ever
		if n++; n <= maxEntries {
			s.cfg.Found(entryOf(e))
		}
	}
	return nil
}

func entryOf(e *zeroconf.ServiceEntry) Entry {
	out := Entry{Port: e.Port, Text: parseText(e.Text)}
	for _, ips := range [][]net.IP{e.AddrIPv4, e.AddrIPv6} {
		for _, ip := range ips {
			if a, ok := netip.AddrFromSlice(ip); ok {
				out.Addresses = append(out.Addresses, a.Unmap())
			}
		}
	}
	return out
}

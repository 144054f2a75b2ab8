package discovery

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"homeroll/discovery/internal/links"
	"homeroll/discovery/internal/wire"
	"homeroll/store/media"
)

const (
	// dialTimeout bounds one TCP connection; the kernel repeats its SYN after 1
	// and 3 s in this time.
	dialTimeout = 5 * time.Second
	// maxDials bounds the addresses of one attempt.
	maxDials = 24
)

// addressesOf returns all "HOST:PORT" under which a member may be found: given
// by a person, remembered, just sighted, or configured for all.
func (h *Host) addressesOf(d media.Device) []string {
	h.mu.Lock()
	sighted := slices.Clone(h.sighted[d])
	h.mu.Unlock()
	found := append(sighted, h.book.of(d)...)
	for _, typed := range h.cfg.Static {
		if full, err := HostPort(typed, DefaultPort); err == nil {
			found = append(found, full)
		}
	}
	return found
}

// dialAny dials all addresses at once and returns the first connection on
// which expect ("" = anyone) answers. The error tells of every address.
func (h *Host) dialAny(ctx context.Context, expect media.Device, addrs []string) (*wire.Conn, error) {
	_, up := h.where()
	targets := expand(addrs, up)
	if len(targets) == 0 {
		return nil, fmt.Errorf("%w: no address is known", ErrUnreachable)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type result struct {
		conn *wire.Conn
		err  error
	}
	results := make(chan result)
	for _, t := range targets {
		go func() { // waited for below: each gives one result
			c, err := h.dialOne(ctx, expect, t)
			results <- result{c, err}
		}()
	}
	var won *wire.Conn
	var errs []error
	for range targets {
		r := <-results
		switch {
		case r.err != nil:
			errs = append(errs, r.err)
		case won == nil:
			won = r.conn
			cancel()
		default:
			r.conn.Close()
		}
	}
	if won == nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, errors.Join(errs...))
	}
	return won, nil
}

func (h *Host) dialOne(ctx context.Context, expect media.Device, target string) (*wire.Conn, error) {
	d := net.Dialer{Timeout: dialTimeout}
	conn, err := d.DialContext(ctx, "tcp", target)
	if err != nil {
		return nil, err
	}
	wire.Tune(conn.(*net.TCPConn))
	c, err := wire.Secure(ctx, conn, wire.Handshake{
		Identity: h.wireID, Dialed: true, Expect: expect, Purse: h.strangerPurse,
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", target, err)
	}
	return c, nil
}

// expand makes dial targets of addresses: each once, and a link-local IPv6
// address once for each link that is up, since it does not say on which it is.
func expand(addrs []string, up []links.Link) []string {
	var out []string
	add := func(a string) {
		if len(out) < maxDials && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	for _, a := range addrs {
		ip, err := netip.ParseAddrPort(a)
		if err != nil || !ip.Addr().Is6() || !ip.Addr().IsLinkLocalUnicast() || ip.Addr().Zone() != "" {
			add(a)
			continue
		}
		for _, l := range up {
			if l.Has6() {
				add(netip.AddrPortFrom(ip.Addr().WithZone(l.Interface.Name), ip.Port()).String())
			}
		}
	}
	return out
}

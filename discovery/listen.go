package discovery

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"syscall"

	"homeroll/discovery/internal/links"
)

// DefaultPort is where a host listens for peers unless it is told otherwise.
const DefaultPort = 8471

// defaultListen is both families, all interfaces.
func defaultListen() []string { return []string{net.JoinHostPort("", strconv.Itoa(DefaultPort))} }

// listenAll opens a listener for each address. A port that is taken is, unless
// it is fixed, replaced by any free one for all of them; moved then says so.
func listenAll(ctx context.Context, addrs []string, fixed bool) (ls []*net.TCPListener, moved bool, err error) {
	ls, err = listenOn(ctx, addrs, false)
	if errors.Is(err, errPortTaken) && !fixed {
		ls, err = listenOn(ctx, addrs, true)
		return ls, true, err
	}
	return ls, false, err
}

var errPortTaken = errors.New("port is taken")

func listenOn(ctx context.Context, addrs []string, anyPort bool) (ls []*net.TCPListener, err error) {
	defer func() {
		if err != nil {
			closeAll(ls)
			ls = nil
		}
	}()
	port := -1 // the first listener's, so that all families share one
	for _, a := range addrs {
		full, err := completeListen(a)
		if err != nil {
			return ls, err
		}
		host, p, _ := net.SplitHostPort(full)
		if port >= 0 && (anyPort || p == "0") {
			p = strconv.Itoa(port)
		} else if anyPort {
			p = "0"
		}
		l, err := listenTCP(ctx, host, p)
		if err != nil {
			return ls, err
		}
		ls = append(ls, l)
		if port < 0 {
			port = l.Addr().(*net.TCPAddr).Port
		}
	}
	return ls, nil
}

func listenTCP(ctx context.Context, host, port string) (*net.TCPListener, error) {
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", net.JoinHostPort(host, port)) // "" is both families on one socket
	if errors.Is(err, syscall.EADDRINUSE) || isWindowsInUse(err) {
		return nil, fmt.Errorf("listen for peers: %w: another program uses TCP port %s (find it with \"ss -ltnp\" or \"netstat -ano\", or choose another port with --listen :PORT)", errPortTaken, port)
	}
	if errors.Is(err, syscall.EACCES) {
		return nil, fmt.Errorf("listen for peers on port %s: not permitted (ports below 1024 need the administrator; choose another with --listen :PORT): %w", port, err)
	}
	if err != nil {
		return nil, fmt.Errorf("listen for peers on %s: %w", net.JoinHostPort(host, port), err)
	}
	return l.(*net.TCPListener), nil
}

// isWindowsInUse reports WSAEADDRINUSE, which is no syscall constant elsewhere.
func isWindowsInUse(err error) bool {
	var no syscall.Errno
	return errors.As(err, &no) && no == 10048
}

func closeAll(ls []*net.TCPListener) {
	for _, l := range ls {
		l.Close()
	}
}

// completeListen accepts "HOST:PORT", ":PORT" and "HOST".
func completeListen(a string) (string, error) {
	if host, port, err := net.SplitHostPort(a); err == nil {
		if _, err := parsePort(port); err != nil {
			return "", fmt.Errorf("listen address %q: %w", a, err)
		}
		return net.JoinHostPort(host, port), nil
	}
	full, err := HostPort(a, DefaultPort)
	if err != nil {
		return "", fmt.Errorf("listen %w", err)
	}
	return full, nil
}

func parsePort(s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("port %q is not a number from 0 to 65535", s)
	}
	return int(n), nil
}

// listening is where the host can be reached.
type listening struct {
	port  int
	bound []netip.Addr // unspecified = all addresses of the machine
}

func listeningOn(ls []*net.TCPListener) listening {
	var out listening
	for _, l := range ls {
		a := l.Addr().(*net.TCPAddr).AddrPort()
		out.port = int(a.Port())
		out.bound = append(out.bound, a.Addr().Unmap())
	}
	return out
}

// reachable returns the addresses that others can dial, given the links that
// are up. Loopback ones are listed only where the host is bound to them alone.
func (l listening) reachable(up []links.Link) []netip.Addr {
	var out []netip.Addr
	for _, b := range l.bound {
		if !b.IsUnspecified() {
			out = append(out, b)
			continue
		}
		for _, link := range up {
			for _, a := range link.Addresses {
				if b.Is6() || a.Is4() { // a wildcard IPv6 socket serves both
					out = append(out, a)
				}
			}
		}
	}
	return out
}

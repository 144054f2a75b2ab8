package discovery

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// HostPort completes what a person typed as HOST[:PORT] with port. HOST is a
// name, an IPv4 address, or an IPv6 one, which may have a zone and needs
// brackets where a port follows.
func HostPort(typed string, port int) (string, error) {
	host, bracketed := typed, strings.HasPrefix(typed, "[")
	if h, p, err := net.SplitHostPort(typed); err == nil {
		if host = h; p == "" {
			return "", fmt.Errorf("address %q: want HOST or HOST:PORT", typed)
		}
		if port, err = parsePort(p); err != nil {
			return "", fmt.Errorf("address %q: %w", typed, err)
		}
		if port == 0 {
			return "", fmt.Errorf("address %q: port 0 cannot be connected to", typed)
		}
	} else if bracketed && strings.HasSuffix(typed, "]") {
		host = typed[1 : len(typed)-1]
	}
	if bracketed && !strings.Contains(host, ":") || !isIP(host) && !isName(host) {
		return "", fmt.Errorf("address %q: want HOST or HOST:PORT (an IPv6 address with a port in brackets)", typed)
	}
	return net.JoinHostPort(host, strconv.Itoa(port)), nil
}

func isIP(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && !strings.ContainsAny(a.Zone(), ":/[] ")
}

// isName tells names from mistyped addresses; whether one exists, a lookup
// shows.
func isName(s string) bool {
	return s != "" && !strings.ContainsAny(s, ":/[]%@ \t\r\n")
}

package config

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// ParseAddr reads an address as people type one: HOST, HOST:PORT, :PORT or a bare
// PORT. It returns HOST:PORT, and whether the port was named rather than filled in.
func ParseAddr(s, defaultPort string) (addr string, named bool, err error) {
	s = strings.TrimSpace(s)
	host, port := s, ""
	switch {
	case s == "":
		return "", false, fmt.Errorf("the address is empty")
	case isDigits(s):
		host, port = "", s
	case isIP(strings.Trim(s, "[]")):
		host = strings.Trim(s, "[]")
	case strings.Contains(s, ":"):
		if host, port, err = net.SplitHostPort(s); err != nil {
			return "", false, fmt.Errorf("%q is not an address", s)
		}
	}
	named = port != ""
	if !named {
		port = defaultPort
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return "", false, fmt.Errorf("%q has no port from 0 to 65535", s)
	}
	port = strconv.FormatUint(number, 10)
	if strings.ContainsAny(host, " /\t@") {
		return "", false, fmt.Errorf("%q is not an address", s)
	}
	return net.JoinHostPort(host, port), named, nil
}

// isIP takes addresses with a zone, too, such as fe80::1%eth0.
func isIP(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && !strings.ContainsAny(a.Zone(), ":/[] ")
}

func isDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

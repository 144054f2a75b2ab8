package config

import (
	"fmt"
	"net"
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
	case net.ParseIP(strings.Trim(s, "[]")) != nil:
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
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", false, fmt.Errorf("%q has no port from 0 to 65535", s)
	} else {
		port = strconv.FormatUint(n, 10)
	}
	if strings.ContainsAny(host, " /\t@") {
		return "", false, fmt.Errorf("%q is not an address", s)
	}
	return net.JoinHostPort(host, port), named, nil
}

func isDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

package authority

import (
	"net/netip"
	"slices"
	"strings"
)

// privateDomains are names that no public authority certifies: those of
// RFC 6761, 6762, 8375 and 9476's kin, and those that routers give out.
var privateDomains = []string{"localhost", "local", "lan", "home", "home.arpa", "internal", "localdomain"}

// privateRanges are the addresses of private networks, this device and its
// links: RFC 1918, 3927, 4193, 4291 and 6598 (which Tailscale uses, too).
var privateRanges = []netip.Prefix{
	netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("::1/128"),
	netip.MustParsePrefix("fc00::/7"),
	netip.MustParsePrefix("fe80::/10"),
}

// PrivateDomain reports whether a name can only be of a private network: it
// lies in a domain of such, or has no domain.
func PrivateDomain(name string) bool {
	return !strings.Contains(name, ".") || slices.ContainsFunc(privateDomains, func(d string) bool { return within(name, d) })
}

// ownDomains are the names without a domain, which nothing else permits.
func ownDomains(names []string) []string {
	var own []string
	for _, name := range names {
		if !strings.Contains(name, ".") && !slices.Contains(privateDomains, name) {
			own = append(own, name)
		}
	}
	return own
}

// certifiable leaves out what the authority may not certify: one such name
// would make browsers refuse the whole certificate.
func (a *Authority) certifiable(n Names) Names {
	var may Names
	for _, name := range n.DNS {
		if slices.ContainsFunc(a.root.PermittedDNSDomains, func(d string) bool { return within(name, d) }) && !slices.Contains(may.DNS, name) {
			may.DNS = append(may.DNS, name)
		}
	}
	for _, addr := range n.Addresses {
		addr = addr.Unmap().WithZone("")
		if slices.ContainsFunc(privateRanges, func(p netip.Prefix) bool { return p.Contains(addr) }) && !slices.Contains(may.Addresses, addr) {
			may.Addresses = append(may.Addresses, addr)
		}
	}
	return may
}

// within reports whether a name is a domain or lies in it.
func within(name, domain string) bool {
	return name == domain || strings.HasSuffix(name, "."+domain)
}

package node

import (
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"homeroll/node/internal/web/authority"
)

// routerDomains are those that home networks give the names of devices.
var routerDomains = []string{"local", "lan", "home", "home.arpa", "internal", "localdomain"}

// webNames are the names under which browsers may ask for this device, in lower
// case.
func (n *Node) webNames() []string {
	names := []string{"localhost"}
	if full, err := os.Hostname(); err == nil && isHostName(full) {
		full = strings.ToLower(full)
		short, _, _ := strings.Cut(full, ".")
		names = append(names, full, short)
		for _, domain := range routerDomains {
			names = append(names, short+"."+domain)
		}
	}
	for _, name := range n.cfg.Settings.Web.Names {
		names = append(names, strings.ToLower(name))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func isHostName(s string) bool {
	return s != "" && len(s) <= 253 && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789-.") == ""
}

// certifiedNames are all under which this device is reached.
func (n *Node) certifiedNames() authority.Names {
	return authority.Names{DNS: n.webNames(), Addresses: append(ownAddresses(), netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback())}
}

// ownAddresses are those at which other devices reach this one, IPv4 first. They
// do not include link-local ones, which no browser can name.
func ownAddresses() []netip.Addr {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var own []netip.Addr
	for _, a := range all {
		prefix, err := netip.ParsePrefix(a.String())
		if err != nil {
			continue
		}
		addr := prefix.Addr().Unmap()
		if !addr.IsLoopback() && !addr.IsLinkLocalUnicast() {
			own = append(own, addr)
		}
	}
	slices.SortStableFunc(own, func(a, b netip.Addr) int { return a.BitLen() - b.BitLen() })
	return own
}

// local is the address of the page for a browser on this device.
func (p *pageServer) local() string {
	if p.addr.IP.IsUnspecified() {
		return p.url(netip.MustParseAddr("127.0.0.1"))
	}
	return p.url(p.addr.AddrPort().Addr())
}

// addresses are those of the page, the one that most people type first: for
// other devices where they may come.
func (p *pageServer) addresses() []string {
	if !p.addr.IP.IsUnspecified() {
		return []string{p.local()}
	}
	var urls []string
	for _, addr := range ownAddresses() {
		urls = append(urls, p.url(addr))
	}
	return append(urls, p.local())
}

func (p *pageServer) url(addr netip.Addr) string {
	scheme := "http://"
	if addr = addr.Unmap(); p.secure && !addr.IsLoopback() {
		scheme = "https://"
	}
	return scheme + net.JoinHostPort(addr.WithZone("").String(), strconv.Itoa(p.addr.Port))
}

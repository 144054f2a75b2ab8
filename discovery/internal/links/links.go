// Package links watches the network interfaces of this machine: which ones are
// worth announcing on and dialing from, and when that changes.
package links

import (
	"cmp"
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Link is an interface that is up, with its addresses.
type Link struct {
	Interface net.Interface
	Addresses []netip.Addr // without zone; loopback and unspecified left out
}

// Multicast reports whether multicast DNS can run on the link.
func (l Link) Multicast() bool { return l.Interface.Flags&net.FlagMulticast != 0 }

// Has4 reports an IPv4 address.
func (l Link) Has4() bool { return slices.ContainsFunc(l.Addresses, netip.Addr.Is4) }

// Has6 reports an IPv6 address.
func (l Link) Has6() bool { return slices.ContainsFunc(l.Addresses, netip.Addr.Is6) }

// virtual are name prefixes of bridges and pairs that containers and virtual
// machines make: whoever is behind them is this machine itself.
var virtual = []string{"docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "lxcbr", "lxdbr", "cni", "flannel", "podman", "cali", "vEthernet"}

// Virtual reports an interface that leads into this machine.
func (l Link) Virtual() bool {
	return slices.ContainsFunc(virtual, func(p string) bool { return strings.HasPrefix(l.Interface.Name, p) })
}

// Current returns the links that are up and have an address, the virtual ones
// only if there is no real one. No link at all is not an error.
func Current() []Link {
	all, err := net.Interfaces()
	if err != nil {
		return nil
	}
	var up []Link
	for _, i := range all {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagRunning == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		if a := addresses(i); len(a) > 0 {
			up = append(up, Link{i, a})
		}
	}
	slices.SortFunc(up, func(a, b Link) int { return cmp.Compare(a.Interface.Index, b.Interface.Index) })
	return real(up)
}

// real drops the virtual links where a real one exists.
func real(up []Link) []Link {
	kept := slices.DeleteFunc(slices.Clone(up), Link.Virtual)
	if len(kept) == 0 {
		return up
	}
	return kept
}

func addresses(i net.Interface) []netip.Addr {
	list, err := i.Addrs()
	if err != nil {
		return nil
	}
	var out []netip.Addr
	for _, a := range list {
		n, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		ip, ok := netip.AddrFromSlice(n.IP)
		if ip = ip.Unmap(); ok && !ip.IsLoopback() && !ip.IsUnspecified() {
			out = append(out, ip)
		}
	}
	slices.SortFunc(out, netip.Addr.Compare)
	return out
}

// Here returns all addresses of this machine, on whatever interface; ok is
// false where the system does not tell.
func Here() (here map[netip.Addr]bool, ok bool) {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return nil, false
	}
	here = map[netip.Addr]bool{}
	for _, a := range list {
		if n, isNet := a.(*net.IPNet); isNet {
			if ip, valid := netip.AddrFromSlice(n.IP); valid {
				here[ip.Unmap()] = true
			}
		}
	}
	return here, true
}

// Equal reports whether nothing that matters differs.
func Equal(a, b []Link) bool {
	return slices.EqualFunc(a, b, func(x, y Link) bool {
		return x.Interface.Index == y.Interface.Index && x.Interface.Name == y.Interface.Name &&
			slices.Equal(x.Addresses, y.Addresses)
	})
}

// Watch calls changed with the links now, and again after each change, until
// ctx ends. It polls: cheap, and the same on every system.
func Watch(ctx context.Context, every time.Duration, changed func([]Link)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	last := Current()
	changed(last)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if now := Current(); !Equal(now, last) {
			last = now
			changed(now)
		}
	}
}

package discovery

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"

	"homeroll/discovery/internal/links"
	"homeroll/discovery/internal/mdns"
	"homeroll/store/media"
)

// TXT keys of the service; docs/protocol.md says what a stranger learns of them.
const (
	txtID        = "id"   // peer ID
	txtHome      = "home" // homeTag
	txtNameplate = "np"   // only while a pairing window is open
	txtName      = "name" // likewise; the friendly name
)

// maxSighted bounds the addresses kept of one device that is announced.
const maxSighted = 12

// homeTag lets members recognise each other's announcements, and tells a
// stranger no more than that two devices belong together.
func homeTag(home media.Home) string {
	sum := sha256.Sum256(append([]byte("homeroll mdns home 1\x00"), home[:]...))
	return hex.EncodeToString(sum[:4])
}

// announce brings the multicast announcement up to date.
func (h *Host) announce() {
	if h.mdns == nil {
		return
	}
	at, up := h.where()
	text := announced(h.Device(), h.Home())
	if window := h.window(); window != nil {
		text = append(text, inviting(window.Code().Nameplate(), h.nameOf(h.Device()))...)
	}
	h.mdns.Announce(mdns.Record{
		Instance:  string(h.Device()),
		Port:      at.port,
		Addresses: withoutLoopback(at.reachable(up)),
		Text:      text,
	})
}

// announced is the TXT record at all times, inviting what a pairing window adds.
func announced(d media.Device, home media.Home) []string {
	return []string{txtID + "=" + string(d), txtHome + "=" + homeTag(home)}
}

func inviting(nameplate, name string) []string {
	return []string{txtNameplate + "=" + nameplate, mdns.Fit(txtName, name)}
}

func withoutLoopback(addrs []netip.Addr) []netip.Addr {
	return slices.DeleteFunc(addrs, netip.Addr.IsLoopback)
}

// linksChanged follows the network interfaces.
func (h *Host) linksChanged(up []links.Link) {
	h.mu.Lock()
	h.up = up
	h.mu.Unlock()
	h.log.Debug("network interfaces", "up", names(up))
	h.dropStranded()
	if h.mdns != nil {
		h.announce()
		h.mdns.SetLinks(up)
	}
	h.urgeAll()
}

// dropStranded ends the connections whose own address this machine no longer
// has: nothing can arrive on them, and waiting for silence would take 15 s.
func (h *Host) dropStranded() {
	here, ok := links.Here()
	if !ok {
		return
	}
	for _, s := range h.all(func(s *session) bool { return !here[unmapped(s.conn.LocalAddr()).Addr().WithZone("")] }) {
		s.close(errStranded)
	}
}

func names(up []links.Link) []string {
	var out []string
	for _, l := range up {
		out = append(out, l.Interface.Name)
	}
	return out
}

// sight takes note of an announcement. It is a hint: dialing proves who is
// there, and the connection proves that it is alive.
func (h *Host) sight(e mdns.Entry) {
	d := media.Device(e.Text[txtID])
	if d == h.Device() || e.Port == 0 {
		return
	}
	if _, err := d.Key(); err != nil {
		return
	}
	h.mu.Lock()
	for c := range h.hunters {
		select {
		case c <- e:
		default: // the hunter has enough to look at
		}
	}
	p := h.pursuits[d]
	connected := h.live[d] != nil
	if p != nil {
		h.sighted[d] = sightedAt(e)
	}
	h.mu.Unlock()
	if p != nil && !connected {
		p.urge()
	}
}

func sightedAt(e mdns.Entry) []string {
	var out []string
	for _, a := range e.Addresses {
		if t, ok := dialable(netip.AddrPortFrom(a, uint16(e.Port)).String()); ok && len(out) < maxSighted {
			out = append(out, t.String())
		}
	}
	return out
}

// urgeAll clears the back-off of every pursuit.
func (h *Host) urgeAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range h.pursuits {
		p.urge()
	}
}

// Addresses returns the listening multiaddrs, "/ip4/…/tcp/…/p2p/…".
func (h *Host) Addresses() []string {
	at, up := h.where()
	var out []string
	for _, a := range at.reachable(up) {
		out = append(out, multiaddr(netip.AddrPortFrom(a, uint16(at.port)), h.Device()))
	}
	if len(out) == 0 { // no link is up: what it is bound to
		for _, a := range at.bound {
			out = append(out, multiaddr(netip.AddrPortFrom(a, uint16(at.port)), h.Device()))
		}
	}
	return out
}

func multiaddr(a netip.AddrPort, d media.Device) string {
	family := "ip6"
	if a.Addr().Is4() {
		family = "ip4"
	}
	host, port, _ := strings.Cut(strings.TrimPrefix(a.String(), "["), "]:")
	if family == "ip4" {
		host, port, _ = strings.Cut(a.String(), ":")
	}
	return "/" + family + "/" + host + "/tcp/" + port + "/p2p/" + string(d)
}

// Port returns the TCP port that it listens on; 0 before Run listens.
func (h *Host) Port() int {
	at, _ := h.where()
	return at.port
}

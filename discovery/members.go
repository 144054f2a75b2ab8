package discovery

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"homeroll/discovery/internal/roster"
	"homeroll/store/media"
)

// Member is a device of the home, this one included.
type Member struct {
	Device   media.Device
	Name     string
	Self     bool
	Online   bool
	Address  string    // "HOST:PORT" where it listens, as far as known, at the address of the connection or the last one; "" = never connected
	LastSeen time.Time // zero = never
	Joined   time.Time // by its admitter's clock, for display only
}

// Members returns the active members, this device first, then by name.
func (h *Host) Members() []Member {
	var out []Member
	for _, m := range h.roster.Members() {
		out = append(out, h.describe(m))
	}
	slices.SortFunc(out, func(a, b Member) int {
		if a.Self != b.Self {
			return cmp.Compare(btoi(b.Self), btoi(a.Self))
		}
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Device, b.Device))
	})
	return out
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (h *Host) describe(m roster.Member) Member {
	out := Member{Device: m.Device, Name: m.Name, Joined: m.Joined}
	h.mu.Lock()
	at, s := h.at, h.live[m.Device]
	h.mu.Unlock()
	if m.Device == h.Device() {
		out.Self, out.Online, out.LastSeen = true, true, time.Now().UTC()
		if len(at.bound) > 0 {
			out.Address = netip.AddrPortFrom(at.bound[0], uint16(at.port)).String()
		}
		return out
	}
	out.Address, out.LastSeen = h.book.last(m.Device)
	if s != nil {
		out.Online, out.Address, out.LastSeen = true, s.address(), time.Now().UTC()
	}
	return out
}

func (h *Host) nameOf(d media.Device) string {
	m, _ := h.roster.Member(d)
	return m.Name
}

// Expelled reports that this device was removed from a home by another of its
// members, and has joined none since.
func (h *Host) Expelled() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.expelled
}

// Remove removes a member: its connections end at once, and every device of
// the home that is connected hears of it now, the others when they meet one.
func (h *Host) Remove(ctx context.Context, d media.Device) error {
	if d == h.Device() {
		return fmt.Errorf("remove %s: this is the device itself; use leave", d.Short())
	}
	if err := h.roster.Remove(d); err != nil {
		return fmt.Errorf("remove device: %w", asOurs(err))
	}
	h.applyRoster()
	return nil
}

// Rename renames a member, this device or another.
func (h *Host) Rename(ctx context.Context, d media.Device, name string) error {
	if err := h.roster.Rename(d, name); err != nil {
		return fmt.Errorf("rename device: %w", asOurs(err))
	}
	h.applyRoster()
	return nil
}

// Connect remembers an address of a member, HOST[:PORT], and dials it now. The
// address is kept also if nothing answers there yet, which is ErrUnreachable.
func (h *Host) Connect(ctx context.Context, d media.Device, addr string) error {
	if d == h.Device() || !h.isMember(d) {
		return fmt.Errorf("connect %s: %w", d.Short(), ErrNotMember)
	}
	full, err := HostPort(addr, DefaultPort)
	if err != nil {
		return err
	}
	h.book.give(d, full)
	if err := h.book.save(); err != nil {
		return err
	}
	h.mu.Lock()
	p := h.pursuits[d]
	h.mu.Unlock()
	if p == nil {
		return nil // remembered for when the host runs
	}
	p.urge()
	ctx, cancel := context.WithTimeout(ctx, connectWait)
	defer cancel()
	if err := h.awaitLive(ctx, d); err != nil {
		return fmt.Errorf("connect %s at %s: %w; the address is remembered and tried again", d.Short(), full, err)
	}
	return nil
}

// connectWait is how long Connect waits for the device to answer: politeness,
// one attempt and a retry.
const connectWait = politeness + dialTimeout + 2*lastRetry

// awaitLive waits for a connection to the device.
func (h *Host) awaitLive(ctx context.Context, d media.Device) error {
	for {
		changed := h.Changed()
		h.mu.Lock()
		s := h.live[d]
		h.mu.Unlock()
		if s != nil {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ErrUnreachable
		}
	}
}

// Setting and SetSetting read and write a value that the whole home shares ("copies.wanted").
func (h *Host) Setting(key string) (string, bool) { return h.roster.Get(key) }

// SetSetting tells every device of the home.
func (h *Host) SetSetting(ctx context.Context, key, value string) error {
	if err := h.roster.Set(key, value); err != nil {
		return fmt.Errorf("set %s: %w", key, asOurs(err))
	}
	h.applyRoster()
	return nil
}

// Leave leaves the home; this device founds a new one of its own. Nothing is
// deleted. Members that are connected hear of it now; the error is ErrAlone if
// there are no others.
func (h *Host) Leave(ctx context.Context) error {
	if len(h.roster.Members()) < 2 {
		return ErrAlone
	}
	name := h.nameOf(h.Device())
	h.setLeaving(true)
	defer h.setLeaving(false)
	if err := h.roster.Leave(); err != nil {
		return fmt.Errorf("leave home: %w", err)
	}
	h.farewell(ctx)
	h.rosterMu.Lock()
	err := h.roster.Found(name)
	h.rosterMu.Unlock()
	if err != nil {
		return fmt.Errorf("found a home of one: %w", err)
	}
	h.applyRoster()
	return nil
}

func (h *Host) setLeaving(on bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.leaving = on
}

package discovery

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"homeroll/store/media"
)

const (
	bookFile = "addresses.json"
	// maxRemembered and maxGiven bound the addresses kept of one device.
	maxRemembered = 12
	maxGiven      = 8
	// maxBookDevices bounds the devices in the book.
	maxBookDevices = 256
)

// addressBook remembers where members were reached and when they were last
// seen, in the state directory. Losing it costs nothing but time, so a damaged
// one is replaced. Safe for concurrent use.
type addressBook struct {
	path string
	log  *slog.Logger

	mu      sync.Mutex
	devices map[media.Device]*bookEntry
	dirty   bool
}

type bookEntry struct {
	Given    []string  `json:"given,omitempty"`   // "HOST:PORT" that a person typed
	Worked   []string  `json:"worked,omitempty"`  // "IP:PORT" that answered, newest first
	Claimed  []string  `json:"claimed,omitempty"` // "IP:PORT" that the device says it listens on
	LastSeen time.Time `json:"lastSeen,omitzero"` // a connection was alive
	Address  string    `json:"address,omitempty"` // of that connection
}

func openAddressBook(state string, log *slog.Logger) *addressBook {
	b := &addressBook{path: filepath.Join(state, bookFile), log: log, devices: map[media.Device]*bookEntry{}}
	data, err := os.ReadFile(b.path)
	if err == nil {
		err = json.Unmarshal(data, &b.devices)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		log.Warn("remembered addresses are unreadable; starting without", "path", b.path, "err", err)
	}
	for d, e := range b.devices {
		if e == nil {
			delete(b.devices, d)
		}
	}
	if b.devices == nil {
		b.devices = map[media.Device]*bookEntry{}
	}
	return b
}

// entryLocked returns the device's entry, made if there is room for it.
func (b *addressBook) entryLocked(d media.Device) *bookEntry {
	e := b.devices[d]
	if e == nil {
		e = &bookEntry{}
		if len(b.devices) < maxBookDevices {
			b.devices[d] = e
		}
	}
	b.dirty = true
	return e
}

// give remembers an address that a person typed.
func (b *addressBook) give(d media.Device, addr string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.entryLocked(d)
	e.Given = front(e.Given, addr, maxGiven)
}

// worked remembers an address on which the device answered a dial.
func (b *addressBook) worked(d media.Device, addr string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.entryLocked(d)
	e.Worked = front(e.Worked, addr, maxRemembered)
}

// claims replaces the addresses that the device says it listens on.
func (b *addressBook) claims(d media.Device, addrs []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.entryLocked(d)
	if !slices.Equal(e.Claimed, addrs) {
		e.Claimed = addrs[:min(len(addrs), maxRemembered)]
	}
}

// seen notes a live connection.
func (b *addressBook) seen(d media.Device, addr string, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.entryLocked(d)
	e.Address, e.LastSeen = addr, at.UTC().Truncate(time.Second)
}

// last returns the address and time of the last connection.
func (b *addressBook) last(d media.Device) (string, time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.devices[d]; e != nil {
		return e.Address, e.LastSeen
	}
	return "", time.Time{}
}

// of returns all addresses of the device, the likeliest first.
func (b *addressBook) of(d media.Device) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.devices[d]
	if e == nil {
		return nil
	}
	return slices.Concat(e.Given, e.Worked, e.Claimed)
}

// keepOnly forgets every device that is not in members.
func (b *addressBook) keepOnly(members map[media.Device]bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for d := range b.devices {
		if !members[d] {
			delete(b.devices, d)
			b.dirty = true
		}
	}
}

// save writes the book if it changed.
func (b *addressBook) save() error {
	b.mu.Lock()
	if !b.dirty {
		b.mu.Unlock()
		return nil
	}
	b.dirty = false
	data, err := json.MarshalIndent(b.devices, "", "  ")
	b.mu.Unlock()
	if err != nil {
		return fmt.Errorf("encode addresses: %w", err)
	}
	if err := writeDurably(b.path, data); err != nil {
		return fmt.Errorf("save addresses: %w", err)
	}
	return nil
}

// front puts s first in list, once, and keeps n.
func front(list []string, s string, n int) []string {
	out := append([]string{s}, slices.DeleteFunc(slices.Clone(list), func(x string) bool { return x == s })...)
	return out[:min(len(out), n)]
}

// dialable turns "IP:PORT" into an address worth remembering; ok is false for
// anything else.
func dialable(s string) (netip.AddrPort, bool) {
	a, err := netip.ParseAddrPort(s)
	if err != nil || a.Port() == 0 || a.Addr().IsUnspecified() || a.Addr().IsMulticast() {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()), true
}

package mdns

import (
	"bytes"
	"context"
	"log"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
)

// What the library writes to the standard log never reaches the terminal;
// what others write there does.
func TestTheLibraryIsQuiet(t *testing.T) {
	var terminal, debug bytes.Buffer
	before, flags := log.Writer(), log.Flags()
	log.SetOutput(&terminal)
	t.Cleanup(func() { log.SetOutput(before); log.SetFlags(flags) })
	level := &slog.HandlerOptions{Level: slog.LevelDebug}
	s := New(Config{Log: slog.New(slog.NewTextHandler(&debug, level)), Found: func(Entry) {}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.Run(ctx)
	for _, line := range []string{
		"[zeroconf] no suitable IPv6 interface: udp6: failed to join any of these interfaces",
		"[WARN] mdns: Failed to set multicast interface: operation not permitted",
		"[ERR] zeroconf: failed to send probe: sendto: network is unreachable",
	} {
		log.Print(line)
		if terminal.Len() > 0 {
			t.Errorf("a person reads %q", terminal.String())
		}
		if !strings.Contains(debug.String(), line) {
			t.Errorf("the log lacks %q: %s", line, debug.String())
		}
	}
	log.Print("something else")
	if !strings.HasSuffix(terminal.String(), "something else\n") {
		t.Errorf("another's line was swallowed: %q", terminal.String())
	}
}

// The marks are those of the library: it complains of an interface without
// multicast, and that is not seen.
func TestTheLibraryComplainsUnseen(t *testing.T) {
	var terminal, debug bytes.Buffer
	before := log.Writer()
	level := &slog.HandlerOptions{Level: slog.LevelDebug}
	log.SetOutput(&sieve{on: &terminal, to: slog.New(slog.NewTextHandler(&debug, level))})
	t.Cleanup(func() { log.SetOutput(before) })
	w := wanted{
		Record: Record{Instance: "12D3KooWtest", Port: 1, Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.1")}},
		ifaces: []net.Interface{{Index: 1 << 20, Name: "none0", Flags: net.FlagUp | net.FlagMulticast}},
	}
	if server, err := register(w); err == nil {
		server.Shutdown()
		t.Skip("this system joins groups on interfaces that do not exist")
	}
	if terminal.Len() > 0 || debug.Len() == 0 {
		t.Errorf("a person reads %q; the log says %q", terminal.String(), debug.String())
	}
}

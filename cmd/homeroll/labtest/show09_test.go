//go:build lab && linux

package labtest

import (
	"context"
	"math/rand/v2"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// wrong returns a code with the same nameplate and another secret.
func wrong(code string) string {
	other := map[bool]string{true: "1", false: "0"}[strings.HasSuffix(code, "0")]
	return code[:len(code)-1] + other
}

// TestWrongCode: three wrong codes lock out the address that they came from,
// and nobody else.
func TestWrongCode(t *testing.T) {
	t.Parallel()
	net, hosts := network(t, 3)
	a, b, c := hosts[0], hosts[1], hosts[2]
	for _, h := range hosts {
		h.start()
	}
	w := a.invite()
	for i := range 3 {
		code, said := c.join(wrong(w.code))
		if code != 4 {
			t.Errorf("wrong code %d: exit %d: %s", i+1, code, said)
		}
		e := w.next("attempt", 10*time.Second)
		t.Logf("h3 exits %d, %s; h1 is told: from %s: %s", code, strings.TrimSpace(said), e.From, e.Message)
		if !strings.Contains(e.From, net.addr("h3")) && !strings.Contains(e.From, "fe80") {
			t.Errorf("h1 names %q as the source, it is %s", e.From, net.addr("h3"))
		}
	}
	code, said := c.join(w.code)
	if code != 4 {
		t.Errorf("locked out, with the right code: exit %d: %s", code, said)
	}
	t.Logf("h3, locked out, with the right code: exit %d, %s", code, strings.TrimSpace(said))
	if code, said := b.join(w.code); code != 0 {
		t.Fatalf("h2 with the right code: exit %d: %s", code, said)
	}
	if code, _ := w.end(20 * time.Second); code != 0 {
		t.Errorf("h1: pair: exit %d", code)
	}
	for _, h := range []*host{a, b} {
		if s := h.status(); len(s.Peers) != 1 {
			t.Errorf("%s: peers %+v", h.name, s.Peers)
		}
	}
	if s := c.status(); len(s.Peers) != 0 {
		t.Errorf("h3 was admitted: %+v", s.Peers)
	}

	used, said := c.join(w.code)
	if used != 4 && used != 5 {
		t.Errorf("a code that was used: exit %d: %s", used, said)
	}
	again := a.invite()
	if code, said := b.join(again.code); code == 0 {
		t.Errorf("a member joins again: exit %d: %s", code, said)
	} else {
		t.Logf("a member that joins again: exit %d, %s", code, strings.TrimSpace(said))
	}
	if code := again.interrupt(); code != 130 {
		t.Errorf("pair, interrupted: exit %d", code)
	}
	if code, said := c.join(again.code); code != 4 && code != 5 {
		t.Errorf("the code of a closed window: exit %d: %s", code, said)
	} else {
		t.Logf("the code of a closed window: exit %d, %s", code, strings.TrimSpace(said))
	}
}

// TestTwoWindows: two pairs of devices pair at once on one network.
func TestTwoWindows(t *testing.T) {
	t.Parallel()
	_, hosts := network(t, 4)
	for _, h := range hosts {
		h.start()
	}
	w1, w2 := hosts[0].invite(), hosts[1].invite()
	if w1.code[:2] == w2.code[:2] {
		t.Fatalf("two windows with one nameplate: %s, %s", w1.code, w2.code)
	}
	var wg sync.WaitGroup
	for i, w := range []*window{w1, w2} {
		wg.Go(func() {
			out, err := hosts[2+i].command(context.Background(), "pair", "--json", w.code).CombinedOutput()
			if err != nil {
				t.Errorf("%s joins %s: %v: %s", hosts[2+i].name, w.host.name, err, out)
			}
		})
	}
	wg.Wait()
	for i, w := range []*window{w1, w2} {
		if code, _ := w.end(20 * time.Second); code != 0 {
			t.Errorf("%s: pair: exit %d", w.host.name, code)
		}
		for _, h := range []*host{w.host, hosts[2+i]} {
			h.await("connected to its one peer", 20*time.Second, func(s *status) bool { return len(s.Peers) == 1 && s.online() == 1 })
		}
		if p := w.host.status().Peers[0]; p.Name != hosts[2+i].name {
			t.Errorf("%s paired with %s", w.host.name, p.Name)
		}
	}
	t.Logf("h1 with h3 (%s), h2 with h4 (%s), at once", w1.code, w2.code)
	// Each device is in a home with another now, so it can join no third.
	w := hosts[0].invite()
	code, said := hosts[1].join(w.code)
	if code == 0 {
		t.Errorf("a device of another home joins: %s", said)
	}
	t.Logf("a device of another home: exit %d, %s", code, strings.TrimSpace(said))
	w.interrupt()
}

// TestGuessing: many devices guess at once, and drop their connections in the
// middle; the window takes 30 guesses at most and then locks.
func TestGuessing(t *testing.T) {
	t.Parallel()
	const attackers, each = 10, 10
	_, hosts := network(t, 2+attackers)
	a, b := hosts[0], hosts[1]
	a.start()
	b.start()
	for _, h := range hosts[2:] {
		h.start("--listen", ":0")
	}
	w := a.invite()
	var wg sync.WaitGroup
	for i, h := range hosts[2:] {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(9, uint64(i)))
			for range each {
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(50+random.IntN(2000))*time.Millisecond)
				_ = h.command(ctx, "pair", "--json", wrong(w.code)).Run()
				cancel()
			}
		})
	}
	wg.Wait()
	// Those that were cut off count; whatever is left of the 30 is used up now.
	for _, h := range hosts[2:] {
		for range 3 {
			if w.open() {
				h.join(wrong(w.code))
			}
		}
	}
	code, events := w.end(30 * time.Second)
	guesses := 0
	for _, e := range events {
		if e.Type == "attempt" {
			guesses++
		}
	}
	t.Logf("%d exchanges from %d devices, begun and dropped: h1 reports %d attempts, the window ends with exit %d: %s",
		attackers*each, attackers, guesses, code, strings.TrimSpace(w.stderr.String()))
	if code != 4 {
		t.Errorf("h1: pair: exit %d, want the window locked (4)", code)
	}
	if guesses > 30 {
		t.Errorf("%d guesses were taken", guesses)
	}
	if code, said := b.join(w.code); code != 4 && code != 5 {
		t.Errorf("the locked window's right code: exit %d: %s", code, said)
	}
	for _, h := range hosts {
		if s := h.status(); len(s.Peers) != 0 {
			t.Errorf("%s has peers: %+v", h.name, s.Peers)
		}
	}
	pair(t, a, b) // a new window works
}

// TestAddressInstead: where multicast is blocked, an address does.
func TestAddressInstead(t *testing.T) {
	t.Parallel()
	net, hosts := network(t, 2)
	a, b := hosts[0], hosts[1]
	for _, h := range hosts {
		out, err := exec.Command("ip", "netns", "exec", net.namespace(h.name), "nft",
			"add table inet mute; add chain inet mute in { type filter hook input priority 0; }; add rule inet mute in udp dport 5353 drop").CombinedOutput()
		if err != nil {
			t.Fatalf("block multicast: %v: %s", err, out)
		}
	}
	folder := a.copyCorpus("takeout")
	a.start(folder)
	b.start()
	w := a.invite()
	if code, said := b.join(w.code); code != 5 {
		t.Errorf("without multicast or address: exit %d: %s", code, said)
	} else {
		t.Logf("without multicast or address: exit 5, %s", strings.TrimSpace(said))
	}
	out, errs, code := b.try("pair", "--json", w.code, "--at", net.addr("h1"))
	if code != 0 {
		t.Fatalf("with the address: exit %d: %s%s", code, out, errs)
	}
	w.end(20 * time.Second)
	awaitComplete(60*time.Second, a, b)
	b.stop()
	b.start()
	t.Logf("without multicast: connected again %v after a restart", b.await("connected", recovery, connected).Round(time.Millisecond))
}

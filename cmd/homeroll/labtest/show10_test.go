//go:build lab && linux

package labtest

import (
	"path/filepath"
	"testing"
	"time"
)

// TestRemoval: a removed device and whoever it admits meanwhile are out
// everywhere, and what they hold counts for nothing.
func TestRemoval(t *testing.T) {
	t.Parallel()
	net, hosts := network(t, 4)
	a, b, c, stranger := hosts[0], hosts[1], hosts[2], hosts[3]
	folder := a.copyCorpus("phone-a")
	a.start(folder)
	b.start()
	c.start()
	pair(t, a, b)
	pair(t, a, c)
	all := awaitComplete(90*time.Second, a, b, c)
	items := a.status().Library.Items
	threeHolders := func(s *status) bool { return len(s.Copies.ByHolders) > 3 && s.Copies.ByHolders[3] == items }
	a.await("aware of three holders", 30*time.Second, threeHolders)
	t.Logf("three devices hold %d items after %v", items, all.Round(time.Millisecond))

	b.stop()
	net.do(t, "block", "h1", "h3")
	net.do(t, "block", "h1", "h4")
	a.must("devices", "remove", "h3", "--yes")
	two := func(s *status) bool {
		return len(s.Copies.ByHolders) > 2 && s.Copies.ByHolders[2] == items && len(s.Peers) == 1
	}
	t.Logf("h3's holdings stop counting on h1 in %v", a.await("without h3's holdings", 5*time.Second, two).Round(time.Millisecond))

	// h3 does not know, and lets a stranger in.
	stranger.start(stranger.copyCorpus("takeout"))
	pair(t, c, stranger)
	stranger.await("a member, as it thinks", 30*time.Second, func(s *status) bool { return len(s.Peers) >= 1 && s.online() >= 1 })
	before := stranger.status()
	t.Logf("the stranger: %d peers, %d items known, %d held for others", len(before.Peers), before.items(), before.Vault.Items)

	// h2 hears of the removal before it meets those who are out: as long as it knows nothing of it, they are members to it.
	net.do(t, "block", "h2", "h3")
	net.do(t, "block", "h2", "h4")
	b.start()
	b.await("aware of the removal", 30*time.Second, two)
	net.do(t, "unblock")
	start := time.Now()
	for _, h := range []*host{a, b} {
		h.await("with one peer, the two devices that stay", 30*time.Second, func(s *status) bool {
			return len(s.Peers) == 1 && s.online() == 1 && two(s)
		})
	}
	t.Logf("h1 and h2 are a home of two %v after all met", time.Since(start).Round(time.Millisecond))
	for _, h := range []*host{c, stranger} {
		took := h.await("aware that it is out", 60*time.Second, func(s *status) bool {
			for _, p := range s.Peers {
				if p.Name == a.name || p.Name == b.name {
					return false
				}
			}
			return true
		})
		s := h.status()
		t.Logf("%s knows after %v: %q, %s; %d peers", h.name, took.Round(time.Millisecond), s.State, s.Reason, len(s.Peers))
	}

	a.put(filepath.Join(folder, "after.jpg"), jpeg(300_000, 5), time.Now())
	if _, ok := eventually(20*time.Second, 100*time.Millisecond, func() bool {
		return exists(filepath.Join(b.vault(), a.name, "phone-a", "after.jpg"))
	}); !ok {
		t.Fatal("a new picture does not reach h2")
	}
	awaitComplete(30*time.Second, a, b)
	for _, h := range []*host{c, stranger} {
		if exists(filepath.Join(h.vault(), a.name, "phone-a", "after.jpg")) {
			t.Errorf("%s got a picture after the removal", h.name)
		}
	}
	for _, h := range []*host{a, b} {
		if exists(filepath.Join(h.vault(), stranger.name)) {
			t.Errorf("%s took the stranger's pictures", h.name)
		}
	}
	// Nothing is deleted: what h3 held stays on its disk.
	if n := len(snapshot(t, filepath.Join(c.vault(), a.name, "phone-a"))); int64(n) < items {
		t.Errorf("h3 has %d files left of %d items", n, items)
	}
}

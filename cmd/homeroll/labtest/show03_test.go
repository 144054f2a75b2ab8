//go:build lab && linux

package labtest

import (
	"path/filepath"
	"testing"
	"time"
)

// TestThirdDevice: a device that paired with one member is a member for the
// others, too, who have never heard of it.
func TestThirdDevice(t *testing.T) {
	t.Parallel()
	net, hosts := network(t, 3)
	a, b, c := hosts[0], hosts[1], hosts[2]
	fromA, fromB := a.copyCorpus("phone-a"), b.copyCorpus("phone-b")
	a.start(fromA)
	b.start(fromB)
	pair(t, a, b)
	t.Logf("two devices complete in %v", awaitComplete(60*time.Second, a, b).Round(time.Millisecond))

	// h1 must not hear of h3 until h2 is gone.
	net.do(t, "block", "h1", "h2")
	net.do(t, "block", "h1", "h3")
	own := c.copyCorpus("takeout")
	c.start(own)
	pair(t, b, c)
	c.await("aware of two devices", 20*time.Second, func(s *status) bool { return len(s.Peers) == 2 })
	net.do(t, "cut", "h2")
	for _, p := range a.status().Peers {
		if p.Name == c.name {
			t.Fatalf("h1 knows h3 already, so nothing would be shown")
		}
	}
	net.do(t, "unblock")
	start := time.Now()
	a.await("joined by h3", 40*time.Second, func(s *status) bool {
		for _, p := range s.Peers {
			if p.Name == c.name && p.Online {
				return true
			}
		}
		return false
	})
	t.Logf("h1 admitted h3 by its chain in %v", time.Since(start).Round(time.Millisecond))
	t.Logf("both complete in %v", awaitComplete(90*time.Second, c, a).Round(time.Millisecond))
	sameCopies(t, fromA, filepath.Join(c.vault(), a.name, filepath.Base(fromA)))
	sameCopies(t, fromB, filepath.Join(c.vault(), b.name, filepath.Base(fromB)))
	sameCopies(t, own, filepath.Join(a.vault(), c.name, filepath.Base(own)))
	c.await("aware that h2 is off", 20*time.Second, func(s *status) bool {
		for _, p := range s.Peers {
			if p.Name == b.name && !p.Online {
				return true
			}
		}
		return false
	})
}

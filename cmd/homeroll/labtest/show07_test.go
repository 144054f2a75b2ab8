//go:build lab && linux

package labtest

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

const recovery = 20 * time.Second // that each fault may outlive its cause

func connected(s *status) bool { return s.online() == 1 }

// TestPartition: a network that is silently cut in the middle of a transfer.
func TestPartition(t *testing.T) {
	t.Parallel()
	cuts := []time.Duration{time.Minute}
	if full {
		cuts = append(cuts, 10*time.Minute)
	}
	for _, cut := range cuts {
		t.Run(cut.String(), func(t *testing.T) { partition(t, cut) })
	}
}

func partition(t *testing.T, cut time.Duration) {
	net, hosts := network(t, 2)
	a, b := hosts[0], hosts[1]
	total := int64(800 << 20)
	folder := a.library(a.path("Pictures"), total, 200)
	net.do(t, "netem", "h1", "rate=200")
	a.start(folder)
	b.start()
	pair(t, a, b)
	b.await("in the middle of the transfer", 60*time.Second, func(s *status) bool { return s.Vault.Bytes > total/8 })
	net.do(t, "block", "h1", "h2")
	blocked := time.Now()
	noticed := b.await("offline", 40*time.Second, func(s *status) bool { return s.online() == 0 })
	t.Logf("h2 noticed the silence after %v", noticed.Round(time.Millisecond))
	if s := b.status(); s.State != "waiting" && s.State != "backing-up" {
		t.Errorf("cut off, h2 is %q (%s)", s.State, s.Reason)
	}
	<-time.After(cut - time.Since(blocked))
	in, _ := net.wire(t, "h2")
	net.do(t, "unblock")
	took, ok := eventually(recovery, 50*time.Millisecond, func() bool {
		now, _ := net.wire(t, "h2")
		return now-in > 4<<20
	})
	if !ok {
		t.Fatalf("no transfer %v after the end of a cut of %v", recovery, cut)
	}
	t.Logf("after %v of silence, bytes flow again in %v", cut, took.Round(time.Millisecond))
	t.Logf("complete %v later", awaitComplete(3*time.Minute, b, a).Round(time.Second))
	sameCopies(t, folder, filepath.Join(b.vault(), a.name, "Pictures"))
}

// TestNewInterface: an interface that appears while the node runs is used.
func TestNewInterface(t *testing.T) {
	t.Parallel()
	net, hosts := network(t, 2)
	a, b := hosts[0], hosts[1]
	folder := a.copyCorpus("phone-a")
	a.start(folder)
	b.start()
	pair(t, a, b)
	awaitComplete(60*time.Second, a, b)

	net.do(t, "cut", "h1")
	a.await("offline", 40*time.Second, func(s *status) bool { return s.online() == 0 })
	b.await("offline", 40*time.Second, func(s *status) bool { return s.online() == 0 })
	a.put(filepath.Join(folder, "new.jpg"), jpeg(100_000, 3), time.Now())
	net.do(t, "addif", "h1")
	net.do(t, "addif", "h2")
	start := time.Now()
	for _, h := range hosts {
		h.await("connected over the new interface", recovery, connected)
	}
	t.Logf("connected over new interfaces in %v", time.Since(start).Round(time.Millisecond))
	if addr := b.status().Peers[0].Address; addr == nil {
		t.Errorf("h2 does not say where h1 is")
	} else {
		t.Logf("h1 is at %s", *addr)
	}
	awaitComplete(30*time.Second, b, a)
	sameCopies(t, folder, filepath.Join(b.vault(), a.name, "phone-a"))

	// And back: the new one goes, the old one comes.
	net.do(t, "delif", "h1", "eth1")
	net.do(t, "join", "h1")
	start = time.Now()
	a.put(filepath.Join(folder, "newer.jpg"), jpeg(100_000, 4), time.Now())
	_, ok := eventually(recovery+15*time.Second, 200*time.Millisecond, func() bool {
		return exists(filepath.Join(b.vault(), a.name, "phone-a", "newer.jpg"))
	})
	if !ok {
		t.Fatalf("nothing arrives after the interfaces changed places")
	}
	t.Logf("over the first interface again, with a new picture, in %v", time.Since(start).Round(time.Millisecond))
}

// TestNoLinkAtStart: a node that starts without any network finds its home
// when there is one.
func TestNoLinkAtStart(t *testing.T) {
	t.Parallel()
	net, hosts := network(t, 2)
	a, b := hosts[0], hosts[1]
	folder := a.copyCorpus("phone-a")
	a.start(folder)
	b.start()
	pair(t, a, b)
	awaitComplete(60*time.Second, a, b)
	b.stop()
	net.do(t, "ifdown", "h2", "eth0")
	net.do(t, "ifdown", "h2", "lo")
	b.start()
	a.put(filepath.Join(folder, "new.jpg"), jpeg(100_000, 3), time.Now())
	if s := b.status(); s.online() != 0 {
		t.Fatalf("h2 has no link and says that it is connected")
	}
	net.do(t, "ifup", "h2", "lo")
	net.do(t, "ifup", "h2", "eth0")
	t.Logf("connected %v after the links came up", b.await("connected", recovery, connected).Round(time.Millisecond))
	awaitComplete(30*time.Second, b, a)
	sameCopies(t, folder, filepath.Join(b.vault(), a.name, "phone-a"))
}

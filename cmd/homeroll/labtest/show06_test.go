//go:build lab && linux

package labtest

import (
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"
)

// TestKilled: kill -9 of either side at random moments of a large sync.
func TestKilled(t *testing.T) {
	for _, victim := range []string{"receiver", "sender"} {
		t.Run(victim, func(t *testing.T) {
			t.Parallel() // with the other alone: each measures the wire of its own hosts
			killed(t, victim == "sender")
		})
	}
}

func killed(t *testing.T, sender bool) {
	total, kills := int64(600<<20), 8
	if full {
		total, kills = 2<<30, 20
	}
	net, hosts := network(t, 2)
	a, b := hosts[0], hosts[1]
	folder := a.library(a.path("Pictures"), total, 100)
	source := snapshot(t, folder)
	// Slow enough that there is a transfer to be killed in: 20 MB/s.
	net.do(t, "netem", "h1", "rate=160")
	a.start(folder)
	b.start()
	before, _ := net.wire(t, "h2")
	pair(t, a, b)

	victim := b
	if sender {
		victim = a
	}
	random := rand.New(rand.NewPCG(6, 6))
	seen := &vaultWatch{t: t, dir: filepath.Join(b.vault(), a.name, "Pictures"), source: source, first: tree{}}
	during := 0
	pause := time.Duration(float64(total) / (20 << 20) / float64(kills) * float64(time.Second))
	for range kills {
		in, _ := net.wire(t, "h2")
		moment := time.Duration(random.Int64N(int64(pause)))
		// The moment is counted from when bytes flow, so that each kill hits the transfer.
		eventually(30*time.Second, 20*time.Millisecond, func() bool {
			now, _ := net.wire(t, "h2")
			return now-in > 2<<20 || b.status().State == "complete"
		})
		<-time.After(moment)
		if len(seen.first) < len(source) {
			during++
		}
		victim.kill()
		seen.check()
		victim.start()
	}
	took := awaitComplete(10*time.Minute, b, a)
	after, _ := net.wire(t, "h2")
	seen.check()
	if sameCopies(t, folder, seen.dir) != len(source) {
		t.Errorf("not every file was compared")
	}
	again := after - before - total
	t.Logf("%d kills, %d of them before the last file was there; complete %v after the last; %d files, %d MiB; %d MiB on the wire more than that, %.1f a kill (headers included)",
		kills, during, took.Round(time.Second), len(source), total>>20, again>>20, float64(again)/float64(kills)/(1<<20))
	if again > int64(kills)*64<<20 {
		t.Errorf("%d bytes were sent again", again)
	}
	if during < kills*3/4 {
		t.Errorf("only %d of %d kills hit the transfer", during, kills)
	}
	untouched(t, folder, source)
}

// vaultWatch checks a growing vault: whatever has its final name is whole,
// and is never written again.
type vaultWatch struct {
	t      *testing.T
	dir    string
	source tree
	first  tree // as each file was when it was first seen
}

func (v *vaultWatch) check() {
	v.t.Helper()
	if !exists(v.dir) {
		return
	}
	fresh := 0
	for p, f := range snapshot(v.t, v.dir) {
		if f.sum != v.source[p].sum {
			v.t.Errorf("%s: %d of %d bytes under its final name, or other ones", p, f.size, v.source[p].size)
		}
		old, seen := v.first[p]
		if !seen {
			v.first[p] = f
			fresh++
		} else if old.inode != f.inode {
			v.t.Errorf("%s: was whole in the vault, and was received again", p)
		}
	}
	v.t.Logf("vault has %d whole files, %d more than before", len(v.first), fresh)
}

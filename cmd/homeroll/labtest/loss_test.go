//go:build lab && linux

package labtest

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestLossAndDelay: over a bad link a video comes nearly as fast as a plain TCP
// stream of as many bytes, by turns, the same frames of each being lost.
func TestLossAndDelay(t *testing.T) {
	size, rounds, bar := int64(16<<20), 1, 0.7
	if full {
		size, rounds, bar = 64<<20, 5, 0.85
	}
	net, hosts := network(t, 2)
	net.seedLoss(t)
	// Loss-based control takes the loss for a narrow link, of a megabit a second.
	const control = "bbr"
	for _, h := range hosts {
		h.congest(control)
	}
	ratio := overLoss(t, net, hosts[0], hosts[1], size, rounds)
	t.Logf("%s, 20 Mbit/s, each way 40 ms and 2 %% lost: %.2f of the speed of plain TCP", control, ratio)
	if ratio < bar {
		t.Errorf("%.2f of the speed of plain TCP, want %.2f", ratio, bar)
	}
}

// overLoss returns how fast videos come over a bad link in parts of the speed of
// plain TCP: of the medians of some rounds.
func overLoss(t *testing.T, net *lab, a, b *host, size int64, rounds int) float64 {
	t.Helper()
	worsen := func(seed int) {
		net.seed(seed)
		net.do(t, "netem", b.name, "delay=40ms", "loss=2", "rate=20")
	}
	worsen(0) // before they meet, so that their connection knows nothing better
	folder := a.mkdir(a.path("Pictures"))
	a.start(folder)
	b.start()
	pair(t, a, b)
	awaitComplete(time.Minute, a, b)
	var ours, plain []time.Duration
	for round := range rounds {
		name := fmt.Sprintf("video-%d.mp4", round)
		b.must("pause")
		a.video(filepath.Join(folder, name), size, uint64(round))
		b.await("aware of the video", time.Minute, func(s *status) bool { return s.Incoming.Items != nil && *s.Incoming.Items == 1 })
		worsen(round + 1)
		ours = append(ours, b.resumed(filepath.Join(b.vault(), a.name, "Pictures", name)))
		worsen(round + 1)
		plain = append(plain, plainStream(t, a, b, size))
		t.Logf("%d MiB: homeroll %.2f s (%s), plain TCP %.2f s (%s)", size>>20,
			ours[round].Seconds(), mbits(size, ours[round]), plain[round].Seconds(), mbits(size, plain[round]))
		awaitComplete(time.Minute, a, b)
	}
	slices.Sort(ours)
	slices.Sort(plain)
	return plain[rounds/2].Seconds() / ours[rounds/2].Seconds()
}

// resumed ends a pause and returns how long a file then takes to come.
func (h *host) resumed(path string) time.Duration {
	h.t.Helper()
	start := time.Now()
	h.must("resume")
	if _, ok := eventually(20*time.Minute, 5*time.Millisecond, func() bool { return exists(path) }); !ok {
		h.t.Fatalf("%s: %s has not come", h.name, path)
	}
	return time.Since(start)
}

func mbits(bytes int64, took time.Duration) string {
	return fmt.Sprintf("%.1f Mbit/s", float64(bytes)*8/1e6/took.Seconds())
}

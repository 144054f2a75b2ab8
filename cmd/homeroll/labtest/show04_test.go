//go:build lab && linux

package labtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestNewPicture: a new picture is durable on the other device within seconds,
// on an idle link and while a large transfer fills it.
func TestNewPicture(t *testing.T) {
	net, hosts := network(t, 2)
	a, b := hosts[0], hosts[1]
	folder := a.copyCorpus("phone-a")
	big := a.mkdir(a.path("big"))
	a.start(folder, big)
	b.start()
	pair(t, a, b)
	awaitComplete(60*time.Second, a, b)

	fresh := freshPictures(t, 40)
	measure := func(what string, pictures []corpusFile) {
		var durable, known []time.Duration
		for i, p := range pictures {
			d, k := newPicture(t, a, b, folder, fmt.Sprintf("%s-%d%s", what, i, filepath.Ext(p.Path)), p)
			durable, known = append(durable, d), append(known, k)
		}
		t.Logf("%s link, %d pictures: durable on h2 median %v, p95 %v; record on h2 after h1 median %v, p95 %v", what, len(durable),
			quantile(durable, 0.5), quantile(durable, 0.95), quantile(known, 0.5), quantile(known, 0.95))
		if quantile(durable, 0.5) > 3*time.Second || quantile(durable, 0.95) > 6*time.Second {
			t.Errorf("%s link: durable too late: %v", what, durable)
		}
		if quantile(known, 0.95) > 200*time.Millisecond {
			t.Errorf("%s link: records too late: %v", what, known)
		}
	}
	measure("idle", fresh[:20])

	size, rate := int64(1<<30), "rate=200"
	if full {
		size, rate = 4<<30, "rate=400"
	}
	net.do(t, "netem", "h1", rate)
	a.video(filepath.Join(big, "holiday.mp4"), size, 7)
	b.await("receiving", 120*time.Second, func(s *status) bool { return s.Incoming.BytesPerSecond > 10<<20 })
	in, _ := net.wire(t, "h2")
	start := time.Now()
	measure("saturated", fresh[20:])
	after, _ := net.wire(t, "h2")
	t.Logf("meanwhile the link carried %.0f Mbit/s, %s", float64(after-in)*8/1e6/time.Since(start).Seconds(), rate)
	if s := b.status(); s.Incoming.Items == nil || *s.Incoming.Items == 0 {
		t.Errorf("the large transfer ended before the measurement did, so the link was not saturated: %+v", s.Incoming)
	}
	net.do(t, "netem", "h1", "clear")
	t.Logf("the rest of %d MiB arrived in %v", size>>20, awaitComplete(5*time.Minute, b).Round(time.Millisecond))
	sameCopies(t, big, filepath.Join(b.vault(), a.name, "big"))
}

// freshPictures returns pictures of the corpus that the test's folder does not
// hold, each with its own content.
func freshPictures(t *testing.T, n int) []corpusFile {
	t.Helper()
	var out []corpusFile
	seen := map[string]bool{}
	for _, f := range corpusFiles(t) {
		if strings.HasPrefix(f.Path, "phone-a/") {
			seen[f.BLAKE3] = true
		}
	}
	for _, f := range corpusFiles(t) {
		if strings.HasPrefix(f.Path, "camera-sd/") && strings.HasSuffix(f.Path, ".JPG") && !seen[f.BLAKE3] && len(out) < n {
			seen[f.BLAKE3] = true
			out = append(out, f)
		}
	}
	if len(out) < n {
		t.Fatalf("corpus has %d such pictures, want %d", len(out), n)
	}
	return out
}

// newPicture copies a picture into a folder of a's and measures how long until
// b has it recorded as its own, and how long after a did b learn of it.
func newPicture(t *testing.T, a, b *host, folder, name string, p corpusFile) (durable, known time.Duration) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(world.corpus, p.Path))
	if err != nil {
		t.Fatal(err)
	}
	type answer struct{ known, held time.Time }
	follow := func(h *host, out chan<- answer) {
		client := h.socket()
		var seen answer
		eventually(30*time.Second, 5*time.Millisecond, func() bool {
			c := peek(client, p.BLAKE3)
			if c != nil && seen.known.IsZero() {
				seen.known = time.Now()
			}
			if c != nil && c.heldHere() {
				seen.held = time.Now()
			}
			return !seen.held.IsZero()
		})
		out <- seen
	}
	onA, onB := make(chan answer, 1), make(chan answer, 1)
	go follow(a, onA)
	go follow(b, onB)
	a.put(filepath.Join(folder, name), data, time.Now())
	start := time.Now()
	first, second := <-onA, <-onB
	if first.known.IsZero() || second.held.IsZero() {
		t.Fatalf("%s: not on h2 after 30 s", name)
	}
	if sum(t, filepath.Join(b.vault(), a.name, filepath.Base(folder), name)) != sum(t, filepath.Join(folder, name)) {
		t.Errorf("%s: other bytes on h2", name)
	}
	return second.held.Sub(start), max(0, second.known.Sub(first.known))
}

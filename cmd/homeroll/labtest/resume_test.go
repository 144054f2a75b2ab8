//go:build lab && linux

package labtest

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestVideoThroughKills: receiver and sender of one large video are killed in turn,
// and next to nothing of it travels twice: bytes on the wire beyond those that the same
// many cost when nobody is killed.
func TestVideoThroughKills(t *testing.T) {
	size, whole, kills := int64(300_000_000), int64(60_000_000), 6
	if full {
		size, whole, kills = 10_000_000_000, 500_000_000, 10
	}
	net, hosts := network(t, 2)
	for size > free(t, world.scratch)/4 { // it is there twice, and others need room
		size /= 2
	}
	a, b := hosts[0], hosts[1]
	folder := a.mkdir(a.path("Pictures"))
	a.start(folder)
	b.start()
	pair(t, a, b)
	awaitComplete(time.Minute, a, b)

	c := &crossing{t: t, net: net, from: a, to: b, folder: folder}
	c.offer("undisturbed.mp4", whole)
	c.resume()
	c.arrive()
	each := float64(c.crossed()) / float64(whole)
	t.Logf("undisturbed: %d bytes on the wire for %d, %.4f each", c.crossed(), whole, each)

	c.offer("killed.mp4", size)
	c.resume()
	start := time.Now()
	for k := range kills {
		c.await(int64(float64(size) * each * float64(k+1) / float64(kills+1)))
		victim := []*host{b, a}[k%2]
		at := c.crossed()
		victim.kill()
		victim.start()
		t.Logf("%s killed after %d MB on the wire", victim.name, at/1_000_000)
	}
	c.arrive()
	again := c.crossed() - int64(float64(size)*each)
	t.Logf("%d MB with %d kills: complete after %.1f s, %.2f MB sent again, %.3f %% of it (records and handshakes included)",
		size/1_000_000, kills, time.Since(start).Seconds(), float64(again)/1e6, 100*float64(again)/float64(size))
	// What a kill costs depends on what is on its way, not on the size.
	limit := int64(kills) * 10_000_000
	if full {
		limit = size / 100
	}
	if again > limit {
		t.Errorf("%d bytes were sent again, more than %d", again, limit)
	}
}

// free returns the bytes that are free on a directory's disk.
func free(t *testing.T, dir string) int64 {
	t.Helper()
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		t.Fatal(err)
	}
	return int64(fs.Bavail) * fs.Bsize
}

// crossing is one video on its way.
type crossing struct {
	t        *testing.T
	net      *lab
	from, to *host
	folder   string
	name     string
	began    int64 // what the receiver's interface had counted
}

// offer makes a video that the receiver knows of and may not fetch yet.
func (c *crossing) offer(name string, size int64) {
	c.t.Helper()
	c.name = name
	c.to.must("pause")
	made := c.from.path(name) // elsewhere: nobody reads it before it is whole
	c.from.video(made, size, uint64(size))
	rename(c.t, made, filepath.Join(c.folder, name))
	c.to.await("aware of the video", 5*time.Minute, func(s *status) bool { return s.Incoming.Items != nil && *s.Incoming.Items == 1 })
}

func (c *crossing) resume() {
	c.t.Helper()
	c.began, _ = c.net.wire(c.t, c.to.name)
	c.to.must("resume")
}

// crossed returns the bytes that have come to the receiver since it resumed.
func (c *crossing) crossed() int64 {
	c.t.Helper()
	now, _ := c.net.wire(c.t, c.to.name)
	return now - c.began
}

// await waits until so many bytes have come.
func (c *crossing) await(bytes int64) {
	c.t.Helper()
	if _, ok := eventually(5*time.Minute, time.Millisecond, func() bool { return c.crossed() >= bytes }); !ok {
		c.t.Fatalf("%d bytes have come after five minutes, not %d", c.crossed(), bytes)
	}
}

// arrive waits until the video is whole, and compares it.
func (c *crossing) arrive() {
	c.t.Helper()
	path := filepath.Join(c.to.vault(), c.from.name, filepath.Base(c.folder), c.name)
	if _, ok := eventually(10*time.Minute, 5*time.Millisecond, func() bool { return exists(path) }); !ok {
		c.t.Fatalf("%s has not come; the receiver says %+v", c.name, c.to.status())
	}
	awaitComplete(time.Minute, c.to, c.from)
	source := filepath.Join(c.folder, c.name)
	if sum(c.t, path) != sum(c.t, source) {
		c.t.Errorf("%s is not the sender's", path)
	}
	for _, h := range []*host{c.from, c.to} {
		if s := h.status(); s.ProblemCount != 0 {
			c.t.Errorf("%s has problems: %+v", h.name, s.Problems)
		}
	}
	if left, _ := os.ReadDir(filepath.Join(c.to.vault(), ".homeroll", "partial")); len(left) != 0 {
		c.t.Errorf("%s is left of what was received", left[0].Name())
	}
}

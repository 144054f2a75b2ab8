//go:build lab && linux

package labtest

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// group is the part of an item that is verified by itself.
const group = 256 << 10

// TestThreeHoldersOneLies: a video comes from all its holders at once, as fast as from
// the two good ones together, of which one is slow. The third's disk has rotted under it:
// a byte of every tenth group is another. It is named, and nothing of that is kept.
func TestThreeHoldersOneLies(t *testing.T) {
	alone, size, bar := int64(16<<20), int64(96<<20), 0.75
	if full {
		alone, size, bar = 64<<20, 512<<20, 0.9
	}
	net, hosts := network(t, 4)
	good, slow, liar, asker := hosts[0], hosts[1], hosts[2], hosts[3]
	disk := newVolumeOf(t, liar, "ext4", "Disk", 2*size)
	folders := map[*host]string{good: good.path("Pictures"), slow: slow.path("Pictures"), liar: filepath.Join(disk.point, "Pictures")}
	asker.start()
	for _, h := range hosts[:3] {
		h.mkdir(folders[h])
		h.start("--keep", "nothing", folders[h])
		pair(t, asker, h)
	}
	net.do(t, "netem", good.name, "rate=60", "delay=1ms")
	net.do(t, "netem", slow.name, "rate=20", "delay=1ms")
	net.do(t, "netem", liar.name, "rate=60", "delay=1ms")

	var together float64 // bytes a second
	for i, h := range hosts[:2] {
		name := fmt.Sprintf("of-%s.mp4", h.name)
		asker.must("pause")
		h.video(filepath.Join(folders[h], name), alone, uint64(i))
		asker.awaitWanted()
		took := asker.resumed(filepath.Join(asker.vault(), h.name, "Pictures", name))
		t.Logf("%s alone: %d MiB in %.2f s, %s", h.name, alone>>20, took.Seconds(), mbits(alone, took))
		together += float64(alone) / took.Seconds()
	}
	asker.must("pause")
	for _, h := range hosts[:3] {
		h.video(filepath.Join(folders[h], "all.mp4"), size, 3)
	}
	original := filepath.Join(folders[good], "all.mp4")
	item := asker.awaitHolders(original, good, 3)
	rotten := disk.rot(filepath.Join(folders[liar], "all.mp4"))
	t.Logf("%d of %d groups have rotted on %s", rotten, size/group, liar.name)

	// Seldom: looking takes from the machine what it is to carry.
	partial := watchPartial(asker.path("Homeroll", ".homeroll", "partial", item), original, time.Duration(size/(40<<20))*time.Second)
	took, came := asker.resumedAny("all.mp4")
	checked := partial.end(t)
	ratio := float64(size) / took.Seconds() / together
	t.Logf("all three: %d MiB in %.2f s, %s, %.2f of the sum of the good ones; looked %d times at what was half there",
		size>>20, took.Seconds(), mbits(size, took), ratio, checked)
	if ratio < bar {
		t.Errorf("%.2f of the speed of the good holders together, want %.2f", ratio, bar)
	}
	if sum(t, came) != sum(t, original) {
		t.Errorf("%s is not the original", came)
	}
	asker.namesLiar(item, liar, good, slow)
}

// awaitWanted waits until a host knows of one thing to fetch.
func (h *host) awaitWanted() {
	h.t.Helper()
	h.await("aware of the video", time.Minute, func(s *status) bool { return s.Incoming.Items != nil && *s.Incoming.Items == 1 })
}

// awaitHolders waits until a host knows that so many others hold a file of one of them,
// and returns the item's hash.
func (h *host) awaitHolders(path string, of *host, n int) (hash string) {
	h.t.Helper()
	client := h.socket()
	if _, ok := eventually(2*time.Minute, 50*time.Millisecond, func() bool {
		c := of.copies(path)
		if c == nil {
			return false
		}
		hash = c.Hash
		known := peek(client, hash)
		return known != nil && len(known.Holders) == n
	}); !ok {
		h.t.Fatalf("%s does not know %d holders of %s", h.name, n, path)
	}
	return hash
}

// resumedAny is resumed for a file that several devices name. It returns where it is.
func (h *host) resumedAny(name string) (took time.Duration, path string) {
	h.t.Helper()
	pattern := filepath.Join(h.vault(), "*", "Pictures", name)
	start := time.Now()
	h.must("resume")
	if _, ok := eventually(20*time.Minute, 10*time.Millisecond, func() bool {
		found, _ := filepath.Glob(pattern)
		if len(found) > 0 {
			path = found[0]
		}
		return path != ""
	}); !ok {
		h.t.Fatalf("%s: no %s", h.name, pattern)
	}
	return time.Since(start), path
}

// namesLiar checks what a host says of an item: of whom it came wrong, and of nobody else.
func (h *host) namesLiar(item string, liar *host, honest ...*host) {
	h.t.Helper()
	var told struct{ Problems []problem }
	h.decode(h.must("problems", "--json"), &told)
	named := false
	for _, p := range told.Problems {
		if p.Reason != "corrupt" {
			continue
		}
		h.t.Logf("problems: %s (%s)", p.Detail, p.Hint)
		named = named || p.Hash != nil && *p.Hash == item && strings.Contains(p.Detail, liar.name)
		for _, other := range honest {
			if strings.Contains(p.Detail, other.name) {
				h.t.Errorf("%s names %s: %s", h.name, other.name, p.Detail)
			}
		}
	}
	if !named {
		h.t.Errorf("%s does not name %s: %+v", h.name, liar.name, told.Problems)
	}
}

// rot changes a byte in every tenth group of a file on the disk below its filesystem,
// which hears nothing of it, and returns in how many.
func (v *volume) rot(path string) (groups int) {
	v.t.Helper()
	f, err := os.Open(path)
	if err != nil {
		v.t.Fatal(err)
	}
	defer f.Close()
	if err := f.Sync(); err != nil {
		v.t.Fatal(err)
	}
	const block = 4 << 10
	wanted := map[[16]byte]bool{} // the first bytes of the blocks to change
	info, err := f.Stat()
	if err != nil {
		v.t.Fatal(err)
	}
	for at := int64(9 * group); at+group <= info.Size(); at += 10 * group {
		var head [16]byte
		if _, err := f.ReadAt(head[:], at+17*block); err != nil {
			v.t.Fatal(err)
		}
		wanted[head] = true
	}
	image, err := os.OpenFile(v.image, os.O_RDWR, 0)
	if err != nil {
		v.t.Fatal(err)
	}
	defer image.Close()
	buf := make([]byte, 1<<20)
	for at := int64(0); ; at += int64(len(buf)) {
		n, err := io.ReadFull(image, buf)
		for b := 0; b+block <= n; b += block {
			if !wanted[[16]byte(buf[b:])] {
				continue
			}
			if _, err := image.WriteAt([]byte{buf[b+100] ^ 1}, at+int64(b)+100); err != nil {
				v.t.Fatal(err)
			}
			groups++
		}
		if err != nil {
			break
		}
	}
	if groups != len(wanted) {
		v.t.Fatalf("%d of %d blocks were found on the disk", groups, len(wanted))
	}
	v.forget(f)
	return groups
}

// forget lets the system read a file from the disk again.
func (v *volume) forget(f *os.File) {
	v.t.Helper()
	if out, err := exec.Command("dd", "if="+f.Name(), "iflag=nocache", "count=0").CombinedOutput(); err != nil {
		v.t.Fatalf("drop %s from the cache: %v: %s", f.Name(), err, out)
	}
}

// partialWatch compares what has come of a file with its original, again and again.
type partialWatch struct {
	done  chan struct{}
	ended chan error
	looks int
}

func watchPartial(partial, original string, every time.Duration) *partialWatch {
	w := &partialWatch{done: make(chan struct{}), ended: make(chan error, 1)}
	go func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-w.done:
				w.ended <- nil
				return
			case <-tick.C:
			}
			if err := w.look(partial, original); err != nil {
				w.ended <- err
				return
			}
		}
	}()
	return w
}

// look compares the blocks that are not empty.
func (w *partialWatch) look(partial, original string) error {
	p, err := os.Open(partial)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer p.Close()
	o, err := os.Open(original)
	if err != nil {
		return err
	}
	defer o.Close()
	const block = 4 << 10
	here, there, empty := make([]byte, group), make([]byte, group), make([]byte, block)
	for at := int64(0); ; at += group {
		n, err := io.ReadFull(p, here)
		if _, err := o.ReadAt(there[:n], at); err != nil {
			return err
		}
		for b := 0; b < n; b += block {
			end := min(n, b+block)
			if !bytes.Equal(here[b:end], there[b:end]) && !bytes.Equal(here[b:end], empty[:end-b]) {
				return fmt.Errorf("wrong bytes have reached the disk at %d", at+int64(b))
			}
		}
		if err != nil {
			break
		}
	}
	w.looks++
	return nil
}

// end stops looking and returns how many times something was there.
func (w *partialWatch) end(t *testing.T) int {
	t.Helper()
	close(w.done)
	if err := <-w.ended; err != nil {
		t.Error(err)
	}
	return w.looks
}

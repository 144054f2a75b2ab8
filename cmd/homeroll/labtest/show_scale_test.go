//go:build lab && linux

package labtest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// memoryCeiling is what a node may ever have in memory, in MB, at any size of a
// library up to a million items.
const memoryCeiling = 300

// TestLibraryOfManySmallFiles takes a folder through what is slow when there is much
// of it: the first scan, the first copy, a restart of either device up to complete,
// in which every file is looked at and none is read. It prints times and memory.
func TestLibraryOfManySmallFiles(t *testing.T) {
	files := 20_000
	if n, err := strconv.Atoi(os.Getenv("HOMEROLL_LAB_FILES")); err == nil {
		files = n
	} else if full {
		files = 200_000
	}
	_, hosts := network(t, 2)
	a, b := hosts[0], hosts[1]
	folder := a.mkdir(a.path("Pictures"))
	bytes := a.tinyFiles(folder, files)
	flush()

	limit := 2*time.Minute + time.Duration(files)*10*time.Millisecond
	start := time.Now()
	a.start(folder)
	a.await("scanned", limit, a.scannedAll(files))
	t.Logf("first scan of %d files, %.1f MB: %s", files, float64(bytes)/1e6, a.effortSince(start, files))
	first := a.cpu()

	b.start()
	pair(t, a, b)
	start = time.Now()
	awaitComplete(limit, a, b)
	t.Logf("copied: %s; the sender since its start %s", b.effortSince(start, files), a.memory())

	for _, h := range hosts {
		h.stop()
		start = time.Now()
		h.start()
		h.await("scanned", limit, func(s *status) bool { return h == b || h.scannedAll(files)(s) })
		scanned := h.effortSince(start, files)
		h.await("complete", limit, complete)
		t.Logf("%s restarted: scanned after %s; complete after %s", h.name, scanned, h.effortSince(start, files))
		if h == a && full && h.cpu() > first {
			t.Errorf("a scan that finds nothing new has cost %v of CPU, the first one %v", h.cpu(), first)
		}
	}
	for _, h := range hosts {
		if s := h.status(); s.Copies.Short != 0 || s.items() != int64(files) || s.ProblemCount != 0 {
			t.Errorf("%s in the end: %+v, %d problems", h.name, s.Copies, s.ProblemCount)
		}
		if used := h.peakMB(); used > memoryCeiling {
			t.Errorf("%s had %d MB in memory", h.name, used)
		}
	}
}

// scannedAll reports a library of so many items of which nothing waits.
func (h *host) scannedAll(files int) func(*status) bool {
	return func(s *status) bool {
		return s.Library.Items == int64(files) && len(s.Library.Folders) == 1 && s.Library.Folders[0].State == "watching"
	}
}

// tinyFiles fills a folder with n different pictures of 100 to 4,000 bytes, 500 in
// a directory, and returns their bytes.
func (h *host) tinyFiles(folder string, n int) (bytes int64) {
	h.t.Helper()
	random := rand.New(noise(5))
	for i := range n {
		dir := filepath.Join(folder, fmt.Sprintf("%03d", i/500))
		if i%500 == 0 {
			h.mkdir(dir)
		}
		data := jpeg(100+random.IntN(3900), random.Uint64())
		h.put(filepath.Join(dir, fmt.Sprintf("IMG_%06d.jpg", i)), data, corpusTime(i))
		bytes += int64(len(data))
	}
	return bytes
}

func (h *host) cpu() time.Duration { return cpuOf(h.t, h) }

// effortSince says what a node that was started, or asked for something, has needed.
func (h *host) effortSince(start time.Time, files int) string {
	h.t.Helper()
	took := time.Since(start)
	return fmt.Sprintf("%.1f s (%.0f files/s), since the start of the node %.1f s of CPU, %s",
		took.Seconds(), float64(files)/took.Seconds(), h.cpu().Seconds(), h.memory())
}

func (h *host) memory() string {
	h.t.Helper()
	return fmt.Sprintf("%d MB at most, %d MB read", h.peakMB(), h.proc("io", "rchar:")/1_000_000)
}

// peakMB is the most memory that the node has had.
func (h *host) peakMB() int64 { h.t.Helper(); return h.proc("status", "VmHWM:") / 1000 }

// proc returns a number that the system keeps of the node.
func (h *host) proc(file, key string) int64 {
	h.t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", h.run.Process.Pid, file))
	if err != nil {
		h.t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, key); ok {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err != nil {
				h.t.Fatal(err)
			}
			return n
		}
	}
	h.t.Fatalf("no %s in /proc/PID/%s", key, file)
	return 0
}

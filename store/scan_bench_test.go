package store

import (
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/zeebo/blake3" //nolint:depguard // the yardstick, not the product
)

// BenchmarkFirstScan compares a first scan with reading and hashing the same
// files, one after the other, on one core; the two take turns. x-plain is how
// fast the scan is beside that: on one core, too, and on all.
func BenchmarkFirstScan(b *testing.B) {
	for _, c := range []struct {
		name     string
		files    int
		min, max int
	}{
		{"photos", 256, 2 << 20, 6 << 20},
		{"messenger", 20_000, 20 << 10, 60 << 10},
		{"small", 20_000, 100, 4 << 10},
	} {
		b.Run(c.name, func(b *testing.B) {
			dir := filepath.Join(b.TempDir(), "Pictures")
			makeLibrary(b, dir, c.files, c.min, c.max)
			syncLibrary(b, dir)
			var plain, one, all time.Duration
			var plainCPU, allCPU time.Duration
			for b.Loop() {
				began := cpuTime()
				plain += cost(func() { hashPlainly(b, dir) })
				plainCPU += cpuTime() - began
				one += onOneCore(func() time.Duration { return firstScan(b, dir, c.files) })
				began = cpuTime()
				all += firstScan(b, dir, c.files)
				allCPU += cpuTime() - began
			}
			b.ReportMetric(float64(plain)/float64(one), "x-plain")
			b.ReportMetric(float64(plain)/float64(all), "x-plain-all-cores")
			b.ReportMetric(float64(c.files*b.N)/all.Seconds(), "files/s")
			b.ReportMetric(float64(plainCPU.Microseconds())/float64(c.files*b.N), "plain-cpu-µs/file")
			b.ReportMetric(float64(allCPU.Microseconds())/float64(c.files*b.N), "cpu-µs/file")
		})
	}
}

// makeLibrary writes files of random bytes, 500 in a directory.
func makeLibrary(t testing.TB, dir string, files, least, most int) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, uint64(files)))
	source := rand.NewChaCha8([32]byte{1})
	body := make([]byte, most)
	for i := range files {
		p := filepath.Join(dir, fmt.Sprintf("%03d", i/500), fmt.Sprintf("IMG_%06d.jpg", i))
		if i%500 == 0 {
			mkdir(t, filepath.Dir(p))
		}
		n := least + rng.IntN(most-least)
		_, _ = source.Read(body[:n])
		if err := os.WriteFile(p, body[:n], 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// syncLibrary keeps what the library left to be written out of what is measured.
func syncLibrary(t testing.TB, dir string) {
	t.Helper()
	f, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if err := systemSyncs().all(f); err != nil {
		t.Log(err) // where a filesystem cannot be synced as a whole
	}
}

func hashPlainly(t testing.TB, dir string) {
	t.Helper()
	buf := make([]byte, 256<<10)
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(p)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		h := blake3.New()
		if _, err := io.CopyBuffer(struct{ io.Writer }{h}, struct{ io.Reader }{f}, buf); err != nil {
			return err
		}
		h.Sum(nil)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// firstScan is how long a new store takes until all files are on record. It syncs
// none of them: of a library that is older than recentWrite all are on the disk.
func firstScan(t testing.TB, dir string, files int) time.Duration {
	t.Helper()
	n := &testNode{cfg: testConfig(t, t.TempDir(), newSigner(t)), folder: dir, t: t}
	n.open()
	n.syncs = syncs{
		groupOf: func(*os.File) (uint64, bool) { return 0, false },
		one:     func(*os.File) error { return nil },
	}
	defer n.close()
	return cost(func() {
		n.addFolder(dir)
		n.run()
		for {
			changed := n.Changed()
			if n.Folders()[0].Files == int64(files) {
				return
			}
			<-changed
		}
	})
}

func cost(do func()) time.Duration {
	start := time.Now()
	do()
	return time.Since(start)
}

func onOneCore(do func() time.Duration) time.Duration {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	return do()
}

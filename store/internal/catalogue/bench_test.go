package catalogue

import (
	"context"
	"encoding/binary"
	"fmt"
	"testing"

	"homeroll/store/media"
)

// benchBatch is how many files a large first scan records at once.
const benchBatch = 8000

// benchItem is the n-th of as many items as wanted.
func benchItem(n int) media.Item {
	it := media.Item{Size: 4_000_000}
	binary.BigEndian.PutUint64(it.ID[:], uint64(n)*0x9e3779b97f4a7c15)
	return it
}

func benchFiles(from, n int) Changes {
	var ch Changes
	for i := from; i < from+n; i++ {
		ch.Put = append(ch.Put, File{
			Folder: testFolder(0).ID, Path: fmt.Sprintf("2024/%03d/IMG_%07d.JPG", i/1000, i), Item: benchItem(i), MTime: testTime(i), Inode: uint64(i + 1),
		})
	}
	return ch
}

// Own files in batches as large as a first scan makes them. Its figures are of so
// many files: go test -bench ChangeFiles -benchtime 25x is 200,000.
func BenchmarkChangeFiles(b *testing.B) {
	p := newPlace(b, b.TempDir(), 1)
	defer p.Close()
	if err := p.PutFolder(context.Background(), testFolder(0), "/pictures"); err != nil {
		b.Fatal(err)
	}
	n := 0
	for b.Loop() {
		if err := p.ChangeFiles(context.Background(), benchFiles(n, benchBatch)); err != nil {
			b.Fatal(err)
		}
		n += benchBatch
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "files/s")
}

// A peer's first manifest of 20,000 files, walked leaf by leaf, and what a
// replication loop then asks all the time.
func BenchmarkPeer(b *testing.B) {
	ctx := context.Background()
	dir := b.TempDir()
	src, dst := newPlace(b, dir, 1), newPlace(b, dir, 2)
	defer src.Close()
	defer dst.Close()
	introduce(b, src, dst)
	if err := src.PutFolder(ctx, testFolder(0), "/pictures"); err != nil {
		b.Fatal(err)
	}
	const files = 20_000
	for n := 0; n < files; n += 1000 {
		if err := src.ChangeFiles(ctx, benchFiles(n, 1000)); err != nil {
			b.Fatal(err)
		}
	}
	by := src.key.Device()
	b.Run("walk", func(b *testing.B) {
		for b.Loop() {
			if err := dst.SetSubtrees(ctx, by, []media.Subtree{{Prefix: "", Keep: nil, Add: nil}}); err != nil {
				b.Fatal(err)
			}
			pull(b, dst, src, by, false)
		}
		b.ReportMetric(float64(b.N)*files/b.Elapsed().Seconds(), "files/s")
	})
	b.Run("tally", func(b *testing.B) {
		for b.Loop() {
			must(dst.Tally(ctx))(b)
		}
	})
	b.Run("wanted", func(b *testing.B) {
		for b.Loop() {
			must(dst.Wanted(ctx, []media.Device{by}, 256))(b)
		}
	})
	b.Run("one new file", func(b *testing.B) {
		n := files
		for b.Loop() {
			if err := src.ChangeFiles(ctx, benchFiles(n, 1)); err != nil {
				b.Fatal(err)
			}
			pull(b, dst, src, by, true)
			n++
		}
	})
}

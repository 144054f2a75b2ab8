package catalogue

import (
	"context"
	"encoding/binary"
	"fmt"
	"testing"

	"homeroll/store/media"
)

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

// Own files in batches of 1,000, as a first scan records them.
func BenchmarkChangeFiles(b *testing.B) {
	p := newPlace(b, b.TempDir(), 1)
	defer p.Close()
	if err := p.PutFolder(context.Background(), testFolder(0), "/pictures"); err != nil {
		b.Fatal(err)
	}
	n := 0
	for b.Loop() {
		if err := p.ChangeFiles(context.Background(), benchFiles(n, 1000)); err != nil {
			b.Fatal(err)
		}
		n += 1000
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "files/s")
}

package store

import (
	"os"
	"strconv"
	"testing"
)

// BenchmarkWrite receives items into a vault as they come from a peer: verified,
// synced, renamed and recorded, without a network.
func BenchmarkWrite(b *testing.B) {
	for _, c := range []struct {
		name  string
		items int
		size  int
	}{{"small", 500, 8 << 10}, {"photos", 20, 4 << 20}} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(c.items * c.size))
			for b.Loop() {
				b.StopTimer()
				r := newHome(b, 2)
				from, to := r.nodes[0], r.nodes[1]
				for i := range c.items {
					body := make([]byte, c.size)
					copy(body, "\xff\xd8\xff"+strconv.Itoa(i))
					if err := os.WriteFile(from.in(strconv.Itoa(i)+".jpg"), body, 0o600); err != nil {
						b.Fatal(err)
					}
				}
				from.rescanAll()
				for have := int64(0); have < int64(c.items); {
					changed := from.Changed()
					tally, err := from.Tally(b.Context())
					if err != nil {
						b.Fatal(err)
					}
					if have = tally.Library.Items; have < int64(c.items) {
						<-changed
					}
				}
				if err := r.manifest(b.Context(), from, to); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				if err := r.items(b.Context(), from, to); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(c.items*b.N)/b.Elapsed().Seconds(), "items/s")
		})
	}
}

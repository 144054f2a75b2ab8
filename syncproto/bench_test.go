package syncproto

import (
	"context"
	"testing"
	"time"
)

// discard is a sink that verifies and keeps nothing.
type discard struct{ *memSink }

func (d discard) Write(i int64, group []byte) error {
	if err := d.outline.Verify(d.item, i, group); err != nil {
		return err
	}
	d.have[i] = true
	return nil
}

func BenchmarkFetchOneLargeItem(b *testing.B) {
	a, _, eb, _ := fetchPair(b, tcpPipe(b))
	c := a.hold(append([]byte("\xff\xd8\xff"), noise(64<<20, 1)...))
	b.SetBytes(c.item.Size)
	b.ReportAllocs()
	for b.Loop() {
		if err := eb.Fetch(context.Background(), a.self, discard{newSink(c.item)}); err != nil {
			b.Fatal(err)
		}
	}
}

// benchmarkShrinking fetches 64 MiB of what zstd makes half of, on a link as fast as this machine.
func benchmarkShrinking(b *testing.B, head string) {
	a, _, eb, _ := fetchPair(b, tcpPipe(b))
	data := []byte(head)
	for i := range uint64(256) {
		data = append(append(data, noise(group/2, i)...), make([]byte, group/2)...)
	}
	c := a.hold(data)
	b.SetBytes(c.item.Size)
	before := eb.Stats().MediaIn
	for b.Loop() {
		if err := eb.Fetch(context.Background(), a.self, discard{newSink(c.item)}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(eb.Stats().MediaIn-before)/float64(b.N)/float64(c.item.Size), "wire/size")
}

// The second is never compressed, because it begins like a JPEG: the first must not be slower.
func BenchmarkFetchWhatShrinks(b *testing.B)     { benchmarkShrinking(b, "II*\x00") }
func BenchmarkFetchWhatShrinksAsIs(b *testing.B) { benchmarkShrinking(b, "\xff\xd8\xff") }

func BenchmarkFetchSmallItems(b *testing.B) {
	a, _, eb, _ := fetchPair(b, tcpPipe(b))
	var items []*content
	for i := range 1000 {
		items = append(items, a.hold(noise(3000, uint64(i))))
	}
	b.ReportAllocs()
	for b.Loop() {
		done := make(chan error, len(items))
		for _, c := range items {
			go func() { done <- eb.Fetch(context.Background(), a.self, newSink(c.item)) }()
		}
		for range items {
			if err := <-done; err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.N*len(items))/b.Elapsed().Seconds(), "items/s")
}

func benchmarkReconcile(b *testing.B, n, have uint64) {
	records := recordRange(0, n)
	a := newModel(1)
	a.load(records)
	var cost int64
	for b.Loop() {
		b.StopTimer()
		lan, m := newLAN(), newModel(2)
		lan.pipe = tcpPipe(b)
		a.noLog = true
		s := m.shelf(a.self)
		s.fill(records[:have])
		s.node("")
		ea, em := lan.node(a), lan.node(m)
		b.StartTimer()
		up := connect(em, ea)
		for {
			changed := m.Changed()
			m.mu.Lock()
			whole := s.root.Node == a.shelf(a.self).root.Node
			m.mu.Unlock()
			if whole {
				break
			}
			select {
			case <-changed:
			case <-time.After(time.Minute):
				b.Fatal("not equal")
			}
		}
		cost += manifestBytes(em)
		b.StopTimer()
		if err := up.stop(); err != nil {
			b.Fatal(err)
		}
		ea.Close()
		em.Close()
		lan.served.Wait()
		b.StartTimer()
	}
	b.ReportMetric(float64(cost)/float64(b.N), "wire-B/op")
}

func BenchmarkReconcileAllOf1e5(b *testing.B)  { benchmarkReconcile(b, 100_000, 0) }
func BenchmarkReconcile10Of1e5(b *testing.B)   { benchmarkReconcile(b, 100_000, 100_000-10) }
func BenchmarkReconcile1000Of1e5(b *testing.B) { benchmarkReconcile(b, 100_000, 100_000-1000) }
func BenchmarkReconcileAllOf1e6(b *testing.B)  { benchmarkReconcile(b, 1_000_000, 0) }
func BenchmarkReconcile10Of1e6(b *testing.B)   { benchmarkReconcile(b, 1_000_000, 1_000_000-10) }

package catalogue

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"
	"text/tabwriter"
	"time"

	"homeroll/store/media"
)

// twoHomes is a pair of devices with databases of their own, of which the first
// has a library and the second knows its manifest: what a reconnect begins with.
type twoHomes struct {
	a, b  *place
	items int // of a; each has a name and a holding
	fresh int // items added by changes
}

func newTwoHomes(t fataler, dir string) *twoHomes {
	t.Helper()
	h := &twoHomes{a: newPlace(t, dir, 1), b: newPlace(t, dir, 2)}
	introduce(t, h.a, h.b)
	if err := h.a.PutFolder(context.Background(), testFolder(0), "/pictures"); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *twoHomes) close() { _, _ = h.a.Close(), h.b.Close() }

// exchanged is up to how many items the other learns from the first by an
// exchange. What goes beyond is copied into its database, which takes less time.
const exchanged = 100_000

// grow adds items and brings the other up to date. It returns what that cost.
func (h *twoHomes) grow(t fataler, items int) cost {
	t.Helper()
	for h.items < items {
		n := min(benchBatch, items-h.items)
		if err := h.a.ChangeFiles(context.Background(), benchFiles(h.items, n)); err != nil {
			t.Fatal(err)
		}
		h.items += n
	}
	if items > exchanged {
		copyManifest(t, h.b, h.a)
	}
	return h.reconnect(t)
}

// copyManifest tells dst all that src states of itself, in the order in which
// src stated it.
func copyManifest(t fataler, dst, src *place) {
	t.Helper()
	by := src.key.Device()
	for page := range slices.Chunk(src.own(t), 2*benchBatch) {
		dst.take(t, by, page)
	}
	root, _ := src.root(t, by)
	if err := dst.Adopt(context.Background(), root); err != nil {
		t.Fatal(err)
	}
}

// own returns all records of the place's own manifest, in no order.
func (p *place) own(t fataler) []media.Record {
	t.Helper()
	ctx := context.Background()
	var rows []int64
	for _, n := range must(list(ctx, p.readers, scanNode, selectNodes+` WHERE id<?`, int64(nodeIDOf(self+1, ""))))(t) {
		rows = append(rows, n.rows...)
	}
	all := make([]media.Record, 0, len(rows))
	for some := range slices.Chunk(rows, maxRecords) {
		all = slices.AppendSeq(all, maps.Values(must(p.recordsAt(ctx, some))(t)))
	}
	return all
}

// take adds records to what is known of a device; those that are known stay.
func (p *place) take(t fataler, by media.Device, records []media.Record) {
	t.Helper()
	err := p.change(context.Background(), relaxed, func(w *work) {
		bit, ok := w.member(by)
		if !ok {
			return
		}
		w.walking = bit
		add := must(readStatements(records))(t)
		w.prefetch(statedItems(add))
		for i := range add {
			w.addRecord(bit, &add[i])
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// add puts new items into a's library, at random places of its trie.
func (h *twoHomes) add(t fataler, items int) {
	t.Helper()
	const far = 1 << 30 // beyond what grow reaches
	if err := h.a.ChangeFiles(context.Background(), benchFiles(far+h.fresh, items)); err != nil {
		t.Fatal(err)
	}
	h.fresh += items
}

// restart opens both databases anew: caches are cold, and what is remembered of
// recent changes is forgotten.
func (h *twoHomes) restart(t fataler) {
	t.Helper()
	h.a.reopen(t)
	h.b.reopen(t)
}

// cost is of both ends together: bytes both ways, and CPU.
type cost struct {
	bytes     int64
	cpu, wall time.Duration
}

// reconnect connects the two until both find no difference.
func (h *twoHomes) reconnect(t fataler) cost {
	t.Helper()
	began, cpu := time.Now(), cpuTime()
	k := connect(t, h.a, h.b)
	k.settle(t)
	c := cost{cpu: cpuTime() - cpu, wall: time.Since(began)}
	c.bytes = k.end(t)
	return c
}

// situations are what a reconnect finds; the cost must not follow the library.
var situations = []struct {
	name      string
	prepare   func(fataler, *twoHomes)
	mostBytes int64
	mostCPU   time.Duration // both ends
}{
	{"no change", func(fataler, *twoHomes) {}, 5_000, 50 * time.Millisecond},
	{"no change, both restarted", func(t fataler, h *twoHomes) { h.restart(t) }, 5_000, 50 * time.Millisecond},
	{"10 new items", func(t fataler, h *twoHomes) { h.add(t, 10) }, 30_000, 200 * time.Millisecond},
	{"10 new items, both restarted", func(t fataler, h *twoHomes) { h.add(t, 10); h.restart(t) }, 30_000, 200 * time.Millisecond},
}

// A reconnect costs what has changed, not what there is.
func TestReconnectCostsTheDifference(t *testing.T) {
	h := newTwoHomes(t, t.TempDir())
	defer h.close()
	first := map[string]int64{}
	for _, items := range []int{500, 4000} {
		h.grow(t, items)
		for _, s := range situations {
			s.prepare(t, h)
			c := h.reconnect(t)
			t.Logf("%d items, %s: %d bytes, %v of CPU", items, s.name, c.bytes, c.cpu)
			if c.bytes > s.mostBytes {
				t.Errorf("%d items, %s: %d bytes, want at most %d", items, s.name, c.bytes, s.mostBytes)
			}
			if first[s.name] == 0 {
				first[s.name] = c.bytes
			}
			if grown := float64(c.bytes) / float64(first[s.name]); grown > 2 {
				t.Errorf("%s: %.1f times the bytes among 8 times the items", s.name, grown)
			}
		}
	}
	for _, p := range []*place{h.a, h.b} {
		recount(t, p)
	}
}

// BenchmarkReconnect lets the library grow from a thousand items to a hundred
// thousand, or to a million if HOMEROLL_MILLION is set, and prints what each
// reconnect costs: run it with -benchtime 1x. Bytes are of both streams, both
// ways, after compression and before encryption; CPU is of both ends.
func BenchmarkReconnect(b *testing.B) {
	sizes := []int{1_000, 10_000, 100_000}
	if os.Getenv("HOMEROLL_MILLION") != "" {
		sizes = append(sizes, 200_000, 1_000_000)
	}
	dir := b.TempDir()
	h := newTwoHomes(b, dir)
	defer h.close()
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "items\tsituation\tbytes\tCPU of both\twall\t")
	for _, items := range sizes {
		c := h.grow(b, items)
		fmt.Fprintf(table, "%d\tgrown to\t%d\t%v\t%v\t\n", items, c.bytes, c.cpu.Round(time.Millisecond), c.wall.Round(time.Millisecond))
		for _, s := range situations {
			b.Run(fmt.Sprintf("%d/%s", items, s.name), func(b *testing.B) {
				var sum cost
				for b.Loop() {
					b.StopTimer()
					s.prepare(b, h)
					b.StartTimer()
					c := h.reconnect(b)
					sum.bytes, sum.cpu, sum.wall = sum.bytes+c.bytes, sum.cpu+c.cpu, sum.wall+c.wall
				}
				n := time.Duration(b.N)
				b.ReportMetric(float64(sum.bytes)/float64(b.N), "wire-B/op")
				b.ReportMetric(float64((sum.cpu/n).Microseconds())/1000, "cpu-ms/op")
				fmt.Fprintf(table, "%d\t%s\t%d\t%v\t%v\t\n", items, s.name, sum.bytes/int64(b.N), sum.cpu/n, sum.wall/n)
			})
		}
		if err := table.Flush(); err != nil {
			b.Fatal(err)
		}
	}
	root, _ := h.b.root(b, h.a.key.Device())
	b.Logf("%d records of the first device, %d bytes each; %s", root.Node.N, len(h.record(b)), memory())
}

func (h *twoHomes) record(t fataler) media.Record {
	t.Helper()
	return must(list(context.Background(), h.a.readers, scanBytes, `SELECT body FROM record WHERE author=0 AND kind=? LIMIT 1`, int(media.KindName)))(t)[0]
}

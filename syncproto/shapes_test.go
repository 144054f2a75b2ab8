package syncproto

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"text/tabwriter"
	"time"

	"homeroll/store/media"
)

// shape is a trie with a leaf size and a fan-out of 2^digit; plain compares
// leaves by all their fingerprints, as peers do that cannot name differences.
type shape struct {
	leafMax, digit int
	plain          bool
}

func (sh shape) fanout() int { return 1 << sh.digit }

// walkCost is what a walk takes: messages before compression, without the
// bodies of missing records, which cost the same in any way.
type walkCost struct {
	bytes, trips int
	leaves       int // bytes that the answering end reads of leaves and inner nodes
	inner        int
	found        int
}

// at returns where the fingerprints begin whose first digits are at least those
// of p, of 64 bits.
func (s *sumSet) at(p uint64) int {
	i, _ := slices.BinarySearchFunc(s.fps, p, func(f media.Fingerprint, p uint64) int {
		for i := range 8 {
			if d := int(f[i]) - int(byte(p>>(56-8*i))); d != 0 {
				return d
			}
		}
		return 0
	})
	return i
}

// stretch is a subtree in the two sets.
type stretch struct {
	p        uint64
	depth    int
	af, at   int // of the asker
	of, ot   int // of the other
	asker, o *sumSet
}

func (s stretch) same() bool {
	return s.at-s.af == s.ot-s.of && s.asker.sum(s.af, s.at) == s.o.sum(s.of, s.ot)
}

func (sh shape) walk(asker, other *sumSet) (c walkCost) {
	level := []stretch{{at: len(asker.fps), ot: len(other.fps), asker: asker, o: other}}
	if level[0].same() {
		return c
	}
	for len(level) > 0 {
		c.trips++
		var next []stretch
		leaves := 0
		for _, s := range level {
			if want := s.ot - s.of; want > sh.leafMax {
				next = append(next, sh.children(&c, s)...)
			} else {
				sh.leaf(&c, s)
				leaves++
			}
		}
		if sh.plain && leaves > 0 && len(next) == 0 {
			c.trips++ // for the records
		}
		level = next
	}
	return c
}

// prefixLen is what a prefix takes in a question.
func (sh shape) prefixLen(s stretch) int { return 1 + (s.depth*sh.digit+3)/4 }

func (sh shape) children(c *walkCost, s stretch) (out []stretch) {
	n := sh.fanout()
	c.bytes += sh.prefixLen(s) + n*hintLen + 2*max(1, n/8)
	c.inner += n * (32 + 8)
	step := uint64(1) << (64 - sh.digit*(s.depth+1))
	k := stretch{p: s.p, depth: s.depth + 1, at: s.af, ot: s.of, asker: s.asker, o: s.o}
	for i := range n {
		k.af, k.of = k.at, k.ot
		if k.at, k.ot = s.at, s.ot; i < n-1 {
			k.at, k.ot = s.asker.at(k.p+step), s.o.at(k.p+step)
		}
		if !k.same() {
			c.bytes += 32 + uvarintLen(k.ot-k.of)
			out = append(out, k)
		}
		k.p += step
	}
	return out
}

func (sh shape) leaf(c *walkCost, s stretch) {
	mine, want := s.asker.fps[s.af:s.at], s.o.fps[s.of:s.ot]
	missing := len(minus(want, mine))
	c.found += missing + len(minus(mine, want))
	c.leaves += len(want) * (fpLen + 8)
	c.bytes += sh.prefixLen(s) + 1
	if sh.plain {
		c.bytes += fpLen*len(want) + fpLen*missing
		return
	}
	c.bytes += 1 + tailLen*len(mine) + (len(mine)+7)/8
}

func uvarintLen(n int) (l int) {
	for ; n > 0x7f; n >>= 7 {
		l++
	}
	return l + 1
}

// scattered returns two sets of n that differ in d members, half of them on each
// side.
func scattered(n, d int) (asker, other *sumSet) {
	fps := make([]media.Fingerprint, n+d/2)
	r := rand.NewChaCha8([32]byte{byte(d), byte(n), byte(n >> 8), byte(n >> 16)})
	for i := range fps {
		_, _ = r.Read(fps[i][:])
	}
	other = newSumSet(fps[:n])
	return newSumSet(fps[(d+1)/2:]), other
}

// TestTriesBesideRangesAndOtherShapes measures the tries as they are beside range-based
// reconciliation and beside tries of other shapes. The tables are of up to a
// million records if HOMEROLL_MILLION is set.
func TestTriesBesideRangesAndOtherShapes(t *testing.T) {
	sizes, differences := []int{1000, 10_000}, []int{0, 1, 10, 100}
	if os.Getenv("HOMEROLL_MILLION") != "" {
		sizes, differences = []int{1000, 10_000, 100_000, 500_000, 1_000_000}, []int{0, 1, 10, 100, 10_000}
	}
	table := tabwriter.NewWriter(t.Output(), 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "records\tdiffer\ttrie\ttrips\ttrie, whole leaves\ttrips\tranges\ttrips\tranges, tails\tCPU\tof it index\t")
	var shapes []string
	for _, n := range sizes {
		for _, d := range differences {
			if d > n {
				continue
			}
			began := time.Now()
			asker, other := scattered(n, d)
			index := time.Since(began)
			ours := shape{media.LeafMax, 4, false}.walk(asker, other)
			plain := shape{media.LeafMax, 4, true}.walk(asker, other)
			began = time.Now()
			need, extra, ranges := reconcileRanges(asker, other)
			took := time.Since(began)
			if len(need)+len(extra) != d || ours.found != d || plain.found != d {
				t.Errorf("%d of %d differ: ranges find %d, tries %d and %d", d, n, len(need)+len(extra), ours.found, plain.found)
			}
			ask := fpLen * len(need)
			fmt.Fprintf(table, "%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%v\t%v\t\n", n, d, ours.bytes, ours.trips, plain.bytes, plain.trips,
				ranges.bytes+ask, ranges.trips+min(len(need), 1), ranges.short, took.Round(time.Microsecond), index.Round(time.Millisecond))
			shapes = append(shapes, shapeRow(n, d, asker, other))
		}
	}
	fmt.Fprintln(table)
	fmt.Fprint(table, "records\tdiffer\t")
	for _, s := range allShapes() {
		fmt.Fprintf(table, "%d/%d\t", s.leafMax, s.fanout())
	}
	fmt.Fprintln(table)
	for _, s := range shapes {
		fmt.Fprintln(table, s)
	}
	if err := table.Flush(); err != nil {
		t.Fatal(err)
	}
}

func allShapes() (all []shape) {
	for _, leafMax := range []int{32, 64, 128, 256} {
		for _, digit := range []int{2, 4, 6} {
			all = append(all, shape{leafMax, digit, false})
		}
	}
	return all
}

// shapeRow has bytes, round trips and the bytes that an end reads, for each shape.
func shapeRow(n, d int, asker, other *sumSet) string {
	row := fmt.Sprintf("%d\t%d\t", n, d)
	for _, s := range allShapes() {
		c := s.walk(asker, other)
		row += fmt.Sprintf("%d·%d·%dk\t", c.bytes, c.trips, (c.leaves+c.inner)/1000)
	}
	return row
}

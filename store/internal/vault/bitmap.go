package vault

import "math/bits"

// bitmap is a set of the numbers below n.
type bitmap struct {
	words []uint64
	n     int64
	count int64 // of members
}

func newBitmap(n int64) bitmap { return bitmap{words: make([]uint64, (n+63)/64), n: n} }

func (b *bitmap) get(i int64) bool {
	return i >= 0 && i < b.n && b.words[i/64]>>(i%64)&1 == 1
}

func (b *bitmap) set(i int64) {
	if !b.get(i) {
		b.words[i/64] |= 1 << (i % 64)
		b.count++
	}
}

func (b *bitmap) clear(i int64) {
	if b.get(i) {
		b.words[i/64] &^= 1 << (i % 64)
		b.count--
	}
}

// nextClear returns the first run of numbers at or after from that are not in
// the set.
func (b *bitmap) nextClear(from int64) (first, n int64) {
	first = b.next(from, false)
	if first >= b.n {
		return b.n, 0
	}
	return first, b.next(first, true) - first
}

// next returns the first number at or after from that is in the set, or that is
// not; n if there is none.
func (b *bitmap) next(from int64, member bool) int64 {
	for i := from; i < b.n; i = (i/64 + 1) * 64 {
		w := b.words[i/64]
		if !member {
			w = ^w
		}
		if w >>= i % 64; w != 0 {
			return min(b.n, i+int64(bits.TrailingZeros64(w)))
		}
	}
	return b.n
}

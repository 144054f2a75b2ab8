package syncproto

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"slices"

	"homeroll/store/media"
)

// Range-based set reconciliation (A. Meyer, "Range-Based Set Reconciliation",
// SRDS 2023; parameters of the negentropy protocol): here for comparison with
// the tries, not spoken by anybody. The two ends take turns with messages that
// cover the whole space of fingerprints by ranges. Of a range whose summary is
// not one's own, one sends the summaries of 16 parts, or all of it if it has
// few members.
const (
	rangeFanout  = 16
	rangeList    = 2 * rangeFanout // ranges of fewer members are listed
	rangeSummary = 16              // bytes of a summary
)

// sum256 adds up fingerprints as numbers modulo 2^256.
type sum256 [4]uint64

func (s sum256) add(t sum256) sum256 {
	var carry uint64
	for i := range s {
		s[i], carry = bits.Add64(s[i], t[i], carry)
	}
	return s
}

func (s sum256) sub(t sum256) sum256 {
	var borrow uint64
	for i := range s {
		s[i], borrow = bits.Sub64(s[i], t[i], borrow)
	}
	return s
}

func sumOf(f media.Fingerprint) (s sum256) {
	for i := range s {
		s[i] = binary.LittleEndian.Uint64(f[8*i:])
	}
	return s
}

// sumSet is a sorted set with the sums of all that come before each: the best
// that an index can do for a set that does not change.
type sumSet struct {
	fps  []media.Fingerprint
	sums []sum256
}

func newSumSet(fps []media.Fingerprint) *sumSet {
	s := &sumSet{fps: slices.Clone(fps), sums: make([]sum256, 1, len(fps)+1)}
	slices.SortFunc(s.fps, media.Fingerprint.Compare)
	for i, f := range s.fps {
		s.sums = append(s.sums, s.sums[i].add(sumOf(f)))
	}
	return s
}

func (s *sumSet) sum(from, to int) sum256 { return s.sums[to].sub(s.sums[from]) }

func (s *sumSet) summary(from, to int) (out [rangeSummary]byte) {
	var b [40]byte
	for i, w := range s.sum(from, to) {
		binary.LittleEndian.PutUint64(b[8*i:], w)
	}
	binary.LittleEndian.PutUint64(b[32:], uint64(to-from))
	h := sha256.Sum256(b[:])
	return [rangeSummary]byte(h[:])
}

// find returns where fingerprints from f on begin; nil is the end of the space.
func (s *sumSet) find(f *media.Fingerprint) int {
	if f == nil {
		return len(s.fps)
	}
	i, _ := slices.BinarySearchFunc(s.fps, *f, media.Fingerprint.Compare)
	return i
}

// part is a range in a message, from the end of the one before it.
type part struct {
	end     *media.Fingerprint // nil for the end of the space
	mode    byte               // skip, summary or list
	summary [rangeSummary]byte
	list    []media.Fingerprint
}

const (
	partSkip = iota
	partSummary
	partList
)

// wireSize is what a message would take: bounds are cut to what tells them apart.
func wireSize(parts []part, listed int) (n int) {
	for _, p := range parts {
		n += 2 // length of the bound, mode
		if p.end != nil {
			n += boundLen(*p.end)
		}
		switch p.mode {
		case partSummary:
			n += rangeSummary
		case partList:
			n += 2 + listed*len(p.list)
		}
	}
	return n
}

func boundLen(f media.Fingerprint) int {
	n := len(f)
	for n > 0 && f[n-1] == 0 {
		n--
	}
	return n
}

// bound is the shortest fingerprint that is above a and not above b.
func bound(a, b media.Fingerprint) (f media.Fingerprint) {
	for i := range f {
		f[i] = b[i]
		if a[i] != b[i] {
			break
		}
	}
	return f
}

// split describes the range by summaries of its parts, or lists it.
func (s *sumSet) split(out []part, from, to int, end *media.Fingerprint) []part {
	if to-from < rangeList {
		return append(out, part{end: end, mode: partList, list: s.fps[from:to]})
	}
	for i := range rangeFanout {
		lo, hi := from+(to-from)*i/rangeFanout, from+(to-from)*(i+1)/rangeFanout
		e := end
		if i < rangeFanout-1 {
			b := bound(s.fps[hi-1], s.fps[hi])
			e = &b
		}
		out = append(out, part{end: e, mode: partSummary, summary: s.summary(lo, hi)})
	}
	return out
}

// rangeCost is what a reconciliation took.
type rangeCost struct {
	bytes, short int // with fingerprints in lists, and with tails
	trips        int
}

// reconcileRanges lets asker find what only the other has and what only it has
// itself.
func reconcileRanges(asker, other *sumSet) (need, extra []media.Fingerprint, c rangeCost) {
	message := asker.split(nil, 0, len(asker.fps), nil)
	for len(message) > 0 {
		c.trips++
		c.count(message)
		message = other.answer(message, nil)
		c.count(message)
		message = asker.answer(message, func(theirs, mine []media.Fingerprint) {
			need, extra = append(need, minus(theirs, mine)...), append(extra, minus(mine, theirs)...)
		})
	}
	return need, extra, c
}

func (c *rangeCost) count(parts []part) {
	c.bytes += wireSize(parts, fpLen)
	c.short += wireSize(parts, tailLen)
}

// answer returns what there is to say to a message, nothing if all is equal or
// known. The asking end learns from lists; the other answers one with its own.
func (s *sumSet) answer(message []part, learn func(theirs, mine []media.Fingerprint)) (out []part) {
	from, said := 0, false
	for _, p := range message {
		to := max(s.find(p.end), from)
		switch {
		case p.mode == partSummary && p.summary != s.summary(from, to):
			out, said = s.split(out, from, to, p.end), true
		case p.mode == partList && learn == nil:
			out, said = append(out, part{end: p.end, mode: partList, list: s.fps[from:to]}), true
		case p.mode == partList:
			learn(p.list, s.fps[from:to])
			fallthrough
		default:
			if n := len(out); n > 0 && out[n-1].mode == partSkip {
				out[n-1].end = p.end
			} else {
				out = append(out, part{end: p.end, mode: partSkip})
			}
		}
		from = to
	}
	if !said {
		return nil
	}
	if n := len(out); out[n-1].mode == partSkip {
		out = out[:n-1] // the rest is understood
	}
	return out
}

// minus returns those of sorted a that are not in sorted b.
func minus(a, b []media.Fingerprint) (out []media.Fingerprint) {
	for _, f := range a {
		if _, ok := slices.BinarySearchFunc(b, f, media.Fingerprint.Compare); !ok {
			out = append(out, f)
		}
	}
	return out
}

package syncproto

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"homeroll/store/media"
	"homeroll/syncproto/internal/wire"
)

// tail stands for a fingerprint among those of one leaf: its last bytes. Two
// that are taken for one do no harm, since then the leaf does not recompute and
// is asked for by its fingerprints.
type tail [tailLen]byte

func tailOf(f media.Fingerprint) tail { return tail(f[fpLen-tailLen:]) }

func packTails(b []byte, fps []media.Fingerprint) []byte {
	b = binary.AppendUvarint(b, uint64(len(fps)))
	for _, f := range fps {
		b = append(b, f[fpLen-tailLen:]...)
	}
	return b
}

// unpackTails reads that many lists.
func unpackTails(b []byte, lists int) ([][]tail, error) {
	u := unpacker{rest: b}
	out := make([][]tail, lists)
	for i := range out {
		n := u.uvarint(media.LeafMax, "tails")
		packed := u.take(int(n)*tailLen, "tails")
		for t := range slices.Chunk(packed, tailLen) {
			out[i] = append(out[i], tail(t))
		}
	}
	if u.more() {
		u.fail("tails")
	}
	return out, u.err
}

// packDifference tells what a leaf has of the tails, and the records that are
// not among them.
func packDifference(b []byte, tails []tail, fps []media.Fingerprint, missing []media.Record) []byte {
	has := make(map[tail]bool, len(fps))
	for _, f := range fps {
		has[tailOf(f)] = true
	}
	mask := make([]byte, (len(tails)+7)/8)
	for i, t := range tails {
		if has[t] {
			mask[i/8] |= 1 << (i % 8)
		}
	}
	b = append(b, mask...)
	b = binary.AppendUvarint(b, uint64(len(missing)))
	for _, r := range missing {
		b = packRecord(b, r)
	}
	return b
}

// difference reads which of mine a leaf has, and what it has besides.
func (u *unpacker) difference(mine []media.Fingerprint) (keep []media.Fingerprint, add []media.Record) {
	mask := u.take((len(mine)+7)/8, "difference")
	for i, f := range mine {
		if mask != nil && mask[i/8]>>(i%8)&1 != 0 {
			keep = append(keep, f)
		}
	}
	for range u.uvarint(media.LeafMax, "difference") {
		if add = append(add, u.record()); u.err != nil {
			break
		}
	}
	return keep, add
}

// differences answers with what the leaves at the prefixes have beyond the
// tails, and which of these they have.
func (a *answerer) differences(ctx context.Context, by media.Device, prefixes []media.Prefix, tails [][]tail) (*wire.Answer, error) {
	answer := outcome(wire.Outcome_OUTCOME_OK)
	left := maxSubtree
	for i, p := range prefixes {
		fps, err := a.e.cfg.Library.Fingerprints(ctx, by, p)
		if err != nil {
			return nil, err
		}
		missing := without(fps, tails[i])
		if left -= len(missing); left < 0 {
			return outcome(wire.Outcome_OUTCOME_TOO_LARGE), nil
		}
		records, err := a.e.cfg.Library.Records(ctx, by, missing)
		if err != nil {
			return nil, err
		}
		answer.Differences = packDifference(answer.Differences, tails[i], fps, records)
		if len(answer.Differences) > answerBytes {
			return outcome(wire.Outcome_OUTCOME_TOO_LARGE), nil
		}
	}
	return answer, nil
}

// without returns the fingerprints whose tails are not among these.
func without(fps []media.Fingerprint, tails []tail) (out []media.Fingerprint) {
	known := make(map[tail]bool, len(tails))
	for _, t := range tails {
		known[t] = true
	}
	for _, f := range fps {
		if !known[tailOf(f)] {
			out = append(out, f)
		}
	}
	return out
}

// askDifferences tells what is stored of leaves, and asks what they have
// instead: where little differs, that is a fraction of their fingerprints, and the records come
// with the same answer.
func (w *walk) askDifferences(ctx context.Context) (question, error) {
	n, sum := 0, uint64(0)
	for n < min(len(w.near), maxPrefixes) {
		s := w.near[len(w.near)-1-n]
		if sum += max(s.want.N, s.local.N); sum > maxSubtree { // what comes, and what is told
			break
		}
		n++
	}
	batch := popLast(&w.near, n)
	mine := make([][]media.Fingerprint, n)
	ask := &wire.Ask{Want: wire.Want_WANT_DIFFERENCES}
	for i, s := range batch {
		var err error
		if mine[i], err = w.lib.Fingerprints(ctx, w.by, s.p); err != nil {
			return question{}, fmt.Errorf("read manifest of %s: %w", w.by.Short(), err)
		}
		ask.Prefixes = packPrefix(ask.Prefixes, s.p)
		ask.Hints = packTails(ask.Hints, mine[i])
	}
	return question{ask, func(ctx context.Context, a *wire.Answer) error { return w.tookDifferences(ctx, batch, mine, a) }}, nil
}

func (w *walk) tookDifferences(ctx context.Context, batch []spot, mine [][]media.Fingerprint, a *wire.Answer) error {
	if a.Outcome == wire.Outcome_OUTCOME_TOO_LARGE {
		w.leaves = append(w.leaves, batch...)
		return nil
	}
	u := unpacker{rest: a.Differences}
	for i, s := range batch {
		if err := w.retarget(&s, a); err != nil {
			return err
		}
		keep, add := u.difference(mine[i])
		if u.err != nil {
			return w.f.wrap(u.err)
		}
		switch {
		case makesUp(s, keep, add):
			if err := w.set(ctx, s.p, keep, add); err != nil {
				return err
			}
		case a.Outcome == wire.Outcome_OUTCOME_OK:
			w.leaves = append(w.leaves, s) // tails led astray
		default:
			w.moved = true
		}
	}
	if u.more() {
		return w.f.wrap(malformed("more differences than asked for"))
	}
	return nil
}

// makesUp reports whether these are the records of the leaf.
func makesUp(s spot, keep []media.Fingerprint, add []media.Record) bool {
	fps := slices.Clone(keep)
	for _, r := range add {
		fps = append(fps, r.Fingerprint())
	}
	slices.SortFunc(fps, media.Fingerprint.Compare)
	return uint64(len(fps)) == s.want.N && sortedBelow(fps, s.p) && media.LeafNode(fps) == s.want
}

package syncproto

import (
	"context"
	"fmt"
	"slices"

	"homeroll/store/media"
	"homeroll/syncproto/internal/wire"
)

// leaf is a differing leaf whose fingerprints are known and verified, on its
// way to having all its records.
type leaf struct {
	p       media.Prefix
	keep    []media.Fingerprint // stored already
	missing []media.Fingerprint // still to come, in this order
	add     []media.Record
}

func (w *walk) askFingerprints() question {
	n, sum := 0, uint64(0)
	for n < min(len(w.leaves), maxPrefixes) && sum+w.leaves[len(w.leaves)-1-n].want.N <= maxFingerprints {
		sum += w.leaves[len(w.leaves)-1-n].want.N
		n++
	}
	batch := popLast(&w.leaves, n)
	ask := &wire.Ask{Want: wire.Want_WANT_FINGERPRINTS}
	for _, s := range batch {
		ask.Prefixes = packPrefix(ask.Prefixes, s.p)
	}
	return question{ask, func(ctx context.Context, a *wire.Answer) error { return w.tookFingerprints(ctx, batch, a) }}
}

func (w *walk) tookFingerprints(ctx context.Context, batch []spot, a *wire.Answer) error {
	u := unpacker{rest: a.Fingerprints}
	for _, s := range batch {
		if err := w.retarget(&s, a); err != nil {
			return err
		}
		n := u.uvarint(media.LeafMax, "leaf")
		fps := make([]media.Fingerprint, n)
		for i := range fps {
			fps[i] = u.fingerprint()
		}
		if u.err != nil {
			return w.f.wrap(u.err)
		}
		if !sortedBelow(fps, s.p) || media.LeafNode(fps) != s.want {
			if err := w.unfit(a, "leaf"); err != nil {
				return err
			}
			continue
		}
		if err := w.differ(ctx, s, fps); err != nil {
			return err
		}
	}
	if u.more() {
		return w.f.wrap(malformed("more leaves than asked for"))
	}
	return nil
}

// differ finds out which records of a leaf are missing here.
func (w *walk) differ(ctx context.Context, s spot, want []media.Fingerprint) error {
	have, err := w.stored(ctx, s, want)
	if err != nil {
		return fmt.Errorf("read manifest of %s: %w", w.by.Short(), err)
	}
	l := &leaf{p: s.p}
	for _, f := range want {
		if have[f] {
			l.keep = append(l.keep, f)
		} else {
			l.missing = append(l.missing, f)
		}
	}
	return w.advance(ctx, l)
}

// stored returns those of want that are here.
func (w *walk) stored(ctx context.Context, s spot, want []media.Fingerprint) (map[media.Fingerprint]bool, error) {
	have := make(map[media.Fingerprint]bool, len(want))
	switch {
	case s.local.N == 0:
	case s.local.N <= media.LeafMax:
		fps, err := w.lib.Fingerprints(ctx, w.by, s.p)
		if err != nil {
			return nil, err
		}
		for _, f := range fps {
			have[f] = true
		}
	default:
		records, err := w.lib.Records(ctx, w.by, want)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			have[r.Fingerprint()] = true
		}
	}
	return have, nil
}

// advance stores a leaf that is whole, or queues it for its missing records.
func (w *walk) advance(ctx context.Context, l *leaf) error {
	if len(l.missing) > 0 {
		w.records = append(w.records, l)
		return nil
	}
	return w.set(ctx, l.p, l.keep, l.add)
}

func (w *walk) askRecords() question {
	n, sum := 0, 0
	for n < len(w.records) && sum+len(w.records[len(w.records)-1-n].missing) <= maxRecordsAsk {
		sum += len(w.records[len(w.records)-1-n].missing)
		n++
	}
	batch := popLast(&w.records, n)
	ask := &wire.Ask{Want: wire.Want_WANT_RECORDS}
	for _, l := range batch {
		ask.Fingerprints = packFingerprints(ask.Fingerprints, l.missing)
	}
	return question{ask, func(ctx context.Context, a *wire.Answer) error { return w.tookRecords(ctx, batch, a) }}
}

// tookRecords hands out records in the order of the asked fingerprints. An
// answer may stop early for its size, but not before the first.
func (w *walk) tookRecords(ctx context.Context, batch []*leaf, a *wire.Answer) error {
	records, err := unpackRecords(a.Records, maxRecordsAsk)
	if err != nil {
		return w.f.wrap(err)
	}
	if len(records) == 0 {
		return errMoved
	}
	for _, l := range batch {
		for len(records) > 0 && len(l.missing) > 0 {
			if records[0].Fingerprint() != l.missing[0] {
				return w.forged("record")
			}
			l.add = append(l.add, records[0])
			records, l.missing = records[1:], l.missing[1:]
		}
		if err := w.advance(ctx, l); err != nil {
			return err
		}
	}
	if len(records) > 0 {
		return w.f.wrap(malformed("more records than asked for"))
	}
	return nil
}

// askSubtrees asks for all records below spots where nothing is stored.
func (w *walk) askSubtrees() question {
	n, sum := 0, uint64(0)
	for n < min(len(w.subtrees), maxPrefixes) && sum+w.subtrees[len(w.subtrees)-1-n].want.N <= maxSubtree {
		sum += w.subtrees[len(w.subtrees)-1-n].want.N
		n++
	}
	batch := popLast(&w.subtrees, n)
	ask := &wire.Ask{Want: wire.Want_WANT_SUBTREES}
	for _, s := range batch {
		ask.Prefixes = packPrefix(ask.Prefixes, s.p)
	}
	return question{ask, func(ctx context.Context, a *wire.Answer) error { return w.tookSubtrees(ctx, batch, a) }}
}

func (w *walk) tookSubtrees(ctx context.Context, batch []spot, a *wire.Answer) error {
	if a.Outcome == wire.Outcome_OUTCOME_TOO_LARGE {
		for _, s := range batch {
			s.parts = true
			if err := w.add(ctx, s); err != nil {
				return err
			}
		}
		return nil
	}
	u := unpacker{rest: a.Records}
	for _, s := range batch {
		if err := w.retarget(&s, a); err != nil {
			return err
		}
		n := u.uvarint(maxSubtree, "subtree")
		records, fps := make([]media.Record, n), make([]media.Fingerprint, n)
		for i := range records {
			records[i] = u.record()
			fps[i] = records[i].Fingerprint()
		}
		if u.err != nil {
			return w.f.wrap(u.err)
		}
		if !sortedBelow(fps, s.p) || subtreeNode(fps, len(s.p)) != s.want {
			if err := w.unfit(a, "subtree"); err != nil {
				return err
			}
			continue
		}
		if err := w.set(ctx, s.p, nil, records); err != nil {
			return err
		}
	}
	if u.more() {
		return w.f.wrap(malformed("more records than asked for"))
	}
	return nil
}

// subtreeNode returns the node of sorted, distinct fingerprints that share
// their first depth digits.
func subtreeNode(fps []media.Fingerprint, depth int) media.Node {
	if len(fps) <= media.LeafMax {
		return media.LeafNode(fps)
	}
	var c [media.Fanout]media.Node
	for i, part := range byDigit(fps, depth) {
		c[i] = subtreeNode(part, depth+1)
	}
	return media.InnerNode(&c)
}

func sortedBelow(fps []media.Fingerprint, p media.Prefix) bool {
	for i, f := range fps {
		if !p.Contains(f) || i > 0 && fps[i-1].Compare(f) >= 0 {
			return false
		}
	}
	return true
}

func sortRecords(records []media.Record) {
	slices.SortFunc(records, func(a, b media.Record) int { return a.Fingerprint().Compare(b.Fingerprint()) })
}

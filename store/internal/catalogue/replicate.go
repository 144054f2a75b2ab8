package catalogue

import (
	"context"
	"fmt"
	"time"

	"homeroll/store/media"
)

// subtreeBatch is about how many records SetSubtrees removes in one transaction.
const subtreeBatch = 4000

// SetSubtrees makes the records below each prefix exactly those to keep that are
// there, and those to add. The caller has verified them against a signed root; until that is
// adopted, the manifest is incomplete. So it need not be done in one
// transaction, nor survive a power failure: what is lost is walked again.
func (c *Catalogue) SetSubtrees(ctx context.Context, by media.Device, trees []media.Subtree) error {
	whole := make([]wholeSubtree, len(trees))
	for i, t := range trees {
		var err error
		if whole[i], err = readSubtree(t); err != nil {
			return fmt.Errorf("subtree of %s: %w", by.Short(), err)
		}
	}
	for len(whole) > 0 {
		done := 0
		err := c.change(ctx, relaxed, func(w *work) {
			if bit, ok := w.member(by); ok {
				w.walking = bit
				done = w.setSubtrees(bit, whole)
				w.signal = true // what has come so far may be fetched
			}
		})
		if err != nil {
			return err
		}
		whole = whole[done:]
	}
	return c.walkedBack(ctx, by)
}

// wholeSubtree is a media.Subtree, its records read.
type wholeSubtree struct {
	prefix media.Prefix
	all    map[media.Fingerprint]bool // that it is to have
	add    []statement
}

func readSubtree(t media.Subtree) (whole wholeSubtree, err error) {
	whole = wholeSubtree{prefix: t.Prefix, all: make(map[media.Fingerprint]bool, len(t.Keep)+len(t.Add))}
	for _, fp := range t.Keep {
		whole.all[fp] = true
	}
	if whole.add, err = readStatements(t.Add); err != nil {
		return whole, err
	}
	for i := range whole.add {
		fp := whole.add[i].fp
		if !t.Prefix.Contains(fp) {
			return whole, fmt.Errorf("%w: not below its prefix", media.ErrRecord)
		}
		whole.all[fp] = true
	}
	return whole, nil
}

// setSubtrees returns how many of the subtrees it has come to: no more once it has
// removed subtreeBatch records.
func (w *work) setSubtrees(bit int, trees []wholeSubtree) (done int) {
	var add []statement
	for removed := 0; done < len(trees) && removed < subtreeBatch && w.err == nil; done++ {
		n, more := w.prune(bit, trees[done].prefix, trees[done].all)
		if more {
			break
		}
		removed += n
		add = append(add, trees[done].add...)
	}
	w.prefetch(statedItems(add))
	for i := range add {
		w.addRecord(bit, &add[i])
	}
	return done
}

// walkedBack settles what waits for the end of a walk, if that has led back to
// the root adopted before: nobody will offer it for adoption again.
func (c *Catalogue) walkedBack(ctx context.Context, by media.Device) error {
	s := c.state.Load()
	bit, ok := s.bits[by]
	if !ok || !s.authors[bit].complete() {
		return nil
	}
	return c.change(ctx, durable, func(w *work) {
		w.keepDue(bit)
		w.signal = true
	})
}

// prune removes records below p that are not kept, and reports whether there
// may be more of them.
func (w *work) prune(bit int, p media.Prefix, keeping map[media.Fingerprint]bool) (removed int, more bool) {
	there, complete := w.subtree(bit, p, len(keeping)+subtreeBatch)
	for _, fp := range there.fps {
		if !keeping[fp] {
			w.removeRecord(bit, fp)
			removed++
		}
	}
	return removed, !complete && w.err == nil
}

// Adopt records r as its device's newest complete root; media.ErrStale if the
// stored manifest does not recompute to it or a newer one is known. Adopting
// the present root again says that it was complete just now.
func (c *Catalogue) Adopt(ctx context.Context, r media.Root) error {
	return c.change(ctx, durable, func(w *work) {
		bit, ok := w.member(r.Device)
		if !ok || !w.acceptable(bit, r) {
			return
		}
		a := w.state.authors[bit]
		if a.node != r.Node {
			w.fail(fmt.Errorf("manifest of %s does not recompute to its root: %w", r.Device.Short(), media.ErrStale))
			return
		}
		w.adopt(bit, r)
		if w.before.authors[bit].root.Node != r.Node {
			w.dropLog(r.Device)
		} else if r.Newer(a.root) {
			w.delta(bit, a.root)
		}
	})
}

// Apply applies a pushed delta entirely, or returns media.ErrStale and changes
// nothing if it does not start at the present root or recompute to its end. A
// power failure may take it back, unless something of this device's own follows
// from it: its author tells it again.
func (c *Catalogue) Apply(ctx context.Context, d media.Delta) error {
	return c.change(ctx, learned, func(w *work) {
		bit, ok := w.member(d.To.Device)
		if !ok || !w.acceptable(bit, d.To) {
			return
		}
		if w.state.authors[bit].node != d.From {
			w.fail(fmt.Errorf("delta of %s starts elsewhere: %w", d.To.Device.Short(), media.ErrStale))
			return
		}
		add, err := readStatements(d.Add)
		if err != nil {
			w.fail(fmt.Errorf("record of %s: %w", d.To.Device.Short(), err))
			return
		}
		w.prefetch(statedItems(add))
		fits := true
		for _, fp := range d.Remove {
			fits = w.removeRecord(bit, fp) && fits
		}
		for i := range add {
			fits = w.addRecord(bit, &add[i]) && fits
		}
		if w.retrie(bit) != d.To.Node || !fits {
			w.fail(fmt.Errorf("delta of %s does not recompute to its root: %w", d.To.Device.Short(), media.ErrStale))
			return
		}
		if w.before.authors[bit].root.Node != d.From {
			w.dropLog(d.To.Device) // it ends before the walk that led here
		}
		w.adopt(bit, d.To)
		w.deltas = append(w.deltas, d)
	})
}

// member returns the bit of another device that is an active member.
func (w *work) member(d media.Device) (int, bool) {
	bit, ok := w.state.bits[d]
	if !ok || bit == self || !w.state.authors[bit].active {
		w.fail(fmt.Errorf("manifest of %s: %w", d.Short(), ErrMember))
		return 0, false
	}
	return bit, w.err == nil
}

// acceptable reports a root that its device signed for this home and that is
// not older than, or other than, the one adopted.
func (w *work) acceptable(bit int, r media.Root) bool {
	if err := r.Check(w.state.home); err != nil {
		w.fail(err)
		return false
	}
	known := w.state.authors[bit].root
	same := known.Epoch == r.Epoch && known.Seq == r.Seq && known.Node == r.Node
	if known.Sig != nil && !r.Newer(known) && !same {
		w.fail(fmt.Errorf("root of %s: a newer one is known: %w", r.Device.Short(), media.ErrStale))
		return false
	}
	return true
}

func (w *work) adopt(bit int, r media.Root) {
	first := w.state.unheard(r.Device)
	a := &w.state.authors[bit]
	if a.root.Sig == nil || r.Newer(a.root) || w.before.authors[bit].node != w.before.authors[bit].root.Node {
		w.signal = true
	}
	a.root, a.asOf = r, timeOf(time.Now().UnixNano())
	w.keepDue(bit)
	if first {
		w.keepFrom(r.Device)
		w.forgetGivenUp(r.Device)
	}
}

// dropLog forgets the deltas of an author if the transaction succeeds.
func (w *work) dropLog(d media.Device) { w.broken = append(w.broken, d) }

func (w *work) dropLogs() {
	for _, a := range w.state.authors {
		w.dropLog(a.device)
	}
}

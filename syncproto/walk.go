package syncproto

import (
	"context"
	"errors"
	"fmt"

	"homeroll/store/media"
	"homeroll/syncproto/internal/wire"
)

// walk makes one stored manifest equal to a signed root, asking a peer for
// what differs. Everything is verified from the root downwards: a node's
// children and a leaf's fingerprints must recompute to the node, and a record
// to its fingerprint. Leaves come before further inner nodes, so that what is
// remembered stays small and a restarted walk finds finished subtrees equal.
type walk struct {
	f       *follower
	lib     Library
	by      media.Device
	target  media.Root
	replies chan reply

	inner, leaves, subtrees []spot
	near                    []spot // leaves of which something is stored
	records                 []*leaf
	whole                   []media.Subtree // to be stored, before anything else of this walk is read
	adds                    int             // records that they add
	open                    int             // unanswered asks of this walk
	moved                   bool            // some of what differs is not at the target any more
}

// spot is a subtree that differs.
type spot struct {
	p           media.Prefix
	want, local media.Node
	parts       bool // its records are too much for one answer
	plain       bool // hints led astray: ask without
}

// errMoved reports answers that do not belong to the target any more.
var errMoved = fmt.Errorf("peer's copy: %w", media.ErrStale)

func (w *walk) run(ctx context.Context, local media.Node) error {
	if err := w.add(ctx, spot{want: w.target.Node, local: local}); err != nil {
		return err
	}
	first := w.store(ctx)
	for {
		for first == nil {
			sent, err := w.askNext(ctx)
			if err != nil {
				first = err
			}
			if !sent {
				break
			}
		}
		if w.open == 0 && first == nil && w.moved {
			return errMoved
		}
		if w.open == 0 {
			return first
		}
		r, err := w.f.await(ctx, w.replies)
		if err != nil {
			return err
		}
		w.open--
		if first == nil {
			first = w.take(ctx, r)
		}
	}
}

// askNext sends the most urgent question, if there is one and room for it.
func (w *walk) askNext(ctx context.Context) (bool, error) {
	if w.open >= maxAsks || len(w.records)+w.spots() == 0 {
		return false, nil
	}
	ok, err := w.f.slot(ctx, w.open == 0)
	if !ok || err != nil {
		return false, err
	}
	q, err := w.next(ctx)
	if err == nil {
		q.ask.Device, q.ask.Root, q.ask.N = string(w.by), hashPB(w.target.Node), w.target.Node.N
		err = w.f.put(q, w.replies)
	}
	if err != nil {
		return false, err
	}
	w.open++
	return true, nil
}

// spots returns how many differing subtrees are remembered.
func (w *walk) spots() int { return len(w.inner) + len(w.leaves) + len(w.near) + len(w.subtrees) }

func (w *walk) next(ctx context.Context) (question, error) {
	switch {
	case len(w.records) > 0:
		return w.askRecords(), nil
	case len(w.near) > 0:
		return w.askDifferences(ctx)
	case len(w.leaves) > 0:
		return w.askFingerprints(), nil
	case len(w.subtrees) > 0:
		return w.askSubtrees(), nil
	default:
		return w.askChildren(ctx)
	}
}

func (w *walk) take(ctx context.Context, r reply) error {
	switch r.answer.Outcome {
	case wire.Outcome_OUTCOME_OK, wire.Outcome_OUTCOME_TOO_LARGE, wire.Outcome_OUTCOME_MOVED:
		// What is whole is stored even if the rest of the answer is not.
		return errors.Join(r.handle(ctx, r.answer), w.store(ctx))
	default:
		return errMoved
	}
}

// retarget turns a walk that has hardly begun to the newer root that its first
// answer belongs to: where the author publishes faster than answers come, no
// answer would ever belong to the root that was asked for.
func (w *walk) retarget(s *spot, a *wire.Answer) error {
	if a.Root == nil || s.p != "" {
		return nil
	}
	r, err := rootOf(w.f.home, a.Root)
	if err == nil && r.Device != w.by {
		err = malformed("a root of another device")
	}
	if err == nil {
		err = w.f.offer(r, nil) // which checks the signature of what is new
	}
	if err != nil {
		return w.f.wrap(err)
	}
	// An offer that is not newer was not looked at.
	if known, _ := w.f.offered(w.by); known.Newer(w.target) && r.Newer(w.target) && r.Check(w.f.home) == nil {
		w.target, s.want = r, r.Node
	}
	return nil
}

// unfit is about a part of an answer that does not verify. If the peer has
// said that its manifest has moved on, the part is left for the next target,
// so that a walk gets on however often the author publishes.
func (w *walk) unfit(a *wire.Answer, what string) error {
	if a.Outcome != wire.Outcome_OUTCOME_MOVED {
		return w.forged(what)
	}
	w.moved = true
	return nil
}

// forged blames the peer for an answer that does not verify.
func (w *walk) forged(what string) error {
	return w.f.wrap(fmt.Errorf("%s of %s: %w", what, w.by.Short(), ErrForged))
}

// add queues a subtree in the way that it is best asked for.
func (w *walk) add(ctx context.Context, s spot) error {
	switch {
	case s.want == s.local:
		return nil
	case s.want.N == 0:
		return w.set(ctx, s.p, nil, nil)
	case len(s.p) >= media.MaxDepth:
		return w.forged("depth of the manifest")
	case s.local.N == 0 && s.want.N <= maxSubtree && !s.parts && w.f.s.greeting.has(canSubtrees):
		w.subtrees = append(w.subtrees, s)
	case s.want.N <= media.LeafMax && s.local.N > 0 && s.local.N <= media.LeafMax && w.f.s.greeting.has(canDiffer):
		w.near = append(w.near, s)
	case s.want.N <= media.LeafMax:
		w.leaves = append(w.leaves, s)
	default:
		w.inner = append(w.inner, s)
	}
	return nil
}

// set has a subtree stored, with others: each transaction costs.
func (w *walk) set(ctx context.Context, p media.Prefix, keep []media.Fingerprint, add []media.Record) error {
	w.whole = append(w.whole, media.Subtree{Prefix: p, Keep: keep, Add: add})
	if w.adds += len(add); w.adds < maxSubtree {
		return nil
	}
	return w.store(ctx)
}

// store stores the subtrees that are whole.
func (w *walk) store(ctx context.Context) error {
	if len(w.whole) == 0 {
		return nil
	}
	if err := w.lib.SetSubtrees(ctx, w.by, w.whole); err != nil {
		return fmt.Errorf("store records of %s: %w", w.by.Short(), err)
	}
	w.whole, w.adds = nil, 0
	return nil
}

// askChildren asks for the children of the newest inner spots: as many as can
// differ without the walk remembering too much.
func (w *walk) askChildren(ctx context.Context) (question, error) {
	room := (maxFrontier - w.spots()) / media.Fanout
	n := min(max(room, 1), maxPrefixes, len(w.inner))
	batch := popLast(&w.inner, n)
	mine := make([][media.Fanout]media.Node, n)
	ask := &wire.Ask{Want: wire.Want_WANT_CHILDREN}
	hints := w.f.s.greeting.has(canHints)
	for i, s := range batch {
		var err error
		if mine[i], err = w.localChildren(ctx, s); err != nil {
			return question{}, err
		}
		hints = hints && !s.plain
		ask.Prefixes = packPrefix(ask.Prefixes, s.p)
	}
	if hints {
		for i := range mine {
			ask.Hints = packHints(ask.Hints, &mine[i])
		}
	}
	return question{ask, func(ctx context.Context, a *wire.Answer) error {
		return w.tookChildren(ctx, batch, mine, hints, a)
	}}, nil
}

func (w *walk) tookChildren(ctx context.Context, batch []spot, mine [][media.Fanout]media.Node, hints bool, a *wire.Answer) error {
	u := unpacker{rest: a.Children}
	for i, s := range batch {
		if err := w.retarget(&s, a); err != nil {
			return err
		}
		known := &mine[i]
		if !hints {
			known = nil
		}
		family := u.family(known)
		if u.err != nil {
			return w.f.wrap(u.err)
		}
		if media.InnerNode(&family) != s.want {
			if hints && a.Outcome == wire.Outcome_OUTCOME_OK {
				s.plain = true
				w.inner = append(w.inner, s)
			} else if err := w.unfit(a, "inner node"); err != nil {
				return err
			}
			continue
		}
		for c := range family {
			if err := w.add(ctx, spot{p: s.p.Child(c), want: family[c], local: mine[i][c]}); err != nil {
				return err
			}
		}
	}
	if u.more() {
		return w.f.wrap(malformed("more children than asked for"))
	}
	return nil
}

// localChildren returns what is stored below a spot. Below a leaf there are no
// nodes, but its fingerprints tell what they would be.
func (w *walk) localChildren(ctx context.Context, s spot) (c [media.Fanout]media.Node, err error) {
	switch {
	case s.local.N == 0:
		return c, nil
	case s.local.N > media.LeafMax:
		stored, err := w.lib.Children(ctx, w.by, s.p)
		if err != nil {
			return c, fmt.Errorf("read manifest of %s: %w", w.by.Short(), err)
		}
		return *stored, nil
	}
	fps, err := w.lib.Fingerprints(ctx, w.by, s.p)
	if err != nil {
		return c, fmt.Errorf("read manifest of %s: %w", w.by.Short(), err)
	}
	for i, part := range byDigit(fps, len(s.p)) {
		c[i] = media.LeafNode(part)
	}
	return c, nil
}

// byDigit cuts sorted fingerprints with an equal prefix by the digit after it.
func byDigit(sorted []media.Fingerprint, depth int) (parts [media.Fanout][]media.Fingerprint) {
	start := 0
	for i := range parts {
		end := start
		for end < len(sorted) && sorted[end].Digit(depth) == i {
			end++
		}
		parts[i] = sorted[start:end]
		start = end
	}
	return parts
}

func popLast[T any](list *[]T, n int) []T {
	at := len(*list) - n
	out := append([]T(nil), (*list)[at:]...)
	clear((*list)[at:])
	*list = (*list)[:at]
	return out
}

package syncproto

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"golang.org/x/sync/errgroup"

	"homeroll/store/media"
	"homeroll/syncproto/internal/wire"
)

// answerer is the telling end of a manifest stream: one goroutine answers
// questions in their order, one pushes what changes.
type answerer struct {
	e    *Exchange
	peer media.Device
	home media.Home
	s    *session
	sent map[media.Device]media.Root // of the pushing goroutine
}

func (a *answerer) run(ctx context.Context, s *session) error {
	a.s = s
	g, ctx := errgroup.WithContext(ctx)
	stop := context.AfterFunc(ctx, func() { _ = s.link.Close() })
	defer stop()
	g.Go(func() error { return a.push(ctx) })
	g.Go(func() error { return a.answerAll(ctx) })
	err := g.Wait()
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func (a *answerer) answerAll(ctx context.Context) error {
	for {
		m, err := a.s.receive()
		if err != nil {
			return err
		}
		ask, ok := m.(*wire.Ask)
		if !ok {
			return malformed("a statement to the telling end")
		}
		answer, err := a.answer(ctx, ask)
		if err != nil {
			return err
		}
		answer.Id = ask.Id
		if err := a.s.send(frameAnswer, answer); err != nil {
			return fmt.Errorf("send answer: %w", err)
		}
	}
}

func outcome(o wire.Outcome) *wire.Answer { return &wire.Answer{Outcome: o} }

// answer returns what the library says, as MOVED unless its manifest is at the
// asked root before and after it is read.
func (a *answerer) answer(ctx context.Context, ask *wire.Ask) (*wire.Answer, error) {
	root, err := nodeOf(ask.Root, ask.N)
	if err != nil {
		return nil, err
	}
	if err := limited("device ID", len(ask.Device), maxWord); err != nil {
		return nil, err
	}
	by := media.Device(ask.Device)
	if ask.Want == wire.Want_WANT_SINCE {
		return a.since(ctx, by, root)
	}
	read, err := a.reader(by, ask)
	if read == nil || err != nil {
		return outcome(wire.Outcome_OUTCOME_UNKNOWN), err
	}
	before, err := a.e.cfg.Library.Node(ctx, by, "")
	if err != nil {
		return a.stale(by, err), nil
	}
	answer, err := read(ctx)
	if err != nil {
		return a.stale(by, err), nil
	}
	after, err := a.e.cfg.Library.Node(ctx, by, "")
	if err != nil {
		return a.stale(by, err), nil
	}
	if answer.Outcome == wire.Outcome_OUTCOME_OK && (before != root || after != root) {
		answer.Outcome = wire.Outcome_OUTCOME_MOVED
		if before == after && bytes.Equal(ask.Prefixes, packPrefix(nil, "")) {
			answer.Root = a.rootAt(ctx, by, after)
		}
	}
	return answer, nil
}

// rootAt returns the root of by whose node is at, if that is its newest.
func (a *answerer) rootAt(ctx context.Context, by media.Device, at media.Node) *wire.Root {
	roots, err := a.e.cfg.Library.Roots(ctx)
	if err != nil {
		return nil
	}
	for _, r := range roots {
		if r.Device == by && r.Node == at {
			return rootPB(r)
		}
	}
	return nil
}

// stale is also the answer when the library fails, which it may do because the
// manifest changes: the asker tries again later.
func (a *answerer) stale(by media.Device, err error) *wire.Answer {
	if err != nil {
		a.e.cfg.Log.Debug("manifest not read", "peer", a.peer, "author", by, "error", err)
	}
	return outcome(wire.Outcome_OUTCOME_STALE)
}

// reader checks the ask and returns what answers it, nil if this version does
// not understand it.
func (a *answerer) reader(by media.Device, ask *wire.Ask) (func(context.Context) (*wire.Answer, error), error) {
	prefixes, err := unpackPrefixes(ask.Prefixes)
	if err != nil {
		return nil, err
	}
	fps, err := unpackFingerprints(ask.Fingerprints, maxRecordsAsk)
	if err != nil {
		return nil, err
	}
	if ask.Want == wire.Want_WANT_DIFFERENCES {
		tails, err := unpackTails(ask.Hints, len(prefixes))
		return func(ctx context.Context) (*wire.Answer, error) { return a.differences(ctx, by, prefixes, tails) }, err
	}
	if len(ask.Hints) != 0 && len(ask.Hints) != hintsLen*len(prefixes) {
		return nil, malformed("hints")
	}
	switch ask.Want {
	case wire.Want_WANT_CHILDREN:
		return func(ctx context.Context) (*wire.Answer, error) { return a.children(ctx, by, prefixes, ask.Hints) }, nil
	case wire.Want_WANT_FINGERPRINTS:
		return func(ctx context.Context) (*wire.Answer, error) { return a.fingerprints(ctx, by, prefixes) }, nil
	case wire.Want_WANT_SUBTREES:
		return func(ctx context.Context) (*wire.Answer, error) { return a.subtrees(ctx, by, prefixes) }, nil
	case wire.Want_WANT_RECORDS:
		return func(ctx context.Context) (*wire.Answer, error) { return a.records(ctx, by, fps) }, nil
	}
	return nil, nil
}

func (a *answerer) since(ctx context.Context, by media.Device, from media.Node) (*wire.Answer, error) {
	d, ok, err := a.e.cfg.Library.Since(ctx, by, from)
	if err != nil {
		return a.stale(by, err), nil
	}
	if !ok || !deltaFits(d, answerBytes) {
		return outcome(wire.Outcome_OUTCOME_TOO_LARGE), nil
	}
	return &wire.Answer{Outcome: wire.Outcome_OUTCOME_OK, Delta: deltaPB(d)}, nil
}

func (a *answerer) children(ctx context.Context, by media.Device, prefixes []media.Prefix, hints []byte) (*wire.Answer, error) {
	answer := outcome(wire.Outcome_OUTCOME_OK)
	for i, p := range prefixes {
		c, err := a.e.cfg.Library.Children(ctx, by, p)
		if err != nil {
			return nil, err
		}
		var hint []byte
		if len(hints) > 0 {
			hint = hints[i*hintsLen:][:hintsLen]
		}
		answer.Children = packFamily(answer.Children, c, hint)
	}
	return answer, nil
}

func (a *answerer) fingerprints(ctx context.Context, by media.Device, prefixes []media.Prefix) (*wire.Answer, error) {
	answer := outcome(wire.Outcome_OUTCOME_OK)
	for _, p := range prefixes {
		fps, err := a.e.cfg.Library.Fingerprints(ctx, by, p)
		if err != nil {
			return nil, err
		}
		answer.Fingerprints = binary.AppendUvarint(answer.Fingerprints, uint64(len(fps)))
		answer.Fingerprints = packFingerprints(answer.Fingerprints, fps)
		if len(answer.Fingerprints) > answerBytes {
			return outcome(wire.Outcome_OUTCOME_TOO_LARGE), nil
		}
	}
	return answer, nil
}

// records answers with the records in the asked order, as many as fit and up
// to the first that is gone.
func (a *answerer) records(ctx context.Context, by media.Device, fps []media.Fingerprint) (*wire.Answer, error) {
	records, err := a.e.cfg.Library.Records(ctx, by, fps)
	if err != nil {
		return nil, err
	}
	found := make(map[media.Fingerprint]media.Record, len(records))
	for _, r := range records {
		found[r.Fingerprint()] = r
	}
	answer := outcome(wire.Outcome_OUTCOME_OK)
	for _, f := range fps {
		r, ok := found[f]
		if !ok || len(answer.Records) > answerBytes {
			break
		}
		answer.Records = packRecord(answer.Records, r)
	}
	return answer, nil
}

// subtrees answers with everything below the prefixes, or "too large".
func (a *answerer) subtrees(ctx context.Context, by media.Device, prefixes []media.Prefix) (*wire.Answer, error) {
	answer := outcome(wire.Outcome_OUTCOME_OK)
	left := maxSubtree
	for _, p := range prefixes {
		node, err := a.e.cfg.Library.Node(ctx, by, p)
		if err != nil {
			return nil, err
		}
		if node.N > uint64(left) {
			return outcome(wire.Outcome_OUTCOME_TOO_LARGE), nil
		}
		left -= int(node.N)
		var list []byte
		n, err := a.subtree(ctx, by, p, node, &list)
		if err != nil {
			return nil, err
		}
		if n > maxSubtree || len(answer.Records)+len(list) > answerBytes {
			return outcome(wire.Outcome_OUTCOME_TOO_LARGE), nil
		}
		// Not node.N: the manifest may have changed since.
		answer.Records = binary.AppendUvarint(answer.Records, uint64(n))
		answer.Records = append(answer.Records, list...)
	}
	return answer, nil
}

// subtree appends the records below p in the order of their fingerprints and
// returns their number. It stops early beyond answerBytes.
func (a *answerer) subtree(ctx context.Context, by media.Device, p media.Prefix, node media.Node, b *[]byte) (n int, err error) {
	if len(*b) > answerBytes || node.N == 0 {
		return 0, nil
	}
	lib := a.e.cfg.Library
	if node.N > media.LeafMax {
		c, err := lib.Children(ctx, by, p)
		if err != nil {
			return 0, err
		}
		for i := range c {
			m, err := a.subtree(ctx, by, p.Child(i), c[i], b)
			if err != nil {
				return 0, err
			}
			n += m
		}
		return n, nil
	}
	fps, err := lib.Fingerprints(ctx, by, p)
	if err != nil {
		return 0, err
	}
	records, err := lib.Records(ctx, by, fps)
	if err != nil {
		return 0, err
	}
	sortRecords(records)
	for _, r := range records {
		*b = packRecord(*b, r)
	}
	return len(records), nil
}

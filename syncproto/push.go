package syncproto

import (
	"context"
	"fmt"
	"slices"
	"time"

	"homeroll/store/media"
	"homeroll/syncproto/internal/wire"
)

// rootsInFrame keeps a frame of roots, of about 170 bytes each, below maxRoots.
const rootsInFrame = 128

// push states every root once and then, at each change, what is new. Changes
// during a write are found together after it.
func (a *answerer) push(ctx context.Context) error {
	changed := a.e.cfg.Library.Changed()
	if err := a.stateAll(ctx); err != nil {
		return err
	}
	var p pushPace
	for {
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := p.await(ctx); err != nil {
			return err
		}
		changed = a.e.cfg.Library.Changed()
		told, err := a.stateNew(ctx)
		if err != nil {
			return err
		}
		p.rest(told)
	}
}

// pushPace lets a few changes in a row be stated at once. Those of a long work,
// of which each would cost the peer a transaction, are gathered.
type pushPace struct{ next time.Time }

// await waits until something may be stated.
func (p *pushPace) await(ctx context.Context) error {
	now := time.Now()
	wait := p.next.Sub(now)
	if p.next.Before(now.Add(-pushBurst * pushEvery)) {
		p.next = now.Add(-pushBurst * pushEvery)
	}
	p.next = p.next.Add(pushEvery)
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// rest puts off what comes after a statement of many records: the peer writes a
// leaf of a trie for each, or for twice as many.
func (p *pushPace) rest(told int) {
	rest := min(time.Duration(told)*pushRest, pushMost)
	if next := time.Now().Add(rest); rest > pushEvery && p.next.Before(next) {
		p.next = next
	}
}

func (a *answerer) stateAll(ctx context.Context) error {
	roots, err := a.e.cfg.Library.Roots(ctx)
	if err != nil {
		return fmt.Errorf("read roots: %w", err)
	}
	for part := range slices.Chunk(roots, rootsInFrame) {
		m := new(wire.Roots)
		for _, r := range part {
			a.sent[r.Device] = r
			m.Roots = append(m.Roots, rootPB(r))
		}
		if err := a.s.send(frameRoots, m); err != nil {
			return fmt.Errorf("send roots: %w", err)
		}
	}
	if err := a.s.send(frameRoots, &wire.Roots{All: true}); err != nil {
		return fmt.Errorf("send roots: %w", err)
	}
	return nil
}

// stateNew returns how many records were told.
func (a *answerer) stateNew(ctx context.Context) (told int, err error) {
	roots, err := a.e.cfg.Library.Roots(ctx)
	if err != nil {
		return 0, fmt.Errorf("read roots: %w", err)
	}
	for _, r := range roots {
		last, ok := a.sent[r.Device]
		if ok && !r.Newer(last) {
			continue
		}
		n, err := a.state(ctx, r, last, ok)
		if err != nil {
			return told, err
		}
		told += n
	}
	return told, nil
}

// state tells the peer of one newer root, with the records that lead there if
// it is likely to have what comes before. What the peer itself has stated
// needs no telling.
func (a *answerer) state(ctx context.Context, r, last media.Root, told bool) (records int, err error) {
	if has, ok := a.e.has(a.peer, r.Device); ok {
		if !r.Newer(has) {
			a.sent[r.Device] = has
			return 0, nil
		}
		if has.Newer(last) {
			last, told = has, true
		}
	}
	if told && r.Device != a.peer && a.s.greeting.has(canPush) {
		d, ok, err := a.e.cfg.Library.Since(ctx, r.Device, last.Node)
		if err != nil {
			return 0, fmt.Errorf("read changes: %w", err)
		}
		if ok && d.To.Node == r.Node && deltaFits(d, pushBytes) {
			a.sent[r.Device] = d.To
			return len(d.Add) + len(d.Remove), a.s.send(frameDelta, deltaPB(d))
		}
	}
	a.sent[r.Device] = r
	return 0, a.s.send(frameRoots, &wire.Roots{Roots: []*wire.Root{rootPB(r)}})
}

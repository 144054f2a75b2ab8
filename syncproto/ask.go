package syncproto

import (
	"context"
	"fmt"
	"time"

	"homeroll/store/media"
	"homeroll/syncproto/internal/wire"
)

// question is an ask and what to do with its answer.
type question struct {
	ask    *wire.Ask
	handle func(context.Context, *wire.Answer) error
}

// reply is an answer on its way to whoever asked.
type reply struct {
	question
	answer *wire.Answer
}

// open is an unanswered ask. Replies has room for every ask that its owner may
// have open, so that the reader never waits.
type open struct {
	question
	replies chan<- reply
}

// put sends a question. The caller holds a slot of f.asks, which is given back
// when the answer arrives.
func (f *follower) put(q question, replies chan<- reply) error {
	f.mu.Lock()
	f.lastAsk++
	q.ask.Id = f.lastAsk
	f.open[q.ask.Id] = open{q, replies}
	f.mu.Unlock()
	if err := f.s.send(frameAsk, q.ask); err != nil {
		return f.wrap(fmt.Errorf("send question: %w", err))
	}
	return nil
}

func (f *follower) heardAnswer(m *wire.Answer) error {
	f.mu.Lock()
	o, ok := f.open[m.Id]
	delete(f.open, m.Id)
	f.mu.Unlock()
	if !ok {
		return malformed("an answer to no question")
	}
	<-f.asks
	o.replies <- reply{o.question, m}
	return nil
}

// await returns the next reply, or ErrStalled if the peer stands still.
func (f *follower) await(ctx context.Context, replies <-chan reply) (reply, error) {
	since := time.Now()
	wait := f.s.link.stall
	for {
		timer := time.NewTimer(wait)
		select {
		case r := <-replies:
			timer.Stop()
			return r, nil
		case <-ctx.Done():
			timer.Stop()
			return reply{}, ctx.Err()
		case <-timer.C:
			silent := f.s.link.silent(since)
			if silent >= f.s.link.stall {
				return reply{}, f.wrap(fmt.Errorf("await answer: %w", ErrStalled))
			}
			wait = f.s.link.stall - silent
		}
	}
}

// slot takes a slot for an ask. Without wait it reports false if there is none.
func (f *follower) slot(ctx context.Context, wait bool) (bool, error) {
	select {
	case f.asks <- struct{}{}:
		return true, nil
	default:
	}
	if !wait {
		return false, nil
	}
	select {
	case f.asks <- struct{}{}:
		return true, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// askSince asks for what changed since from and returns false if the peer does
// not remember.
func (f *follower) askSince(ctx context.Context, by media.Device, from media.Node) (d media.Delta, ok bool, err error) {
	if _, err := f.slot(ctx, true); err != nil {
		return d, false, err
	}
	replies := make(chan reply, 1)
	ask := &wire.Ask{Want: wire.Want_WANT_SINCE, Device: string(by), Root: hashPB(from), N: from.N}
	if err := f.put(question{ask: ask}, replies); err != nil {
		return d, false, err
	}
	r, err := f.await(ctx, replies)
	if err != nil || r.answer.Outcome != wire.Outcome_OUTCOME_OK {
		return d, false, err
	}
	d, err = deltaOf(f.home, r.answer.Delta)
	if err == nil && d.To.Device != by {
		err = malformed("a delta of another device")
	}
	if err == nil {
		err = f.offer(d.To, nil)
	}
	if err != nil {
		return d, false, f.wrap(err)
	}
	return d, d.To.Check(f.home) == nil, nil
}

package node

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"homeroll/store"
	"homeroll/store/media"
	"homeroll/syncproto"
)

// previewMaker makes the previews that other devices ask for, one after the other
// in a goroutine of its own, within the time that previews may take. It is a
// syncproto.Previewer.
type previewMaker struct {
	node *Node
	wake chan struct{} // something is queued; a level of one

	mu    sync.Mutex // guards what follows
	queue []*making  // those for which a person waits first
}

// making is a preview that is to be made.
type making struct {
	id     media.ID
	large  bool
	urgent bool
	done   chan struct{}
	err    error // once done
}

// maxMakings are queued; more is for later.
const maxMakings = 64

// While media travel or files are hashed at a rate that takes a good part of a
// core, making previews takes only so much of one, in percent.
const (
	briskRate = 20 << 20 // bytes a second
	briskCPU  = 5
)

func newPreviewMaker(n *Node) *previewMaker {
	return &previewMaker{node: n, wake: make(chan struct{}, 1)}
}

// Preview implements syncproto.Previewer.
func (m *previewMaker) Preview(ctx context.Context, id media.ID, pixels int, e syncproto.Effort) ([]byte, error) {
	size := store.PreviewSize(pixels)
	b, err := m.node.store.MadePreview(ctx, id, size)
	if !errors.Is(err, store.ErrPreviewNotMade) {
		return b, m.refusal(id, err)
	}
	if e == syncproto.IfMade {
		return nil, syncproto.ErrLater
	}
	j := m.enqueue(id, size == store.PreviewLarge, e == syncproto.Now)
	if j == nil {
		return nil, syncproto.ErrLater
	}
	select {
	case <-j.done:
	case <-ctx.Done():
		return nil, syncproto.ErrLater // it is made all the same, for the next who asks
	}
	if j.err != nil {
		return nil, m.refusal(id, j.err)
	}
	b, err = m.node.store.MadePreview(ctx, id, size)
	return b, m.refusal(id, err)
}

// Facts implements syncproto.Teller.
func (m *previewMaker) Facts(ctx context.Context, id media.ID) (*syncproto.Facts, error) {
	f, err := m.node.store.Facts(ctx, id)
	return (*syncproto.Facts)(f), err
}

// refusal tells others why there is no preview. What fails here may pass.
func (m *previewMaker) refusal(id media.ID, err error) error {
	switch {
	case err == nil, errors.Is(err, media.ErrNotHeld):
		return err
	case errors.Is(err, store.ErrNoPreview):
		return &syncproto.NoPreviewError{Reason: whyNone(err)}
	case !errors.Is(err, store.ErrPreviewNotMade):
		m.node.log.Debug("make preview for another device", "item", id, "error", err)
	}
	return syncproto.ErrLater
}

func whyNone(err error) syncproto.NoPreview {
	switch {
	case errors.Is(err, store.ErrPreviewTooLarge):
		return syncproto.NoPreviewTooLarge
	case errors.Is(err, store.ErrPreviewDamaged):
		return syncproto.NoPreviewDamaged
	case errors.Is(err, store.ErrPreviewNeedsProgram):
		return syncproto.NoPreviewProgram
	}
	return syncproto.NoPreviewOfType
}

// enqueue has a preview made, with whoever else waits for it; nil if too many
// are waited for.
func (m *previewMaker) enqueue(id media.ID, large, urgent bool) *making {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, j := range m.queue {
		if j.id == id && j.large == large && (j.urgent || !urgent) {
			return m.queue[i]
		}
	}
	if len(m.queue) >= maxMakings {
		return nil
	}
	j := &making{id: id, large: large, urgent: urgent, done: make(chan struct{})}
	at := len(m.queue)
	if urgent {
		if at = slices.IndexFunc(m.queue, func(other *making) bool { return !other.urgent }); at < 0 {
			at = len(m.queue)
		}
	}
	m.queue = slices.Insert(m.queue, at, j)
	select {
	case m.wake <- struct{}{}:
	default:
	}
	return j
}

// next returns the preview to be made now, nil if there is none.
func (m *previewMaker) next(now, rested time.Time) *making {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.queue) == 0 || !m.queue[0].urgent && now.Before(rested) {
		return nil
	}
	j := m.queue[0]
	m.queue = m.queue[1:]
	return j
}

// run makes previews until ctx ends. After each it rests, unless a person waits.
func (m *previewMaker) run(ctx context.Context) error {
	var rested time.Time
	for ctx.Err() == nil {
		began := time.Now()
		if j := m.next(began, rested); j != nil {
			j.err = m.node.store.MakePreview(ctx, j.id, !j.large)
			close(j.done)
			rested = time.Now().Add(restAfter(time.Since(began), m.node.previewCPU()))
			continue
		}
		timer := time.NewTimer(m.until(rested))
		select {
		case <-ctx.Done():
		case <-m.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// until returns how long nothing can be made, if nothing urgent comes.
func (m *previewMaker) until(rested time.Time) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.queue) == 0 {
		return time.Minute
	}
	return max(0, time.Until(rested))
}

// previewCPU is how much of one core previews for others may take now, in percent.
func (n *Node) previewCPU() int {
	most := n.cfg.Settings.Previews.Percent()
	if in, out := n.exchange.Rates(); in+out > briskRate || n.store.Progress().Scanning {
		return min(most, briskCPU)
	}
	return most
}

// longestRest bounds the rest after one piece of work.
const longestRest = time.Minute

// restAfter returns how long to rest, so that work and rest together take the
// given percentage of one core.
func restAfter(worked time.Duration, percent int) time.Duration {
	percent = min(max(percent, 1), 100)
	return min(worked*time.Duration(100-percent)/time.Duration(percent), longestRest)
}

package node

import (
	"context"
	"sync"
	"time"

	"homeroll/store"
	"homeroll/store/media"
)

// library is the store as the exchange sees it, with an ear on Outrun.
type library struct {
	*store.Store
	twins *twins
}

func (l *library) Outrun(ctx context.Context, seen media.Root) error {
	l.twins.outrun(time.Now(), seen.Epoch)
	return l.Store.Outrun(ctx, seen)
}

// A restored database is outrun by its own past, once, whoever tells of it:
// after that this device has raised its epoch above. Being outrun by ever
// higher epochs means that another running node has the same key and raises
// them, too.
const (
	twinEpochs = 3
	twinMemory = time.Hour
)

// twins notices another running node with this device's key. The zero twins is ready.
type twins struct {
	mu      sync.Mutex
	highest uint64
	raised  []time.Time // when a higher epoch was seen
}

func (t *twins) outrun(now time.Time, epoch uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if epoch <= t.highest {
		return
	}
	t.highest = epoch
	t.raised = append(t.raised, now)
	t.raised = t.raised[max(0, len(t.raised)-twinEpochs):]
}

// alive reports whether there has been such a node lately.
func (t *twins) alive(now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.raised) == twinEpochs && now.Sub(t.raised[0]) < twinMemory
}

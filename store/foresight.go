package store

import (
	"context"
	"sync"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/media"
)

// A target that was foreseen is good for a while and until a name is withdrawn;
// a name that came meanwhile gets its file later, as any further one does.
const (
	foreseenFor = 10 * time.Second
	maxForeseen = 4096
)

// foresight holds the targets of items that are about to be received.
type foresight struct {
	mu      sync.Mutex
	targets map[media.Item]foreseen
}

type foreseen struct {
	target      target
	at          time.Time
	withdrawals uint64 // of the catalogue, before it was asked
}

// Foresee looks up where items that are about to be received will have their
// place. It need not be called: all together are only cheaper than one by one.
func (s *Store) Foresee(ctx context.Context, items []media.Item) error {
	withdrawals := s.cat.Withdrawals()
	all, err := s.cat.StatedNames(ctx, items)
	if err != nil {
		return err
	}
	now := time.Now()
	s.foresight.clear(now)
	for it, names := range all {
		t, err := s.target(ctx, s.best(names))
		if err != nil {
			return err
		}
		s.foresight.put(it, foreseen{t, now, withdrawals})
	}
	return nil
}

// clear forgets what is too old, of flights that have failed.
func (f *foresight) clear(now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for it, t := range f.targets {
		if now.Sub(t.at) > foreseenFor {
			delete(f.targets, it)
		}
	}
}

func (f *foresight) put(it media.Item, t foreseen) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.targets == nil {
		f.targets = map[media.Item]foreseen{}
	}
	if len(f.targets) < maxForeseen {
		f.targets[it] = t
	}
}

// take returns what was foreseen for an item, if it still holds.
func (f *foresight) take(cat *catalogue.Catalogue, it media.Item) (target, bool) {
	f.mu.Lock()
	t, ok := f.targets[it]
	delete(f.targets, it)
	f.mu.Unlock()
	return t.target, ok && time.Since(t.at) < foreseenFor && t.withdrawals == cat.Withdrawals()
}

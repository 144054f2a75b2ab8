package store

import (
	"context"
	"sync"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/media"
)

// Bounds of what is remembered of items that are about to be read.
const (
	maxExpected = 1024
	expectedFor = 10 * time.Second
)

// expected are the places of items that somebody is about to read. A file is
// compared with its record before it is read, however old the record is.
type expected struct {
	mu     sync.Mutex
	places map[media.ID]expectation
}

type expectation struct {
	held  catalogue.Held
	until time.Time
}

// Expect looks up together the items that are read next: see syncproto.Library.
func (s *Store) Expect(ctx context.Context, ids []media.ID) {
	held, err := s.cat.HeldAll(ctx, ids)
	if err != nil {
		return // Read says so
	}
	s.expected.put(held, time.Now().Add(expectedFor))
}

func (e *expected) put(all map[media.ID]catalogue.Held, until time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.places == nil || len(e.places)+len(all) > maxExpected {
		e.places = map[media.ID]expectation{}
	}
	for id, held := range all {
		e.places[id] = expectation{held, until}
	}
}

// take returns the place of an item, once.
func (e *expected) take(id media.ID, now time.Time) (catalogue.Held, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	x, ok := e.places[id]
	delete(e.places, id)
	return x.held, ok && now.Before(x.until)
}

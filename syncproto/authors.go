package syncproto

import (
	"context"
	"sync"

	"homeroll/store/media"
)

// authors lets one goroutine at a time change the stored manifest of each
// device, whichever peer it comes from.
type authors struct {
	mu   sync.Mutex
	held map[media.Device]chan struct{} // closed on release
}

// tryLock returns nil and no release if somebody else is at it.
func (a *authors) tryLock(by media.Device) (release func()) {
	release, _ = a.attempt(by)
	return release
}

func (a *authors) lock(ctx context.Context, by media.Device) (release func(), err error) {
	for {
		release, busy := a.attempt(by)
		if release != nil {
			return release, nil
		}
		select {
		case <-busy:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (a *authors) attempt(by media.Device) (release func(), busy <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if c, ok := a.held[by]; ok {
		return nil, c
	}
	if a.held == nil {
		a.held = make(map[media.Device]chan struct{})
	}
	c := make(chan struct{})
	a.held[by] = c
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.held, by)
		close(c)
	}, nil
}

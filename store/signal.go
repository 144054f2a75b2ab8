package store

import "sync"

// signal says "something changed" to any number of waiters: a level, not a
// queue.
type signal struct {
	mu sync.Mutex
	ch chan struct{}
}

// next returns the channel that the next fire closes.
func (s *signal) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch == nil {
		s.ch = make(chan struct{})
	}
	return s.ch
}

func (s *signal) fire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch != nil {
		close(s.ch)
		s.ch = nil
	}
}

package node

import "sync"

// level tells any number of waiters that something changed; how often does
// not matter. The zero level is ready.
type level struct {
	mu sync.Mutex
	ch chan struct{}
}

// wait returns a channel that is closed at the next bump. Take it before looking.
func (l *level) wait() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ch == nil {
		l.ch = make(chan struct{})
	}
	return l.ch
}

func (l *level) bump() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ch != nil {
		close(l.ch)
		l.ch = nil
	}
}

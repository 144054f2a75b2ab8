package control

import (
	"context"
	"crypto/rand"
	"sync"

	"homeroll/node/api"
)

// sessions are the questions that wait for a person's answer.
type sessions struct {
	mu   sync.Mutex
	open map[string]chan bool
}

// ask emits the question under a fresh session and waits for the answer, false if
// the one who would answer goes away.
func (s *sessions) ask(ctx context.Context, e api.PairEvent, emit func(api.PairEvent)) bool {
	e.Type, e.Session = api.EventConfirm, rand.Text()
	answered := make(chan bool, 1)
	s.mu.Lock()
	if s.open == nil {
		s.open = map[string]chan bool{}
	}
	s.open[e.Session] = answered
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.open, e.Session)
		s.mu.Unlock()
	}()
	emit(e)
	select {
	case yes := <-answered:
		return yes
	case <-ctx.Done():
		return false
	}
}

// answer reports whether somebody waited for it.
func (s *sessions) answer(a api.AnswerRequest) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	answered, ok := s.open[a.Session]
	if ok {
		delete(s.open, a.Session)
		answered <- a.Yes
	}
	return ok
}

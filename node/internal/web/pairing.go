package web

import (
	"context"
	"crypto/rand"
	"net/http"
	"sync"

	"homeroll/node/api"
)

// questions are the joinings that wait for a person's answer, by a name that
// only the page that asked for them knows.
type questions struct {
	mu   sync.Mutex
	open map[string]chan bool
}

func (q *questions) ask() (name string, answer <-chan bool, end func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.open == nil {
		q.open = map[string]chan bool{}
	}
	name = rand.Text()
	c := make(chan bool, 1)
	q.open[name] = c
	return name, c, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		delete(q.open, name)
	}
}

// answer reports whether somebody waited for it.
func (q *questions) answer(name string, yes bool) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	c, ok := q.open[name]
	if ok {
		delete(q.open, name)
		c <- yes
	}
	return ok
}

func (s *Server) routesPairing(mux *http.ServeMux) {
	mux.HandleFunc("POST /api/v1/pair/invite", s.invite)
	mux.HandleFunc("POST /api/v1/pair/join", s.join)
	mux.HandleFunc("POST /api/v1/pair/answer", s.answerPairing)
}

// invite answers with JSON lines of api.PairEvent; the window closes when the
// browser goes away.
func (s *Server) invite(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	lines := s.lines(w, r)
	peer, err := s.cfg.Care.Invite(ctx, func(e api.PairEvent) { s.tell(lines, e, cancel) })
	lines.End(api.PairEvent{Schema: api.Schema, Type: api.EventPaired, Device: peer}, err)
}

// join answers with JSON lines of api.PairEvent. The one of type "confirm"
// waits for POST pair/answer with its session.
func (s *Server) join(w http.ResponseWriter, r *http.Request) {
	in, ok := read[api.PairRequest](s, w, r)
	if !ok {
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	lines := s.lines(w, r)
	emit := func(e api.PairEvent) { s.tell(lines, e, cancel) }
	peer, err := s.cfg.Care.Join(ctx, in, emit, func(e api.PairEvent) bool {
		name, answer, end := s.questions.ask()
		defer end()
		e.Type, e.Session = api.EventConfirm, name
		emit(e)
		select {
		case yes := <-answer:
			return yes
		case <-ctx.Done():
			return false
		}
	})
	lines.End(api.PairEvent{Schema: api.Schema, Type: api.EventPaired, Device: peer}, err)
}

// tell sends an event, or ends the pairing if nobody listens any more.
func (s *Server) tell(lines *Lines, e api.PairEvent, gone context.CancelFunc) {
	e.Schema = api.Schema
	if lines.Emit(e) != nil {
		gone()
	}
}

func (s *Server) answerPairing(w http.ResponseWriter, r *http.Request) {
	in, ok := read[api.AnswerRequest](s, w, r)
	if !ok {
		return
	}
	if !s.questions.answer(in.Session, in.Yes) {
		s.refuse(w, http.StatusNotFound, &api.Error{Code: api.ExitFailed, Message: "nothing waits for this answer any more", Hint: "pair again"})
		return
	}
	s.done(w, nil)
}

package control

import (
	"encoding/json"
	"net/http"
	"sync"

	"homeroll/node/api"
)

// lines writes JSON documents, one a line, each sent at once. Safe for
// concurrent use.
type lines struct {
	mu  sync.Mutex
	w   http.ResponseWriter
	enc *json.Encoder
}

func newLines(w http.ResponseWriter) *lines {
	w.Header().Set("Content-Type", "application/x-ndjson")
	return &lines{w: w, enc: json.NewEncoder(w)}
}

func (l *lines) write(doc any) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.enc.Encode(doc); err != nil {
		return err
	}
	return http.NewResponseController(l.w).Flush()
}

func (s *Server) follow(w http.ResponseWriter, r *http.Request) {
	out := newLines(w)
	err := s.node.Follow(r.Context(), func(doc *api.Status) error {
		line := *doc
		line.Type = "status"
		return out.write(line)
	})
	if err != nil && r.Context().Err() == nil {
		_ = out.write(complete(s.node.Explain(err)))
	}
}

// verify streams the events of a verification and ends with "verified" or an
// error.
func (s *Server) verify(w http.ResponseWriter, r *http.Request) {
	var in api.VerifyRequest
	if !s.read(w, r, &in) {
		return
	}
	out := newLines(w)
	emit := func(e api.VerifyEvent) {
		e.Schema = api.Schema
		_ = out.write(e) // a client that went away ends the request's context
	}
	end, err := s.node.Verify(r.Context(), in, emit)
	if err != nil {
		_ = out.write(complete(s.node.Explain(err)))
		return
	}
	if end != nil {
		emit(api.VerifyEvent{Type: api.EventVerified, Result: end})
	}
}

// bench streams what is being measured and ends with "bench" or an error.
func (s *Server) bench(w http.ResponseWriter, r *http.Request) {
	out := newLines(w)
	emit := func(e api.BenchEvent) {
		e.Schema = api.Schema
		_ = out.write(e) // a client that went away ends the request's context
	}
	end, err := s.node.Bench(r.Context(), emit)
	if err != nil {
		_ = out.write(complete(s.node.Explain(err)))
		return
	}
	emit(api.BenchEvent{Type: api.EventBench, Result: end})
}

// moveVault streams how far a move is and ends with "moved" or an error.
func (s *Server) moveVault(w http.ResponseWriter, r *http.Request) {
	var in api.VaultRequest
	if !s.read(w, r, &in) {
		return
	}
	out := newLines(w)
	emit := func(e api.VaultEvent) {
		e.Schema = api.Schema
		_ = out.write(e) // a client that went away ends the request's context
	}
	if err := s.node.MoveVault(r.Context(), in.Path, emit); err != nil {
		_ = out.write(complete(s.node.Explain(err)))
		return
	}
	emit(api.VaultEvent{Type: api.EventMoved, Path: in.Path})
}

func (s *Server) invite(w http.ResponseWriter, r *http.Request) {
	s.pairing(w, r, func(emit func(api.PairEvent)) (*api.Peer, error) {
		return s.node.Invite(r.Context(), emit)
	})
}

func (s *Server) join(w http.ResponseWriter, r *http.Request) {
	var in api.PairRequest
	if !s.read(w, r, &in) {
		return
	}
	s.pairing(w, r, func(emit func(api.PairEvent)) (*api.Peer, error) {
		return s.node.Join(r.Context(), in, emit, func(e api.PairEvent) bool {
			return s.sessions.ask(r.Context(), e, emit)
		})
	})
}

// pairing streams the events of one pairing and ends with "paired" or an
// error.
func (s *Server) pairing(w http.ResponseWriter, r *http.Request, pair func(emit func(api.PairEvent)) (*api.Peer, error)) {
	out := newLines(w)
	emit := func(e api.PairEvent) {
		e.Schema = api.Schema
		_ = out.write(e) // a client that went away ends the request's context
	}
	peer, err := pair(emit)
	if err != nil {
		_ = out.write(complete(s.node.Explain(err)))
		return
	}
	emit(api.PairEvent{Type: api.EventPaired, Device: peer})
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	var in api.AnswerRequest
	if !s.read(w, r, &in) {
		return
	}
	if !s.sessions.answer(in) {
		writeError(w, &api.Error{Code: api.ExitFailed, Message: "nobody waits for this answer", Hint: "start the pairing again"})
		return
	}
	s.done(w, nil)
}

package control

import (
	"context"
	"encoding/json"
	"net/http"

	"homeroll/node/api"
)

// maxRequest is the largest request body, in bytes: a long list of paths.
const maxRequest = 4 << 20

// command handles a request that has a body and no answer of its own.
func command[T any](s *Server, do func(context.Context, T) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in T
		if s.read(w, r, &in) {
			s.done(w, do(r.Context(), in))
		}
	}
}

// plain handles a request without a body or an answer of its own.
func plain(s *Server, do func(context.Context) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { s.done(w, do(r.Context())) }
}

func (s *Server) read(w http.ResponseWriter, r *http.Request, in any) bool {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(in); err != nil {
		writeError(w, &api.Error{Code: api.ExitUsage, Message: "read the request: " + err.Error()})
		return false
	}
	return true
}

func (s *Server) done(w http.ResponseWriter, err error) {
	s.answerWith(w, api.Done{Schema: api.Schema}, err)
}

// answerWith writes the document, or the error if there is one.
func (s *Server) answerWith(w http.ResponseWriter, doc any, err error) {
	if err != nil {
		writeError(w, s.node.Explain(err))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(doc) // the client is gone if it fails
}

func writeError(w http.ResponseWriter, e *api.Error) {
	status := http.StatusInternalServerError
	if e.Code == api.ExitUsage {
		status = http.StatusBadRequest
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(complete(e))
}

func complete(e *api.Error) *api.Error {
	full := *e
	full.Schema, full.Type = api.Schema, "error"
	return &full
}

func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	doc, err := s.node.Status(r.Context())
	s.answerWith(w, doc, err)
}

func (s *Server) copies(w http.ResponseWriter, r *http.Request) {
	doc, err := s.node.Copies(r.Context(), r.URL.Query().Get("of"))
	s.answerWith(w, doc, err)
}

func (s *Server) show(w http.ResponseWriter, r *http.Request) {
	doc, err := s.node.Show(r.Context(), r.URL.Query().Get("of"))
	s.answerWith(w, doc, err)
}

func (s *Server) problems(w http.ResponseWriter, r *http.Request) {
	problems, skipped, err := s.node.Problems(r.Context())
	s.answerWith(w, api.ProblemsDoc{Schema: api.Schema, Problems: problems, Skipped: skipped}, err)
}

func (s *Server) replaceVault(w http.ResponseWriter, r *http.Request) {
	var in api.ReplaceRequest
	if s.read(w, r, &in) {
		info, err := s.node.ReplaceVault(r.Context(), in)
		s.answerWith(w, info, err)
	}
}

func (s *Server) confirmFolder(w http.ResponseWriter, r *http.Request) {
	var in api.ConfirmRequest
	if s.read(w, r, &in) {
		withdrawn, err := s.node.ConfirmFolder(r.Context(), in.Path, in.Files)
		s.answerWith(w, api.ConfirmDoc{Schema: api.Schema, Withdrawn: withdrawn}, err)
	}
}

func (s *Server) setting(w http.ResponseWriter, r *http.Request) {
	key := r.URL.Query().Get("key")
	value, err := s.node.Setting(r.Context(), key)
	s.answerWith(w, api.SettingDoc{Schema: api.Schema, Key: key, Value: value}, err)
}

func (s *Server) openPage(w http.ResponseWriter, r *http.Request) {
	doc, err := s.node.OpenPage(r.Context())
	s.answerWith(w, doc, err)
}

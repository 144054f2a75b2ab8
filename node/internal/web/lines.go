package web

import (
	"encoding/json"
	"net/http"
	"sync"

	"homeroll/node/api"
)

// Lines is an answer that grows by one JSON document a line. Its methods may be
// called concurrently.
type Lines struct {
	s  *Server
	mu sync.Mutex
	w  http.ResponseWriter
	at *http.ResponseController
}

// lines begins an answer of JSON lines.
func (s *Server) lines(w http.ResponseWriter, _ *http.Request) *Lines {
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	l := &Lines{s: s, w: w, at: http.NewResponseController(w)}
	_ = l.at.Flush() // the browser is gone if it fails
	return l
}

// Emit sends one document; an error means that the browser is gone.
func (l *Lines) Emit(doc any) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := json.NewEncoder(l.w).Encode(doc); err != nil {
		return err
	}
	return l.at.Flush()
}

// End sends the last line: the document, or the error if there is one.
func (l *Lines) End(doc any, err error) {
	if err != nil {
		full := *l.s.explain(err)
		full.Schema, full.Type = api.Schema, "error"
		doc = &full
	}
	_ = l.Emit(doc) // the browser is gone if it fails
}

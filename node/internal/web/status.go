package web

import "net/http"

// routesStatus are the routes of the state of the home, and of what a person
// does about it.
func (s *Server) routesStatus(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/v1/status", s.status)
}

func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	doc, err := s.cfg.Care.Status(r.Context())
	s.answer(w, doc, err)
}

package web

import (
	"net/http"
	"strings"

	"homeroll/node/api"
)

// Handler returns what answers requests, with everything that guards it.
func (s *Server) Handler() http.Handler {
	members, anyone := http.NewServeMux(), http.NewServeMux()
	s.routesStatic(anyone)
	s.routesAccount(members, anyone)
	s.routesShare(members, anyone)
	if s.cfg.Care != nil {
		s.routesStatus(members)
	}
	if s.cfg.Gallery != nil {
		s.routesGallery(members)
		s.routesPictures(members)
	}
	if s.cfg.Originals != nil {
		s.routesMedia(members)
	}
	if s.cfg.Marks != nil {
		s.routesMarks(members)
	}
	if s.cfg.Uploads != nil {
		s.routesUpload(members)
	}
	members.HandleFunc("/", s.unknown)
	return s.guard(members, anyone)
}

// unknown answers addresses that nothing is at.
func (s *Server) unknown(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/api/") {
		s.refuse(w, http.StatusNotFound, &api.Error{Code: api.ExitUsage, Message: "there is nothing at " + r.URL.Path})
		return
	}
	s.pageWith(w, r, http.StatusNotFound, "missing", nil)
}

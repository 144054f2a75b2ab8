package web

import (
	"net/http"

	"homeroll/store/media"
)

// routesPictures are the pages of pictures; what is on them their modules ask
// for.
func (s *Server) routesPictures(mux *http.ServeMux) {
	for path, page := range map[string]string{"/albums": "albums", "/map": "map", "/search": "search", "/trash": "trash"} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) { s.page(w, r, page, nil) })
	}
	mux.HandleFunc("GET /albums/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.page(w, r, "album", map[string]string{"Album": r.PathValue("id")})
	})
	mux.HandleFunc("GET /photo/{id}", s.photoPage)
}

// photoPage is the timeline with one picture open.
func (s *Server) photoPage(w http.ResponseWriter, r *http.Request) {
	id, err := media.ParseID(r.PathValue("id"))
	if err != nil {
		s.pageWith(w, r, http.StatusNotFound, "missing", nil)
		return
	}
	s.page(w, r, "photo", map[string]string{"Photo": id.String()})
}

package web

import "net/http"

// routesGallery are the routes of finding pictures.
func (s *Server) routesGallery(mux *http.ServeMux) {
}

package web

import "net/http"

// routesMedia are the routes of pictures themselves.
func (s *Server) routesMedia(mux *http.ServeMux) {
}

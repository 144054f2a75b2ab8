package web

import "net/http"

// routesUpload are the routes of what browsers send.
func (s *Server) routesUpload(mux *http.ServeMux) {
}

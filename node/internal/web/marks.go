package web

import "net/http"

// routesMarks are the routes of what people say of pictures.
func (s *Server) routesMarks(mux *http.ServeMux) {
}

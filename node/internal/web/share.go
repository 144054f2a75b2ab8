package web

import "net/http"

// routesShare are the routes of share links: members make them, and anyone who
// has one opens it.
func (s *Server) routesShare(members, anyone *http.ServeMux) {
}

package web

import "net/http"

// guard passes a request on to anyone's routes, or to the members' ones if it
// is of somebody who signed in.
func (s *Server) guard(members, anyone *http.ServeMux) http.Handler {
	return s.protected(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := anyone.Handler(r); pattern != "" {
			anyone.ServeHTTP(w, r)
			return
		}
		members.ServeHTTP(w, r)
	}))
}

// headers are sent with every answer.
var headers = map[string]string{
	"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; " +
		"media-src 'self' blob:; connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; " +
		"manifest-src 'self'; worker-src 'self'",
	"X-Content-Type-Options":       "nosniff",
	"Referrer-Policy":              "no-referrer",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy":           "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}

// protected answers with the headers that keep a browser from doing more than
// the page asks of it.
func (s *Server) protected(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range headers {
			w.Header().Set(name, value)
		}
		next.ServeHTTP(w, r)
	})
}

package web

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"

	"homeroll/node/api"
)

// guard passes a request on to anyone's routes, or to the members' ones if it
// is of somebody who signed in.
func (s *Server) guard(members, anyone *http.ServeMux) http.Handler {
	var h http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := anyone.Handler(r); pattern != "" {
			anyone.ServeHTTP(w, s.withVisitor(r))
			return
		}
		s.membersOnly(members).ServeHTTP(w, r)
	})
	for _, around := range []func(http.Handler) http.Handler{s.sameOrigin, s.secure, s.atHome, paced, protected, s.recovered} {
		h = around(h)
	}
	return h
}

// headers are sent with every answer.
var headers = map[string]string{
	"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; " +
		"media-src 'self' blob:; connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; " +
		"manifest-src 'self'; worker-src 'self'",
	"X-Content-Type-Options":       "nosniff",
	"X-Frame-Options":              "DENY",
	"Referrer-Policy":              "same-origin", // with no-referrer, browsers say that our own forms come from the origin null
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy":           "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}

// protected answers with the headers that keep a browser from doing more than
// the page asks of it.
func protected(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range headers {
			w.Header().Set(name, value)
		}
		next.ServeHTTP(w, r)
	})
}

// recovered answers a request that our own fault broke, and tells the log.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent := &begun{ResponseWriter: w}
		defer func() {
			fault := recover()
			if fault == nil {
				return
			}
			if fault == http.ErrAbortHandler { //nolint:errorlint // this very value asks the server to hang up
				panic(fault)
			}
			s.log.Error("a request could not be answered", "path", r.URL.Path, "fault", fmt.Sprint(fault), "stack", string(debug.Stack()))
			if sent.yes {
				panic(http.ErrAbortHandler) // half an answer must not look like a whole one
			}
			s.refuse(w, http.StatusInternalServerError, &api.Error{Code: api.ExitFailed, Message: "the node has a fault", Hint: "its log says more"})
		}()
		next.ServeHTTP(sent, r)
	})
}

// begun knows whether an answer has begun.
type begun struct {
	http.ResponseWriter
	yes bool
}

// Unwrap is for http.ResponseController.
func (b *begun) Unwrap() http.ResponseWriter { return b.ResponseWriter }

// WriteHeader begins the answer.
func (b *begun) WriteHeader(status int) {
	b.yes = true
	b.ResponseWriter.WriteHeader(status)
}

func (b *begun) Write(p []byte) (int, error) {
	b.yes = true
	return b.ResponseWriter.Write(p)
}

// reject refuses a request in the form that who sent it reads: a document, or a
// page that says the text of a key.
func (s *Server) reject(w http.ResponseWriter, r *http.Request, status int, key string, e *api.Error) {
	w.Header().Set("Cache-Control", "no-store")
	if wantsPage(r) {
		s.pageWith(w, r, status, "refused", map[string]string{"Key": key, "Message": e.Message, "Hint": e.Hint})
		return
	}
	s.refuse(w, status, e)
}

// wantsPage reports whether a person looks at the answer.
func wantsPage(r *http.Request) bool {
	return !strings.HasPrefix(r.URL.Path, "/api/") && !strings.HasPrefix(r.URL.Path, "/media/") && strings.Contains(r.Header.Get("Accept"), "text/html")
}

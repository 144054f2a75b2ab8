package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"homeroll/node/api"
	"homeroll/node/internal/web/access"
)

type visitorKey struct{}

// visitor is the session of who sent a request; ok is false for somebody who
// has not signed in.
func visitor(r *http.Request) (s access.Session, ok bool) {
	s, ok = r.Context().Value(visitorKey{}).(access.Session)
	return s, ok
}

// withVisitor finds out whose a request is.
func (s *Server) withVisitor(r *http.Request) *http.Request {
	session, ok := s.access.Session(s.secret(r), parseAddress(r.RemoteAddr))
	if !ok {
		return r
	}
	return r.WithContext(context.WithValue(r.Context(), visitorKey{}, session))
}

// membersOnly passes requests of those who signed in on, and shows the others
// the way in.
func (s *Server) membersOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		known := s.withVisitor(r)
		if _, ok := visitor(known); ok {
			next.ServeHTTP(w, known)
			return
		}
		safe := r.Method == http.MethodGet || r.Method == http.MethodHead
		switch {
		case !safe || !wantsPage(r):
			s.refuse(w, http.StatusUnauthorized, &api.Error{Code: api.ExitUsage, Message: "nobody is signed in", Hint: "open the page, or run homeroll open on the device"})
		case r.Header.Get("Sec-Fetch-Site") == "cross-site":
			// A link from elsewhere carries no cookie (SameSite=Strict); the same page, asked for by ourselves, does.
			w.Header().Set("Refresh", "0; url="+r.URL.RequestURI())
			s.pageWith(w, r, http.StatusOK, "arriving", r.URL.RequestURI())
		default:
			w.Header().Set("Cache-Control", "no-store")
			http.Redirect(w, r, "/sign-in?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
		}
	})
}

// cookieName is the name of the cookie that holds the secret of a session. The
// prefix has browsers insist that it came over TLS, from this very host; the
// rest tells it from those of other nodes on it.
func (s *Server) cookieName(r *http.Request) string {
	if r.TLS != nil {
		return "__Host-homeroll-" + s.access.Instance()
	}
	return "homeroll-" + s.access.Instance()
}

// secret is that of the session that a browser says it has.
func (s *Server) secret(r *http.Request) string {
	if c, err := r.Cookie(s.cookieName(r)); err == nil {
		return c.Value
	}
	return ""
}

// enter begins a session for a browser, in place of any that it has.
func (s *Server) enter(w http.ResponseWriter, r *http.Request, by string) error {
	secret, _, err := s.access.Begin(by, r.UserAgent(), parseAddress(r.RemoteAddr), s.secret(r))
	if err != nil {
		return err
	}
	s.setCookie(w, r, secret, 365*24*time.Hour) // the session itself ends earlier
	return nil
}

// leave has a browser forget its session.
func (s *Server) leave(w http.ResponseWriter, r *http.Request) { s.setCookie(w, r, "", -time.Second) }

func (s *Server) setCookie(w http.ResponseWriter, r *http.Request, value string, age time.Duration) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // G124: without TLS there is no Secure: loopback, or web.tls = off
		Name: s.cookieName(r), Value: value, Path: "/", MaxAge: int(age / time.Second),
		Secure: r.TLS != nil, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
}

// localPath returns a path on this page that somebody asked to be sent to; "/"
// if it is none, for it may name another page.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return u.RequestURI()
}

// kindOf says whose request it is, for a page: "member", or "" for somebody who
// has not signed in.
func kindOf(r *http.Request) string {
	if _, ok := visitor(r); ok {
		return "member"
	}
	return ""
}

package web

import (
	"net/http"
	"strings"

	"homeroll/node/api"
)

// mark is the header that requests which change something carry: a page of
// another origin cannot send it without asking first, and we allow none.
const mark = "X-Homeroll"

// sameOrigin refuses what pages of other origins send, and lets them do no more
// than link to a page of ours.
func (s *Server) sameOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if why := foreign(r); why != "" {
			s.log.Warn("a request of another page is refused", "why", why, "from", r.RemoteAddr, "path", r.URL.Path)
			s.reject(w, r, http.StatusForbidden, "other-origin", &api.Error{
				Code: api.ExitUsage, Message: "this request comes from another page: " + why, Hint: "use the page itself",
			})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// foreign says why a request is not of our page; "" = it may be.
func foreign(r *http.Request) string {
	site, origin := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Origin")
	ours := site == "" || site == "same-origin" || site == "none"
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		if ours || r.URL.Path == health || r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document" {
			return ""
		}
		return "its site is " + site
	}
	switch {
	case !ours:
		return "its site is " + site
	case origin != "" && !strings.EqualFold(origin, originOf(r)):
		return "its origin is " + origin
	case r.Header.Get(mark) != "":
		return ""
	case isForm(r) && (origin != "" || site == "same-origin"):
		return ""
	}
	return "it lacks the header " + mark
}

// isForm reports whether a request is of a form that works without scripts:
// those of the pages, never of the API or of media.
func isForm(r *http.Request) bool {
	return r.Method == http.MethodPost && !strings.HasPrefix(r.URL.Path, "/api/") && !strings.HasPrefix(r.URL.Path, "/media/")
}

// originOf is the origin of the page that a request is made to.
func originOf(r *http.Request) string {
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return scheme + r.Host
}

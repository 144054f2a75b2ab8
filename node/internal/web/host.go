package web

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"homeroll/node/api"
)

// hostOf returns the name or address that a request is made to, without port,
// in lower case.
func hostOf(r *http.Request) string {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// isOurs reports whether a host is one of this device: so that a page of a
// stranger whose name suddenly means our address (DNS rebinding) gets nothing.
// An address is always right: whoever names it has no name that could be
// rebound.
func (s *Server) isOurs(host string) bool {
	if host == "localhost" {
		return true
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return s.cfg.Names != nil && slices.Contains(s.cfg.Names(), host)
}

// atHome refuses requests to hosts that are not this device.
func (s *Server) atHome(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if host := hostOf(r); !s.isOurs(host) && r.URL.Path != health {
			s.log.Warn("a request for another host is refused", "host", host, "from", r.RemoteAddr)
			s.reject(w, r, http.StatusMisdirectedRequest, "other-host", &api.Error{
				Code: api.ExitUsage, Message: "this is not the page of " + host,
				Hint: "if that is a name of this device, add it: homeroll config set web.names '[\"" + host + "\"]'",
			})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// secure sends browsers on other devices to HTTPS.
func (s *Server) secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.cfg.TLS == nil || r.TLS != nil || isLocal(r) || r.URL.Path == health {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Connection", "close")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			s.reject(w, r, http.StatusUpgradeRequired, "insecure", &api.Error{Code: api.ExitUsage, Message: "this page is served over HTTPS alone", Hint: "begin the address with https://"})
			return
		}
		http.Redirect(w, r, "https://"+r.Host+r.URL.RequestURI(), http.StatusTemporaryRedirect) //nolint:gosec // G710: atHome has let the host pass
	})
}

// isLocal reports whether a request comes from this device.
func isLocal(r *http.Request) bool { return parseAddress(r.RemoteAddr).IsLoopback() }

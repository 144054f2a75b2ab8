package web

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"homeroll/node/internal/web/authority"
)

// serve runs a server with the home's own authority on a port of its own.
func serve(t *testing.T) (s *Server, addr string, roots *x509.CertPool) {
	t.Helper()
	a, err := authority.Open(authority.Config{Dir: t.TempDir(), Device: "nas", Names: func() authority.Names {
		return authority.Names{DNS: []string{"localhost", "nas", "nas.local", "photos.example.com"}, Addresses: []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("203.0.113.7")}}
	}})
	if err != nil {
		t.Fatal(err)
	}
	ready := make(chan struct{})
	close(ready)
	s = newServer(t, Config{Authority: a, TLS: &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}, GetCertificate: a.Certificate}, Ready: ready})
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a test's
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	roots = x509.NewCertPool()
	if !roots.AppendCertsFromPEM(a.Root()) {
		t.Fatal("the authority has no certificate")
	}
	return s, l.Addr().String(), roots
}

func TestOnePortSpeaksBoth(t *testing.T) {
	s, addr, roots := serve(t)
	secure := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true}}
	defer secure.CloseIdleConnections()
	token, _ := s.access.Link()
	secure.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer, err := secure.Get("https://" + addr + "/open?token=" + token) //nolint:noctx // a test's
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	cookies := answer.Cookies()
	if answer.ProtoMajor != 2 || answer.StatusCode != http.StatusSeeOther || len(cookies) != 1 {
		t.Fatalf("%s %d, cookies %v", answer.Proto, answer.StatusCode, cookies)
	}
	c := cookies[0]
	if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" {
		t.Errorf("the cookie is %v", c)
	}
	plain, err := http.Get("http://" + addr + health) //nolint:noctx // a test's
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Body.Close()
	if text, _ := io.ReadAll(plain.Body); string(text) != "ok\n" {
		t.Errorf("in the clear, on this device: %q", text)
	}
	ca, err := secure.Get("https://" + addr + "/ca.crt") //nolint:noctx // a test's
	if err != nil {
		t.Fatal(err)
	}
	defer ca.Body.Close()
	if text, _ := io.ReadAll(ca.Body); string(text) != string(s.cfg.Authority.Root()) {
		t.Error("/ca.crt is another certificate")
	}
}

// Those on other devices are sent to HTTPS, whatever they ask for.
func TestOthersAreSentToHTTPS(t *testing.T) {
	s, _, _ := serve(t)
	for _, tc := range []struct {
		method, from string
		status       int
		to           string
	}{
		{http.MethodGet, "192.168.1.9:1", http.StatusTemporaryRedirect, "https://192.168.1.5:8470/albums?x=1"},
		{http.MethodPost, "192.168.1.9:1", http.StatusUpgradeRequired, ""},
		{http.MethodGet, "127.0.0.1:1", http.StatusUnauthorized, ""},
	} {
		r := httptest.NewRequestWithContext(context.Background(), tc.method, "http://192.168.1.5:8470/albums?x=1", nil)
		r.RemoteAddr = tc.from
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code != tc.status || w.Header().Get("Location") != tc.to {
			t.Errorf("%s from %s: %d to %q", tc.method, tc.from, w.Code, w.Header().Get("Location"))
		}
	}
}

// Headers that never end, and too many of them, cost little.
func TestHeadersAreBounded(t *testing.T) {
	_, addr, _ := serve(t)
	conn, err := net.Dial("tcp", addr) //nolint:noctx // a test's
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go func() {
		_, _ = fmt.Fprintf(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: %s\r\n\r\n", strings.Repeat("x", 4*maxHeader)) // it hangs up in between
	}()
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err == nil {
		answer.Body.Close()
		if answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("status %d", answer.StatusCode)
		}
	}
}

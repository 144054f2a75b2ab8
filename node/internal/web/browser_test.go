package web

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"homeroll/node/internal/web/access"
)

// cheap is a cost of passwords for tests.
var cheap = access.Cost{Passes: 1, Memory: 8, Threads: 1}

// homeHost is where the browsers of tests think they are.
const homeHost = "127.0.0.1:8470"

// clock is a time that tests move.
type clock struct{ now time.Time }

// newServer makes a server of what a test brings, and the keeper that it asks.
func newServer(t *testing.T, cfg Config) *Server {
	t.Helper()
	s, _ := newServerAt(t, cfg, &clock{time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)})
	return s
}

func newServerAt(t *testing.T, cfg Config, at *clock) (*Server, *access.Keeper) {
	t.Helper()
	keeper, err := access.Open(access.Config{
		File: filepath.Join(t.TempDir(), "web", "access.json"), Cost: cheap, Now: func() time.Time { return at.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Access = keeper
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s, keeper
}

// browser asks a handler as the page does in a browser that is signed in.
type browser struct {
	t       testing.TB
	handler http.Handler
	from    string // its address and port
	cookies map[string]string
}

// stranger is a browser that has not signed in.
func stranger(t testing.TB, s *Server) *browser {
	return &browser{t: t, handler: s.Handler(), from: "127.0.0.1:40000", cookies: map[string]string{}}
}

// member is a browser that has.
func member(t testing.TB, s *Server) *browser {
	t.Helper()
	b := stranger(t, s)
	secret, _, err := s.access.Begin(access.ByLink, "a test", netip.MustParseAddr("127.0.0.1"), "")
	if err != nil {
		t.Fatal(err)
	}
	b.cookies["homeroll-"+s.access.Instance()] = secret
	return b
}

// do sends a request, with what change does to it.
func (b *browser) do(method, path, body string, change ...func(*http.Request)) *http.Response {
	b.t.Helper()
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	r := httptest.NewRequestWithContext(context.Background(), method, "http://"+homeHost+path, content)
	r.RemoteAddr = b.from
	if method != http.MethodGet && method != http.MethodHead {
		r.Header.Set(mark, "1")
		r.Header.Set("Origin", "http://"+homeHost)
	}
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	answer := w.Result()
	for _, c := range answer.Cookies() {
		b.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return answer
}

// get asks for a document and wants it to be one.
func (b *browser) get(path string, out any) {
	b.t.Helper()
	b.want(http.StatusOK, b.do(http.MethodGet, path, ""), out)
}

// want reads an answer that must have a status.
func (b *browser) want(status int, answer *http.Response, out any) {
	b.t.Helper()
	text := readAll(b.t, answer)
	if answer.StatusCode != status {
		b.t.Fatalf("status %d, want %d: %s", answer.StatusCode, status, text)
	}
	if out != nil {
		if err := json.Unmarshal([]byte(text), out); err != nil {
			b.t.Fatalf("%v in %s", err, text)
		}
	}
}

func readAll(t testing.TB, answer *http.Response) string {
	t.Helper()
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// header sets a header of a request.
func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// asksFor names another host.
func asksFor(host string) func(*http.Request) { return func(r *http.Request) { r.Host = host } }

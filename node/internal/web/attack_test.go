package web

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestRefusesOtherHosts(t *testing.T) {
	s := newServer(t, Config{Names: func() []string { return []string{"nas.local"} }})
	b := member(t, s)
	for host, ours := range map[string]bool{
		homeHost: true, "localhost:8470": true, "[::1]:8470": true, "192.168.1.5": true, "nas.local:8470": true, "NAS.local.": true, "localhost:9000": true,
		"evil.example": false, "127.0.0.1.evil.example:8470": false, "nas.local.evil.example": false, "localhost.evil.example": false, "": false, "nas.local@evil.example": false,
	} {
		for _, path := range []string{"/api/v1/sessions", "/sign-in", "/static/x/css/base.css"} {
			answer := b.do(http.MethodGet, path, "", asksFor(host))
			if refused := answer.StatusCode == http.StatusMisdirectedRequest; refused == ours {
				t.Errorf("host %q, %s: status %d", host, path, answer.StatusCode)
			}
		}
	}
}

func TestRefusesOtherOrigins(t *testing.T) {
	s := newServer(t, Config{})
	const path = "/api/v1/sessions"
	for _, tc := range []struct {
		name   string
		method string
		path   string
		change []func(*http.Request)
		ok     bool
	}{
		{"the page itself", http.MethodDelete, path, nil, true},
		{"a program with the header", http.MethodDelete, path, []func(*http.Request){header("Origin", "")}, true},
		{"without the header", http.MethodDelete, path, []func(*http.Request){header(mark, "")}, false},
		{"another origin", http.MethodDelete, path, []func(*http.Request){header("Origin", "http://evil.example")}, false},
		{"an origin that hides", http.MethodDelete, path, []func(*http.Request){header("Origin", "null")}, false},
		{"another port here", http.MethodDelete, path, []func(*http.Request){header("Origin", "http://127.0.0.1:9999")}, false},
		{"another scheme", http.MethodDelete, path, []func(*http.Request){header("Origin", "https://"+homeHost)}, false},
		{"another site", http.MethodDelete, path, []func(*http.Request){header("Sec-Fetch-Site", "cross-site")}, false},
		{"another port of this host", http.MethodDelete, path, []func(*http.Request){header("Sec-Fetch-Site", "same-site")}, false},
		{"a form of another page", http.MethodPost, "/sign-out", []func(*http.Request){header(mark, ""), header("Origin", "http://evil.example")}, false},
		{"a form of nobody knows whom", http.MethodPost, "/sign-out", []func(*http.Request){header(mark, ""), header("Origin", "")}, false},
		{"a form of ours", http.MethodPost, "/sign-out", []func(*http.Request){header(mark, "")}, true},
		{"a picture in another page", http.MethodGet, path, []func(*http.Request){header("Sec-Fetch-Site", "cross-site"), header("Sec-Fetch-Mode", "no-cors"), header("Sec-Fetch-Dest", "image")}, false},
		{"a frame in another page", http.MethodGet, "/sign-in", []func(*http.Request){header("Sec-Fetch-Site", "cross-site"), header("Sec-Fetch-Mode", "navigate"), header("Sec-Fetch-Dest", "iframe")}, false},
		{"a link in another page", http.MethodGet, "/sign-in", []func(*http.Request){header("Sec-Fetch-Site", "cross-site"), header("Sec-Fetch-Mode", "navigate"), header("Sec-Fetch-Dest", "document")}, true},
	} {
		answer := member(t, s).do(tc.method, tc.path, "", tc.change...)
		if ok := answer.StatusCode != http.StatusForbidden; ok != tc.ok {
			t.Errorf("%s: status %d", tc.name, answer.StatusCode)
		}
	}
}

func TestStrangersSeeNothing(t *testing.T) {
	s := newServer(t, Config{})
	for _, path := range []string{"/api/v1/sessions", "/api/v1/status", "/media/x/thumb", "/api/v1/nonsense"} {
		answer := stranger(t, s).do(http.MethodGet, path, "")
		if answer.StatusCode != http.StatusUnauthorized || answer.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s", path, answer.StatusCode, answer.Header.Get("Content-Type"))
		}
	}
	answer := stranger(t, s).do(http.MethodGet, "/photo/1?x=//evil.example", "", header("Accept", "text/html"))
	if at := answer.Header.Get("Location"); answer.StatusCode != http.StatusSeeOther || at != "/sign-in?next=%2Fphoto%2F1%3Fx%3D%2F%2Fevil.example" {
		t.Errorf("a page: %d to %q", answer.StatusCode, at)
	}
	arriving := stranger(t, s).do(http.MethodGet, "/photo/1", "", header("Accept", "text/html"), header("Sec-Fetch-Site", "cross-site"), header("Sec-Fetch-Mode", "navigate"), header("Sec-Fetch-Dest", "document"))
	if got := arriving.Header.Get("Refresh"); got != "0; url=/photo/1" {
		t.Errorf("a link from elsewhere is refreshed by %q", got)
	}
}

func TestLeadsToNoOtherPage(t *testing.T) {
	for next, want := range map[string]string{
		"/photo/1?a=b": "/photo/1?a=b", "": "/", "//evil.example": "/", "/\\evil.example": "/", "https://evil.example": "/", "javascript:alert(1)": "/",
		"/\tevil": "/", "evil": "/", "/a\r\nSet-Cookie: x=y": "/", "/ok#part": "/ok",
	} {
		if got := localPath(next); got != want {
			t.Errorf("%q leads to %q, want %q", next, got, want)
		}
	}
}

func TestStaticFilesStayWithin(t *testing.T) {
	s := newServer(t, Config{})
	tree := "/static/" + s.ui.Tree() + "/"
	b := stranger(t, s)
	answer := b.do(http.MethodGet, tree+"css/base.css", "", header("Accept-Encoding", "gzip, br"))
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(answer.Header.Get("Cache-Control"), "immutable") {
		t.Fatalf("a style: %d %v", answer.StatusCode, answer.Header)
	}
	if again := b.do(http.MethodGet, tree+"css/base.css", "", header("If-None-Match", answer.Header.Get("ETag"))); again.StatusCode != http.StatusNotModified {
		t.Errorf("a style that is known: %d", again.StatusCode)
	}
	if head := b.do(http.MethodHead, tree+"css/base.css", ""); head.StatusCode != http.StatusOK || head.ContentLength == 0 || readAll(t, head) != "" {
		t.Errorf("head: %d, %d bytes", head.StatusCode, head.ContentLength)
	}
	for _, path := range []string{
		tree, tree + "css", tree + "css/", tree + "../ui.go", tree + "..%2f..%2fui.go", tree + "%2e%2e/ui.go", tree + "css/..%5c..%5cui.go", tree + "/etc/passwd", tree + "css/base.css%00.js",
		"/static/other/css/base.css", "/static/", "/static",
	} {
		if answer := b.do(http.MethodGet, path, ""); answer.StatusCode == http.StatusOK {
			t.Errorf("%s was answered: %.80s", path, readAll(t, answer))
		}
	}
}

func TestOversizedBodies(t *testing.T) {
	s := newServer(t, Config{})
	big := `{"password":"` + strings.Repeat("x", maxBody) + `"}`
	for _, path := range []string{"/api/v1/sign-in", "/api/v1/setup"} {
		stranger(t, s).want(http.StatusRequestEntityTooLarge, stranger(t, s).do(http.MethodPost, path, big), nil)
		stranger(t, s).want(http.StatusBadRequest, stranger(t, s).do(http.MethodPost, path, `{} {}`), nil)
	}
	form := stranger(t, s).do(http.MethodPost, "/sign-in", "password="+strings.Repeat("x", maxForm), header("Content-Type", "application/x-www-form-urlencoded"))
	if form.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a form: %d", form.StatusCode)
	}
}

// TestTenThousandWrongPasswords tries from one address and from many, as fast as
// it can, and counts how often a password was really looked at.
func TestTenThousandWrongPasswords(t *testing.T) {
	for _, tc := range []struct {
		name   string
		from   func(i int) string
		looked int
	}{
		{"one address", func(int) string { return "192.168.1.66:1000" }, 4},
		{"one IPv6 network", func(i int) string { return fmt.Sprintf("[fd00::%x]:1000", i+1) }, 4},
		{"many addresses", func(i int) string { return fmt.Sprintf("10.%d.%d.7:1000", i/250, i%250) }, 19}, // of 20: the family mistyped its set-up code once
	} {
		t.Run(tc.name, func(t *testing.T) {
			at := &clock{time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
			s, keeper := newServerAt(t, Config{}, at)
			family := setUp(t, s)
			looked := 0
			b := stranger(t, s)
			for i := range 10_000 {
				b.from = tc.from(i)
				answer := b.do(http.MethodPost, "/api/v1/sign-in", fmt.Sprintf(`{"password":"wrong number %d"}`, i))
				switch answer.StatusCode {
				case http.StatusForbidden:
					looked++
				case http.StatusTooManyRequests:
					if answer.Header.Get("Retry-After") == "" {
						t.Fatal("nobody says how long to wait")
					}
				default:
					t.Fatalf("try %d: status %d", i, answer.StatusCode)
				}
			}
			if looked != tc.looked {
				t.Errorf("%d passwords were looked at, want %d", looked, tc.looked)
			}
			// The right one is not even looked at there, but where the family was seen before it is.
			b.want(http.StatusTooManyRequests, b.do(http.MethodPost, "/api/v1/sign-in", `{"password":"correct horse"}`), nil)
			family.cookies = map[string]string{}
			family.want(http.StatusOK, family.do(http.MethodPost, "/api/v1/sign-in", `{"password":"correct horse"}`), nil)
			// And a one-time link always works.
			token, _ := keeper.Link()
			if answer := stranger(t, s).do(http.MethodGet, "/open?token="+token, ""); answer.StatusCode != http.StatusSeeOther {
				t.Errorf("the link: %d", answer.StatusCode)
			}
			// A day later nobody is locked out.
			at.now = at.now.Add(24 * time.Hour)
			b.want(http.StatusOK, b.do(http.MethodPost, "/api/v1/sign-in", `{"password":"correct horse"}`), nil)
		})
	}
}

// setUp sets the password "correct horse" from another device of the home.
func setUp(t *testing.T, s *Server) *browser {
	t.Helper()
	b := stranger(t, s)
	b.from = "192.168.1.2:2000"
	b.want(http.StatusForbidden, b.do(http.MethodPost, "/api/v1/setup", `{"token":"AAAA-BBBB-CCCC","password":"correct horse"}`), nil)
	b.want(http.StatusBadRequest, b.do(http.MethodPost, "/api/v1/setup", `{"token":"`+s.access.SetupToken()+`","password":"short"}`), nil)
	token := strings.ToLower(strings.ReplaceAll(s.access.SetupToken(), "-", " "))
	b.want(http.StatusOK, b.do(http.MethodPost, "/api/v1/setup", `{"token":"`+token+`","password":"correct horse"}`), nil)
	b.want(http.StatusConflict, b.do(http.MethodPost, "/api/v1/setup", `{"token":"`+token+`","password":"another horse"}`), nil)
	b.get("/api/v1/sessions", nil)
	return b
}

func TestSessionsCannotBeChosen(t *testing.T) {
	s := newServer(t, Config{})
	b := stranger(t, s)
	name := "homeroll-" + s.access.Instance()
	b.cookies[name] = "chosen-by-somebody-else"
	token, _ := s.access.Link()
	b.do(http.MethodGet, "/open?token="+token, "")
	first := b.cookies[name]
	if first == "chosen-by-somebody-else" || len(first) < 43 {
		t.Fatalf("the secret is %q", first)
	}
	again, _ := s.access.Link()
	b.do(http.MethodGet, "/open?token="+again, "")
	if b.cookies[name] == first {
		t.Error("signing in again keeps the secret")
	}
	old := stranger(t, s)
	old.cookies[name] = first
	old.want(http.StatusUnauthorized, old.do(http.MethodGet, "/api/v1/sessions", ""), nil)
	b.get("/api/v1/sessions", nil)
	// A link works once, and never for a browser that only looks ahead.
	stranger(t, s).want(http.StatusForbidden, stranger(t, s).do(http.MethodGet, "/open?token="+again, ""), nil)
	third, _ := s.access.Link()
	stranger(t, s).want(http.StatusNoContent, stranger(t, s).do(http.MethodGet, "/open?token="+third, "", header("Sec-Purpose", "prefetch;prerender")), nil)
	stranger(t, s).want(http.StatusSeeOther, stranger(t, s).do(http.MethodGet, "/open?token="+third, ""), nil)
}

func TestSigningOut(t *testing.T) {
	s := newServer(t, Config{})
	one, other := member(t, s), member(t, s)
	var doc sessionsDoc
	one.get("/api/v1/sessions", &doc)
	if len(doc.Sessions) != 2 {
		t.Fatalf("%d sessions", len(doc.Sessions))
	}
	one.want(http.StatusOK, one.do(http.MethodDelete, "/api/v1/sessions", ""), nil)
	other.want(http.StatusUnauthorized, other.do(http.MethodGet, "/api/v1/sessions", ""), nil)
	one.want(http.StatusNotFound, one.do(http.MethodDelete, "/api/v1/sessions/nonsense", ""), nil)
	one.want(http.StatusOK, one.do(http.MethodPost, "/api/v1/sign-out", ""), nil)
	one.want(http.StatusUnauthorized, one.do(http.MethodGet, "/api/v1/sessions", ""), nil)
}

func TestScriptsStayText(t *testing.T) {
	s := newServer(t, Config{})
	const script = `"><script>alert(1)</script>`
	answer := stranger(t, s).do(http.MethodGet, "/setup?token=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&next="+strings.Repeat("x", 10), "")
	text := readAll(t, answer)
	if strings.Contains(text, script) || !strings.Contains(text, "&lt;script&gt;") {
		t.Error("a script is in the page")
	}
	for _, inline := range []string{" style=", " onclick=", " onload=", "javascript:"} {
		if strings.Contains(text, inline) {
			t.Errorf("the page has%s", inline)
		}
	}
	if csp := answer.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'self';") || strings.Contains(csp, "unsafe") {
		t.Errorf("its policy is %q", csp)
	}
}

func TestFaultsAreAnswered(t *testing.T) {
	s := newServer(t, Config{})
	h := s.recovered(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a fault") }))
	b := &browser{t: t, handler: h, from: "127.0.0.1:1"}
	b.want(http.StatusInternalServerError, b.do(http.MethodGet, "/x", ""), nil)
}

func TestConnectionsAreBounded(t *testing.T) {
	var c counted
	one := netip.MustParseAddr("192.168.1.9")
	for range maxConnsOfOne {
		if !c.enter(one) {
			t.Fatal("refused too early")
		}
	}
	if c.enter(one) {
		t.Error("one address has no bound")
	}
	for i := range maxConns - maxConnsOfOne {
		if !c.enter(netip.AddrFrom4([4]byte{10, 0, byte(i / 250), byte(i % 250)})) {
			t.Fatal("others are refused")
		}
	}
	if c.enter(netip.MustParseAddr("10.1.1.1")) {
		t.Error("there is no bound in all")
	}
	c.leave(one)
	if !c.enter(one) {
		t.Error("who leaves still counts")
	}
}

package web

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"homeroll/node/api"
	"homeroll/node/internal/web/home"
)

// household is a Care that notes what it is asked to do.
type household struct {
	mu      sync.Mutex
	asked   []string
	doc     api.Status
	changes chan api.Status // what Follow tells after doc
	err     error           // of what changes something
}

func (c *household) note(format string, args ...any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, fmt.Sprintf(format, args...))
	return c.err
}

func (c *household) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	asked := c.asked
	c.asked = nil
	return asked
}

func (c *household) Status(context.Context) (*api.Status, error) { doc := c.doc; return &doc, nil }

func (c *household) Follow(ctx context.Context, emit func(*api.Status) error) error {
	doc := c.doc
	for {
		if err := emit(&doc); err != nil {
			return err
		}
		select {
		case doc = <-c.changes:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *household) Pause(_ context.Context, d time.Duration) error { return c.note("pause %v", d) }
func (c *household) Resume(context.Context) error                   { return c.note("resume") }

func (c *household) Invite(_ context.Context, emit func(api.PairEvent)) (*api.Peer, error) {
	expires := time.Date(2026, 11, 23, 12, 5, 0, 0, time.UTC)
	emit(api.PairEvent{Type: api.EventCode, Code: "K7-4MP-X2R", Expires: &expires})
	return &api.Peer{ID: "2", Name: "nas"}, c.note("invite")
}

func (c *household) Join(_ context.Context, r api.PairRequest, emit func(api.PairEvent), confirm func(api.PairEvent) bool) (*api.Peer, error) {
	emit(api.PairEvent{Type: api.EventProgress, Message: "looking"})
	if !confirm(api.PairEvent{From: "nas", Members: []string{"nas"}, Session: "the node's own"}) {
		return nil, &api.Error{Code: api.ExitFailed, Message: "declined"}
	}
	return &api.Peer{ID: "2", Name: "nas"}, c.note("join %s at %q", r.Code, r.At)
}

func (c *household) Rename(_ context.Context, device, name string) error {
	return c.note("rename %s %s", device, name)
}
func (c *household) Remove(_ context.Context, device string) error {
	return c.note("remove %s", device)
}
func (c *household) AddFolder(_ context.Context, path string, ignore []string) error {
	return c.note("add %s %q", path, ignore)
}
func (c *household) RemoveFolder(_ context.Context, path string) error {
	return c.note("drop %s", path)
}
func (c *household) ConfirmFolder(_ context.Context, path string, files int64) (int64, error) {
	return files, c.note("confirm %s %d", path, files)
}
func (c *household) Copies(context.Context, string) (*api.CopiesInfo, error) {
	return nil, errors.New("not asked here")
}
func (c *household) Verify(_ context.Context, r api.VerifyRequest, emit func(api.VerifyEvent)) (*api.VerifyInfo, error) {
	emit(api.VerifyEvent{Type: api.EventReading, Files: 1, TotalFiles: 2})
	return &api.VerifyInfo{Schema: 1, Type: api.EventVerified, Files: 2}, c.note("verify repair=%v", r.Repair)
}
func (c *household) Show(context.Context, string) (*api.ShowInfo, error) {
	return nil, errors.New("not asked here")
}
func (c *household) Problems(context.Context) ([]api.Problem, []api.Skipped, error) {
	return c.doc.Problems, c.doc.Skipped, nil
}
func (c *household) Retry(_ context.Context, paths []string) error   { return c.note("retry %q", paths) }
func (c *household) Setting(context.Context, string) (string, error) { return "2", nil }
func (c *household) SetSetting(_ context.Context, key, value string) error {
	return c.note("set %s %s", key, value)
}

func newHousehold() *household {
	path := `/pics/<img src=x onerror=alert(1)>.jpg`
	return &household{changes: make(chan api.Status), doc: api.Status{
		Schema: api.Schema, Device: api.Device{ID: "12D3KooW1", Name: "anna-laptop", Version: "1", Role: "originals", Held: 2}, State: api.StateAttention,
		Library: api.Library{Items: 2, Bytes: 20, Folders: []api.Folder{{Path: "/pics", Label: "pics", State: "watching"}}},
		Vault:   api.Vault{Path: "/vault"}, Copies: api.Copies{Wanted: 2, ByHolders: []int64{0, 1, 1}}, Skipped: []api.Skipped{{Type: "pdf", Files: 3}},
		ProblemCount: 1, Problems: []api.Problem{{Path: &path, Reason: "unreadable", Detail: "permission denied", Hint: "let homeroll read it", Since: time.Unix(0, 0)}},
		Peers: []api.Peer{{ID: "2", Name: "<b>nas</b>"}}, Phones: []api.Phone{}, Address: api.Address{Listen: []string{}},
	}}
}

// Every button of the page reaches the node, and a wrong request does not.
func TestCareReachesTheNode(t *testing.T) {
	care := newHousehold()
	b := member(t, newServer(t, Config{Care: care}))
	for _, tc := range []struct {
		method, path, body string
		status             int
		asked              string
	}{
		{"POST", "pause", `{"seconds":3600}`, 200, "pause 1h0m0s"},
		{"POST", "pause", `{"seconds":0}`, 200, "pause 0s"},
		{"POST", "pause", `{"seconds":-1}`, 400, ""},
		{"POST", "pause", `{"seconds":1e300}`, 400, ""},
		{"POST", "pause", `{`, 400, ""},
		{"POST", "resume", "", 200, "resume"},
		{"POST", "devices/12D3/rename", `{"name":"barn"}`, 200, "rename 12D3 barn"},
		{"POST", "devices/12D3/remove", "", 200, "remove 12D3"},
		{"POST", "folders/add", `{"path":"/a b"}`, 200, `add /a b []`},
		{"POST", "folders/remove", `{"path":"/a b"}`, 200, "drop /a b"},
		{"POST", "folders/confirm", `{"path":"/a","files":7}`, 200, "confirm /a 7"},
		{"POST", "problems/retry", `{}`, 200, "retry []"},
		{"POST", "problems/retry", `{"paths":["/x"],"pathsBase64":["/y8="]}`, 200, `retry ["/x" "\xff/"]`},
		{"PUT", "settings", `{"key":"copies.wanted","value":"3"}`, 200, "set copies.wanted 3"},
		{"POST", "verify", `{"repair":true}`, 200, "verify repair=true"},
		{"POST", "verify", `{"full":true}`, 400, ""},
		{"POST", "pair/invite", "", 200, "invite"},
		{"POST", "pair/answer", `{"session":"x","yes":true}`, 404, ""},
	} {
		answer := b.do(tc.method, "/api/v1/"+tc.path, tc.body)
		text := readAll(t, answer)
		if got := strings.Join(care.take(), "; "); answer.StatusCode != tc.status || got != tc.asked {
			t.Errorf("%s %s %s: status %d, asked %q: %s", tc.method, tc.path, tc.body, answer.StatusCode, got, text)
		}
	}
}

// Joining waits for a person, who answers by a name that only this page knows.
func TestJoiningIsConfirmed(t *testing.T) {
	for _, yes := range []bool{true, false} {
		care := newHousehold()
		b := member(t, newServer(t, Config{Care: care}))
		server := httptest.NewServer(b.handler)
		defer server.Close()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/api/v1/pair/join", strings.NewReader(`{"code":"K74MPX2R","at":"10.0.0.2"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set(mark, "1")
		for name, value := range b.cookies {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		last := ""
		for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
			last = lines.Text()
			if !strings.Contains(last, `"confirm"`) {
				continue
			}
			if strings.Contains(last, "the node's own") {
				t.Error("the node's own name of the question leaves the house")
			}
			_, rest, _ := strings.Cut(last, `"session":"`)
			session, _, _ := strings.Cut(rest, `"`)
			b.want(http.StatusOK, b.do("POST", "/api/v1/pair/answer", fmt.Sprintf(`{"session":%q,"yes":%v}`, session, yes)), nil)
		}
		want, asked := `"type":"error"`, []string(nil)
		if yes {
			want, asked = `"type":"paired"`, []string{`join K74MPX2R at "10.0.0.2"`}
		}
		if got := care.take(); !strings.Contains(last, want) || !reflect.DeepEqual(got, asked) {
			t.Errorf("yes=%v ends with %s, asked %q", yes, last, got)
		}
	}
}

// What others wrote is text on the page, never markup, and each language has
// the whole page.
func TestStatusPageEscapes(t *testing.T) {
	b := member(t, newServer(t, Config{Care: newHousehold()}))
	for language, word := range map[string]string{"en": "needs attention", "de": "braucht dich"} {
		for _, path := range []string{"/status", "/settings"} {
			text := readAll(t, b.do("GET", path, "", header("Accept-Language", language)))
			if strings.Contains(text, "<img") || strings.Contains(text, "<b>nas") || !strings.Contains(text, `lang="`+language+`"`) {
				t.Errorf("%s in %s: %s", path, language, text)
			}
			if path == "/status" && (!strings.Contains(text, "&lt;img src=x") || !strings.Contains(text, word)) {
				t.Errorf("%s in %s does not say what is the matter", path, language)
			}
		}
	}
}

// listen reads server-sent events until f has seen enough.
func listen(t *testing.T, b *browser, path string, f func(event, data string) (more bool)) {
	t.Helper()
	server := httptest.NewServer(b.handler)
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	event := ""
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			event = name
		}
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && !f(event, data) {
			return
		}
	}
	t.Errorf("the events ended: %v", lines.Err())
}

// album is a gallery in which something changes at each turn.
type album struct {
	home.Gallery
	version atomic.Int64
	turn    chan struct{}
}

func (a *album) Version(home.Filter, int, time.Month) string { return fmt.Sprint(a.version.Load()) }
func (a *album) Changed() <-chan struct{}                    { return a.turn }

// What the status says and what the pictures are is told each by itself.
func TestEventsTellWhatChanges(t *testing.T) {
	care, pictures := newHousehold(), &album{turn: make(chan struct{}, 1)}
	b := member(t, newServer(t, Config{Care: care, Gallery: pictures}))
	var got []string
	listen(t, b, "/api/v1/events", func(event, data string) bool {
		got = append(got, event)
		if event == "status" && len(got) == 2 {
			next := care.doc
			next.Library.Items++
			care.changes <- next
		} else if event == "status" {
			pictures.version.Add(1)
			pictures.turn <- struct{}{}
		}
		return event != "library"
	})
	if want := "hello status status library"; strings.Join(got, " ") != want {
		t.Errorf("events %q, want %q", got, want)
	}
}

// Who is signed out is told no more, though the connection was there before.
func TestEventsEndWithTheSession(t *testing.T) {
	care := newHousehold()
	s := newServer(t, Config{Care: care})
	b := member(t, s)
	server := httptest.NewServer(b.handler)
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	told := 0
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		if lines.Text() != "event: status" {
			continue
		}
		if told++; told > 1 {
			t.Fatal("somebody who is signed out is told")
		}
		if err := s.access.EndOthers(""); err != nil {
			t.Fatal(err)
		}
		next := care.doc
		next.State = api.StateComplete
		care.changes <- next
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
}

func TestEventsRenderWhatDiffers(t *testing.T) {
	care := newHousehold()
	s := newServer(t, Config{Care: care})
	b := member(t, s)
	views := 0
	listen(t, b, "/api/v1/events?view=status-card,../secret", func(event, data string) bool {
		switch {
		case event == "status":
			t.Error("who asks for views gets the document, too")
		case event == "view" && views == 0:
			views++
			same := care.doc
			same.Progress.Done = 7 // which the card does not show in this state
			care.changes <- same
			next := care.doc
			next.State = api.StateComplete
			care.changes <- next
		case event == "view":
			if views++; !strings.Contains(data, "Backup complete") {
				t.Errorf("the second view is %s", data)
			}
			return false
		}
		return true
	})
	for range maxFollowers {
		s.followers.enter()
	}
	b.want(http.StatusServiceUnavailable, b.do("GET", "/api/v1/events", ""), nil)
}

// The picker shows directories, and tells why it cannot.
func TestDirectories(t *testing.T) {
	top := t.TempDir()
	for _, name := range []string{"b", "A", ".hidden", "closed"} {
		if err := os.Mkdir(filepath.Join(top, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(top, "file.jpg"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	doc, err := listDirectories(top)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range doc.Entries {
		names = append(names, e.Name)
		if e.Path != filepath.Join(top, e.Name) {
			t.Errorf("%s is at %s", e.Name, e.Path)
		}
	}
	if strings.Join(names, " ") != "A b closed" || doc.Parent == nil || *doc.Parent != filepath.Dir(top) {
		t.Errorf("%+v", doc)
	}
	for path, want := range map[string]string{"relative/x": "whole path", filepath.Join(top, "gone"): "there is no directory", filepath.Join(top, "file.jpg"): "cannot be read"} {
		if _, err := listDirectories(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	care := newHousehold()
	s := newServer(t, Config{Care: care})
	if got := stranger(t, s).do("GET", "/api/v1/directories?path=/", ""); got.StatusCode != http.StatusUnauthorized {
		t.Errorf("a stranger sees directories: %d", got.StatusCode)
	}
}

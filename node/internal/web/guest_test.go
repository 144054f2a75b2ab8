package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"homeroll/node/internal/web/home"
	"homeroll/node/internal/web/share"
	"homeroll/store/media"
)

// wall shows pictures that somebody may trash, and holds their bytes.
type wall struct {
	home.Gallery
	home.Originals
	all     []media.ID
	trashed map[media.ID]bool
	version int
}

func picture(n byte) (id media.ID) {
	id[0], id[31] = n, n
	return id
}

func (g *wall) PlacesKnown() bool { return false }
func (g *wall) Version(home.Filter, int, time.Month) string {
	return fmt.Sprint(g.version)
}

func (g *wall) shown(f home.Filter) (pictures []home.Picture) {
	for _, id := range g.all {
		in := f.Only == nil
		for _, only := range f.Only {
			in = in || only == id
		}
		if in && !g.trashed[id] {
			pictures = append(pictures, home.Picture{ID: id, Local: "2024-10-16T11:34:05", Type: "image/jpeg", Favourite: true})
		}
	}
	return pictures
}

func (g *wall) Months(_ context.Context, f home.Filter) ([]home.Month, error) {
	if n := len(g.shown(f)); n > 0 {
		return []home.Month{{Year: 2024, Month: 10, Pictures: int64(n)}}, nil
	}
	return nil, nil
}

func (g *wall) Pictures(_ context.Context, f home.Filter, _ int, _ time.Month) ([]home.Picture, error) {
	return g.shown(f), nil
}

type opened struct{ *bytes.Reader }

func (opened) Close() error { return nil }

func (g *wall) Preview(_ context.Context, id media.ID, _ int) (io.ReadSeekCloser, error) {
	return opened{bytes.NewReader([]byte("preview of " + id.String()))}, nil
}

func (g *wall) Original(_ context.Context, id media.ID) (*home.File, error) {
	b := []byte("original of " + id.String())
	return &home.File{ReadSeekCloser: opened{bytes.NewReader(b)}, Name: "IMG.jpg", Type: "image/jpeg", Size: int64(len(b))}, nil
}

// sharing is a server with three pictures, and somebody who shares them.
func sharing(t *testing.T) (*Server, *wall, *clock, *browser) {
	t.Helper()
	at := &clock{time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	shares, err := share.Open(filepath.Join(t.TempDir(), "shares.json"), func() time.Time { return at.now }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	g := &wall{all: []media.ID{picture(1), picture(2), picture(3)}, trashed: map[media.ID]bool{}}
	s, _ := newServerAt(t, Config{Gallery: g, Originals: g, Shares: shares}, at)
	return s, g, at, member(t, s)
}

// shareTwo makes a link to the first two pictures, and returns its path and ID.
func shareTwo(b *browser, more string) (path, id string) {
	b.t.Helper()
	var doc newShareDoc
	body := fmt.Sprintf(`{"title":"<script>alert(1)</script>","ids":["%s","%s"]%s}`, picture(1), picture(2), more)
	b.want(http.StatusOK, b.do("POST", "/api/v1/shares", body), &doc)
	_, path, ok := strings.Cut(doc.URL, homeHost)
	if !ok || len(path) < len("/s/")+26 || !strings.HasPrefix(doc.QR, "data:image/png;base64,") {
		b.t.Fatalf("%+v", doc)
	}
	return path, doc.Share.ID
}

func (b *browser) status(status int, method, path, body string, change ...func(*http.Request)) {
	b.t.Helper()
	answer := b.do(method, path, body, change...)
	if text := readAll(b.t, answer); answer.StatusCode != status {
		b.t.Errorf("%s %s: status %d, want %d: %s", method, path, answer.StatusCode, status, text)
	}
}

func TestGuestSeesWhatIsSharedAndNothingElse(t *testing.T) {
	s, g, _, me := sharing(t)
	path, _ := shareTwo(me, "")
	guest := stranger(t, s)
	html := readAll(t, guest.do("GET", path, "", header("Accept", "text/html")))
	if !strings.Contains(html, "&lt;script&gt;alert(1)") || strings.Contains(html, "<script>alert") {
		t.Errorf("its title is not escaped: %s", html)
	}
	var shown picturesDoc
	guest.get(path+"/timeline/2024-10", &shown)
	if len(shown.Pictures) != 2 || shown.Pictures[0].Favourite {
		t.Errorf("shown are %+v", shown.Pictures)
	}
	for _, kind := range []string{"thumb", "preview", "original"} {
		guest.status(http.StatusOK, "GET", fmt.Sprintf("%s/media/%s/%s", path, picture(1), kind), "")
		other := readAll(t, guest.do("GET", fmt.Sprintf("%s/media/%s/%s", path, picture(3), kind), ""))
		none := readAll(t, guest.do("GET", fmt.Sprintf("%s/media/%s/%s", path, picture(99), kind), ""))
		if other != none || !strings.Contains(other, "there is nothing here") {
			t.Errorf("%s tells what exists: %s, %s", kind, other, none)
		}
	}
	for _, private := range []string{"/", "/api/v1/timeline", "/api/v1/shares", "/api/v1/albums", "/media/" + picture(1).String() + "/thumb", "/shares"} {
		guest.status(http.StatusUnauthorized, "GET", private, "")
	}
	guest.status(http.StatusUnauthorized, "PUT", path+"/media/"+picture(1).String()+"/poster", "x")
	g.trashed[picture(1)] = true
	g.version++
	s.guests.forget(s.cfg.Shares.List()[0].ID) // as time would
	guest.status(http.StatusNotFound, "GET", path+"/media/"+picture(1).String()+"/thumb", "")
	guest.status(http.StatusNotFound, "GET", "/s/nothing", "")
}

func TestShareEnds(t *testing.T) {
	s, _, at, me := sharing(t)
	path, _ := shareTwo(me, `,"days":7`)
	other, id := shareTwo(me, "")
	guest := stranger(t, s)
	at.now = at.now.Add(7*24*time.Hour - time.Second)
	guest.status(http.StatusOK, "GET", path+"/timeline", "")
	at.now = at.now.Add(time.Second)
	guest.status(http.StatusNotFound, "GET", path+"/timeline", "")
	guest.status(http.StatusNotFound, "GET", path, "")
	guest.status(http.StatusOK, "GET", other+"/timeline", "")
	me = member(t, s)
	me.status(http.StatusOK, "DELETE", "/api/v1/shares/"+id, "")
	me.status(http.StatusNotFound, "DELETE", "/api/v1/shares/"+id, "")
	guest.status(http.StatusNotFound, "GET", other+"/timeline", "")
	guest.status(http.StatusNotFound, "GET", other+"/media/"+picture(1).String()+"/thumb", "")
}

func TestSharePassword(t *testing.T) {
	s, _, at, me := sharing(t)
	me.status(http.StatusBadRequest, "POST", "/api/v1/shares", `{"ids":["`+picture(1).String()+`"],"password":"abc"}`)
	path, _ := shareTwo(me, `,"password":"lakeside"`)
	guest := stranger(t, s)
	form := header("Content-Type", "application/x-www-form-urlencoded")
	if html := readAll(t, guest.do("GET", path, "", header("Accept", "text/html"))); strings.Contains(html, "alert(1)") || !strings.Contains(html, `type="password"`) {
		t.Error("its title shows before the password was given")
	}
	guest.status(http.StatusNotFound, "GET", path+"/media/"+picture(1).String()+"/thumb", "")
	for range 4 {
		guest.status(http.StatusForbidden, "POST", path, "password=seaside", form)
	}
	guest.status(http.StatusTooManyRequests, "POST", path, "password=lakeside", form)
	at.now = at.now.Add(time.Hour)
	guest.status(http.StatusSeeOther, "POST", path, "password=lakeside", form)
	guest.status(http.StatusOK, "GET", path+"/media/"+picture(1).String()+"/thumb", "")
	again, _ := shareTwo(me, `,"password":"lakeside"`)
	for name, value := range guest.cookies { // the pass of one share opens no other
		guest.cookies["homeroll-guest-"+s.cfg.Shares.List()[0].ID] = value
		_ = name
	}
	guest.status(http.StatusNotFound, "GET", again+"/timeline", "")
	at.now = at.now.Add(25 * time.Hour)
	guest.status(http.StatusNotFound, "GET", path+"/timeline", "")
}

func TestGuestIsOfThisNetwork(t *testing.T) {
	s, _, _, me := sharing(t)
	path, _ := shareTwo(me, "")
	guest := stranger(t, s)
	for from, status := range map[string]int{
		"192.168.1.7:1": http.StatusOK, "[fe80::1%eth0]:1": http.StatusOK, "[fd00::1]:1": http.StatusOK, "100.64.3.4:1": http.StatusOK,
		"203.0.113.9:1": http.StatusNotFound, "[2001:db8::1]:1": http.StatusNotFound,
	} {
		guest.from = from
		guest.status(status, "GET", path+"/timeline", "")
	}
}

func TestGuestArchive(t *testing.T) {
	s, _, _, me := sharing(t)
	path, _ := shareTwo(me, "")
	elsewhere, _ := shareTwo(me, "")
	guest := stranger(t, s)
	guest.status(http.StatusBadRequest, "POST", path+"/zip", `{"ids":["`+picture(3).String()+`"]}`)
	var doc zipDoc
	guest.want(http.StatusOK, guest.do("POST", path+"/zip", `{}`), &doc)
	if text := readAll(t, guest.do("GET", doc.URL, "")); strings.Count(text, "original of") != 2 {
		t.Errorf("%d originals in the archive", strings.Count(text, "original of"))
	}
	guest.status(http.StatusNotFound, "GET", strings.Replace(doc.URL, path, elsewhere, 1), "")
	guest.status(http.StatusForbidden, "POST", path+"/zip", `{}`, header("Origin", "http://evil.example"))
}

func TestSharesAreKeptAsHashes(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "shares.json")
	log := slog.New(slog.DiscardHandler)
	b, err := share.Open(file, nil, log)
	if err != nil {
		t.Fatal(err)
	}
	made, secret, err := b.Add(share.Share{Title: "a", Items: []media.ID{picture(1)}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	again, err := share.Open(file, nil, log)
	if err != nil {
		t.Fatal(err)
	}
	if found, ok := again.Find(secret); !ok || found.ID != made.ID {
		t.Error("the link does not outlive a restart")
	}
	if made.Hash == secret || strings.Contains(fmt.Sprintf("%+v", made), secret) {
		t.Error("the secret is kept")
	}
	for _, bad := range []share.Share{{}, {Album: "a", Items: []media.ID{picture(1)}}, {Items: make([]media.ID, share.MaxItems+1)}} {
		if _, _, err := b.Add(bad, 0); err == nil {
			t.Errorf("taken: %+v", bad)
		}
	}
}

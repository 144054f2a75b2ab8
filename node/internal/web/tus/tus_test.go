package tus

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"homeroll/node/api"
	"homeroll/node/internal/web/home"
	"homeroll/store/media"
)

// shelf accepts uploads into memory.
type shelf struct {
	dir  string
	room int64
	kept map[string]string // contents by name
	err  error             // of Accept
}

func (s *shelf) UploadDir(context.Context) (string, error) { return s.dir, nil }
func (s *shelf) Room(context.Context) (int64, error)       { return s.room, nil }
func (s *shelf) Accept(_ context.Context, u home.Upload) (*home.Accepted, error) {
	if s.err != nil {
		return nil, s.err
	}
	b, err := os.ReadFile(u.Path)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(string(b), "%PDF") {
		return nil, &home.RefusedError{Reason: "type", Message: "a PDF document", Advice: "photos are kept here"}
	}
	_, known := s.kept[u.Name]
	s.kept[u.Name] = string(b)
	return &home.Accepted{ID: media.ID{1}, Known: known}, nil
}

// bench is a server that can be started again, and what speaks to it.
type bench struct {
	t     *testing.T
	shelf *shelf
	now   time.Time
	mux   *http.ServeMux
	tus   *Server
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, shelf: &shelf{dir: t.TempDir(), room: 1 << 30, kept: map[string]string{}}, now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	b.restart()
	return b
}

func (b *bench) restart() {
	refuse := func(w http.ResponseWriter, status int, e *api.Error) { http.Error(w, e.Message, status) }
	b.tus = New(Config{
		Uploads: b.shelf, MaxSize: 1 << 20, Base: "/up", Now: func() time.Time { return b.now }, Refuse: refuse,
		Fail: func(w http.ResponseWriter, err error) { http.Error(w, err.Error(), http.StatusInternalServerError) },
		Answer: func(w http.ResponseWriter, doc any, _ error) {
			if err := json.NewEncoder(w).Encode(doc); err != nil {
				b.t.Error(err)
			}
		},
		Explain: func(err error) *api.Error { return &api.Error{Message: err.Error()} },
	})
	b.mux = http.NewServeMux()
	b.tus.Routes(b.mux)
}

// ask sends a request with headers in pairs.
func (b *bench) ask(method, path string, body io.Reader, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, body)
	r.Header.Set("Tus-Resumable", Version)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	b.mux.ServeHTTP(w, r)
	return w
}

func (b *bench) want(w *httptest.ResponseRecorder, status int) *httptest.ResponseRecorder {
	b.t.Helper()
	if w.Code != status {
		b.t.Fatalf("answered with %d, want %d: %s", w.Code, status, w.Body)
	}
	return w
}

func (b *bench) begin(name string, size int) string {
	b.t.Helper()
	meta := "filename " + base64.StdEncoding.EncodeToString([]byte(name)) + ",lastModified " + base64.StdEncoding.EncodeToString([]byte("1588561321123"))
	w := b.want(b.ask("POST", "/up", nil, "Upload-Length", strconv.Itoa(size), "Upload-Metadata", meta), http.StatusCreated)
	if w.Header().Get("Upload-Expires") == "" {
		b.t.Error("nobody says when it expires")
	}
	return w.Header().Get("Location")
}

func (b *bench) patch(at string, offset int, body io.Reader, headers ...string) *httptest.ResponseRecorder {
	return b.ask("PATCH", at, body, append([]string{"Content-Type", offsetType, "Upload-Offset", strconv.Itoa(offset)}, headers...)...)
}

func (b *bench) outcome(at string) (d Doc) {
	b.t.Helper()
	w := b.want(b.ask("GET", at, nil), http.StatusOK)
	if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil {
		b.t.Fatal(err)
	}
	return d
}

// broken gives some bytes and then fails, as a network does.
type broken struct{ left []byte }

func (r *broken) Read(p []byte) (int, error) {
	if len(r.left) == 0 {
		return 0, errors.New("the network is gone")
	}
	n := copy(p, r.left)
	r.left = r.left[n:]
	return n, nil
}

func TestUploadGoesOnAfterARestart(t *testing.T) {
	b := newBench(t)
	content := strings.Repeat("0123456789", 1000)
	at := b.begin("../../IMG.jpg", len(content))
	b.want(b.patch(at, 0, &broken{[]byte(content[:4321])}), http.StatusInternalServerError)
	b.restart()
	head := b.want(b.ask("HEAD", at, nil), http.StatusOK).Header()
	if head.Get("Upload-Offset") != "4321" || head.Get("Upload-Length") != "10000" || head.Get("Cache-Control") != "no-store" {
		t.Fatalf("after the restart: %v", head)
	}
	b.want(b.patch(at, 0, strings.NewReader("other")), http.StatusConflict)
	if d := b.outcome(at); d.State != Uploading || d.Offset != 4321 || d.Name != "../../IMG.jpg" {
		t.Errorf("half of it: %+v", d)
	}
	w := b.want(b.patch(at, 4321, strings.NewReader(content[4321:])), http.StatusNoContent)
	if w.Header().Get("Upload-Offset") != "10000" {
		t.Errorf("offset %q", w.Header().Get("Upload-Offset"))
	}
	b.restart()
	if d := b.outcome(at); d.State != BackedUp || d.Item == nil {
		t.Errorf("in the end: %+v", d)
	}
	if b.shelf.kept["../../IMG.jpg"] != content {
		t.Error("other bytes are kept")
	}
	if left, _ := filepath.Glob(filepath.Join(b.shelf.dir, "*.part")); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
}

func TestWhatACrashLeftUnsyncedIsSentAgain(t *testing.T) {
	b := newBench(t)
	at := b.begin("a", 10)
	b.want(b.patch(at, 0, strings.NewReader("0123")), http.StatusNoContent)
	part := filepath.Join(b.shelf.dir, strings.TrimPrefix(at, "/up/")+".part")
	if err := os.WriteFile(part, []byte("0123\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.restart()
	b.want(b.patch(at, 4, strings.NewReader("456789")), http.StatusNoContent)
	if b.shelf.kept["a"] != "0123456789" {
		t.Errorf("kept is %q", b.shelf.kept["a"])
	}
	lost := b.begin("b", 10)
	b.want(b.patch(lost, 0, strings.NewReader("0123")), http.StatusNoContent)
	if err := os.Remove(filepath.Join(b.shelf.dir, strings.TrimPrefix(lost, "/up/")+".part")); err != nil {
		t.Fatal(err)
	}
	b.restart()
	if d := b.outcome(lost); d.Offset != 0 {
		t.Errorf("bytes that are gone count: %+v", d)
	}
}

func TestEachUploadEndsWithAnOutcome(t *testing.T) {
	b := newBench(t)
	send := func(name, content string) Doc {
		w := b.ask("POST", "/up", strings.NewReader(content), "Content-Type", offsetType, "Upload-Length", strconv.Itoa(len(content)),
			"Upload-Metadata", "filename "+base64.StdEncoding.EncodeToString([]byte(name)))
		return b.outcome(w.Header().Get("Location"))
	}
	if d := send("a", "picture"); d.State != BackedUp {
		t.Errorf("%+v", d)
	}
	if d := send("a", "picture"); d.State != Known {
		t.Errorf("%+v", d)
	}
	if d := send("b", "%PDF-1.7"); d.State != Refused || d.Reason != "type" || d.Message == "" || d.Hint == "" {
		t.Errorf("%+v", d)
	}
	b.shelf.err = errors.New("no space left for the vault")
	d := send("c", "picture")
	if d.State != Waiting || d.Message == "" {
		t.Errorf("%+v", d)
	}
	b.restart()
	b.shelf.err = nil
	if d := b.outcome("/up/" + d.ID); d.State != BackedUp || b.shelf.kept["c"] != "picture" {
		t.Errorf("once there is room: %+v", d)
	}
}

func TestUploadChecksum(t *testing.T) {
	b := newBench(t)
	at := b.begin("a", 10)
	sum := sha1.Sum([]byte("01234"))
	header := "sha1 " + base64.StdEncoding.EncodeToString(sum[:])
	b.want(b.patch(at, 0, strings.NewReader("0123x"), "Upload-Checksum", header), statusChecksum)
	if d := b.outcome(at); d.Offset != 0 {
		t.Errorf("the wrong piece counts: %+v", d)
	}
	b.want(b.patch(at, 0, strings.NewReader("01234"), "Upload-Checksum", header), http.StatusNoContent)
	b.want(b.patch(at, 5, strings.NewReader("56789"), "Upload-Checksum", "md4 AA=="), http.StatusBadRequest)
}

func TestUploadIsBounded(t *testing.T) {
	b := newBench(t)
	b.want(b.ask("POST", "/up", nil, "Upload-Length", "1048577"), http.StatusRequestEntityTooLarge)
	b.want(b.ask("POST", "/up", nil, "Upload-Length", "-1"), http.StatusBadRequest)
	b.want(b.ask("POST", "/up", nil), http.StatusBadRequest)
	b.want(b.ask("POST", "/up", nil, "Upload-Length", "1", "Upload-Metadata", "filename %%%"), http.StatusBadRequest)
	b.want(b.ask("POST", "/up", nil, "Upload-Length", "1", "Tus-Resumable", "0.2.2"), http.StatusPreconditionFailed)
	at := b.begin("a", 4)
	b.want(b.patch(at, 0, bytes.NewReader(make([]byte, 5))), http.StatusRequestEntityTooLarge)
	b.want(b.patch(at, 0, io.MultiReader(bytes.NewReader(make([]byte, 3)), bytes.NewReader(make([]byte, 3)))), http.StatusRequestEntityTooLarge)
	b.want(b.ask("PATCH", at, nil, "Upload-Offset", "3"), http.StatusUnsupportedMediaType)
	b.shelf.room = 1000
	b.want(b.ask("POST", "/up", nil, "Upload-Length", "1001"), http.StatusInsufficientStorage)
	b.begin("b", 900)
	b.want(b.ask("POST", "/up", nil, "Upload-Length", "900"), http.StatusInsufficientStorage)
	b.shelf.room = 1 << 40
	for i := range maxOpen {
		b.tus.book.all[fmt.Sprint(i)] = &upload{}
	}
	b.want(b.ask("POST", "/up", nil, "Upload-Length", "1"), http.StatusTooManyRequests)
}

func TestUploadsThatNobodyContinuesGo(t *testing.T) {
	b := newBench(t)
	at, ended := b.begin("a", 4), b.begin("b", 1)
	b.want(b.patch(ended, 0, strings.NewReader("x")), http.StatusNoContent)
	stray := filepath.Join(b.shelf.dir, strings.Repeat("0", 32)+".part")
	if err := os.WriteFile(stray, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(stray, b.now.Add(-48*time.Hour), b.now.Add(-48*time.Hour)); err != nil {
		t.Fatal(err)
	}
	b.now = b.now.Add(keepEnded + time.Hour)
	b.tus.book.sweep(b.shelf.dir, b.now)
	b.want(b.ask("HEAD", at, nil), http.StatusOK)
	b.want(b.ask("HEAD", ended, nil), http.StatusNotFound)
	b.now = b.now.Add(keepOpen)
	b.tus.book.sweep(b.shelf.dir, b.now)
	b.want(b.ask("HEAD", at, nil), http.StatusNotFound)
	if left, _ := filepath.Glob(filepath.Join(b.shelf.dir, "*")); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
}

func TestUploadIsTerminatedAndForgotten(t *testing.T) {
	b := newBench(t)
	at := b.begin("a", 4)
	b.want(b.patch(at, 0, strings.NewReader("x")), http.StatusNoContent)
	b.want(b.ask("POST", at, nil, "X-HTTP-Method-Override", "DELETE"), http.StatusNoContent)
	b.want(b.patch(at, 1, strings.NewReader("x")), http.StatusNotFound)
	for _, id := range []string{"..", "%2e%2e%2fa", strings.Repeat("0", 32), "a.json"} {
		b.want(b.ask("GET", "/up/"+id, nil), map[bool]int{true: http.StatusTemporaryRedirect, false: http.StatusNotFound}[id == ".."])
	}
}

func TestOneAtATimeContinuesAnUpload(t *testing.T) {
	b := newBench(t)
	at := b.begin("a", 2)
	in, out := io.Pipe()
	ended := make(chan int)
	go func() { ended <- b.patch(at, 0, in).Code }()
	if _, err := out.Write([]byte("x")); err != nil { // it is being received now
		t.Fatal(err)
	}
	b.want(b.patch(at, 0, strings.NewReader("yy")), http.StatusLocked)
	_ = out.Close()
	if code := <-ended; code != http.StatusNoContent {
		t.Errorf("answered with %d", code)
	}
	b.want(b.patch(at, 1, strings.NewReader("y")), http.StatusNoContent)
}

func TestModifiedIsATimeOrNone(t *testing.T) {
	for text, want := range map[string]string{
		"1588561321123": "2020-05-04T03:02:01.123Z", "2020-05-04T03:02:01.123456789Z": "2020-05-04T03:02:01.123456789Z",
		"": "0001-01-01T00:00:00Z", "soon": "0001-01-01T00:00:00Z", "9223372036854775807": "0001-01-01T00:00:00Z", "-62135596800000": "0001-01-01T00:00:00Z",
	} {
		if got := (pairs{"lastModified": text}).modified().Format(time.RFC3339Nano); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

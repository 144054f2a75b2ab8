package web

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"

	"homeroll/node/internal/web/home"
)

// shelf takes uploads.
type shelf struct {
	dir  string
	took []string
}

func (s *shelf) UploadDir(context.Context) (string, error) { return s.dir, nil }
func (s *shelf) Room(context.Context) (int64, error)       { return 1 << 20, nil }
func (s *shelf) Accept(_ context.Context, u home.Upload) (*home.Accepted, error) {
	b, err := os.ReadFile(u.Path)
	if err == nil && !strings.HasPrefix(string(b), "\xff\xd8") {
		err = &home.RefusedError{Reason: "type", Message: "it is text", Advice: "photos are kept here"}
	}
	if err != nil {
		return nil, err
	}
	s.took = append(s.took, u.From+"/"+u.Name)
	return &home.Accepted{ID: picture(1)}, nil
}

// Uploads pass the same door as all that changes something.
func TestUploadsPassTheDoor(t *testing.T) {
	to := &shelf{dir: t.TempDir()}
	s := newServer(t, Config{Uploads: to})
	me, evil := member(t, s), stranger(t, s)
	head := func(r *http.Request) {
		r.Header.Set("Tus-Resumable", "1.0.0")
		r.Header.Set("Upload-Length", "4")
		r.Header.Set("Upload-Metadata", "filename PHNjcmlwdD4uanBn") // <script>.jpg
		r.Header.Set("Content-Type", "application/offset+octet-stream")
	}
	evil.status(http.StatusUnauthorized, "POST", uploadsBase, "\xff\xd8\xff\xe0", head)
	me.status(http.StatusForbidden, "POST", uploadsBase, "\xff\xd8\xff\xe0", head, func(r *http.Request) { r.Header.Del(mark) })
	me.status(http.StatusForbidden, "POST", uploadsBase, "\xff\xd8\xff\xe0", head, header("Origin", "http://evil.example"))
	me.status(http.StatusUnprocessableEntity, "POST", uploadsBase, "text", head)
	answer := me.do("POST", uploadsBase, "\xff\xd8\xff\xe0", head)
	at := answer.Header.Get("Location")
	me.want(http.StatusCreated, answer, nil)
	if len(to.took) != 1 || to.took[0] != "Uploads/<script>.jpg" {
		t.Errorf("taken are %q", to.took)
	}
	evil.status(http.StatusUnauthorized, "GET", at, "")
	me.status(http.StatusOK, "GET", at, "")
	me.status(http.StatusOK, "GET", "/upload", "", header("Accept", "text/html"))
}

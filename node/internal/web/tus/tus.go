// Package tus receives files in pieces, by the protocol of tus.io 1.0.0: its core,
// and the extensions creation, creation-with-upload, termination, expiration and
// checksum. What has arrived is synced before it is said to have, so that an upload
// goes on where it was after the browser, the network or the node went away.
//
// Start with [Server]. Beside the protocol, GET says what became of an upload once
// it is whole, which tus leaves open: see [Doc].
package tus

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"homeroll/node/api"
	"homeroll/node/internal/web/home"
)

// Version of the protocol.
const Version = "1.0.0"

const (
	extensions = "creation,creation-with-upload,termination,expiration,checksum"
	algorithms = "sha256,sha1"
)

// Bounds of what is begun, and how long it is kept.
const (
	maxOpen    = 5000 // uploads that are not whole
	maxEnded   = 20_000
	keepOpen   = 7 * 24 * time.Hour
	keepEnded  = 24 * time.Hour
	sweepEvery = time.Hour
)

// Config is what a Server is made of.
type Config struct {
	Uploads home.Uploads
	MaxSize int64 // of one upload, bytes
	Base    string
	Now     func() time.Time // nil = time.Now
	// Refuse answers with an error document, Fail with what a person is told of an
	// error, Answer with a document.
	Refuse func(w http.ResponseWriter, status int, e *api.Error)
	Fail   func(w http.ResponseWriter, err error)
	Answer func(w http.ResponseWriter, doc any, err error)
	// Explain turns an error into what a person is told.
	Explain func(error) *api.Error
}

// Server receives uploads. Its methods may be called concurrently.
type Server struct {
	cfg  Config
	book book
}

// New makes a server. It starts nothing.
func New(cfg Config) *Server {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Server{cfg: cfg}
}

// Routes adds the addresses of the protocol below cfg.Base.
func (s *Server) Routes(mux *http.ServeMux) {
	mux.HandleFunc("OPTIONS "+s.cfg.Base, s.options)
	mux.HandleFunc("POST "+s.cfg.Base, s.spoken(s.create))
	mux.HandleFunc("GET "+s.cfg.Base+"/{id}", s.outcome)
	mux.HandleFunc("HEAD "+s.cfg.Base+"/{id}", s.spoken(s.head))
	mux.HandleFunc("PATCH "+s.cfg.Base+"/{id}", s.spoken(s.patch))
	mux.HandleFunc("DELETE "+s.cfg.Base+"/{id}", s.spoken(s.terminate))
	mux.HandleFunc("POST "+s.cfg.Base+"/{id}", s.spoken(s.overridden))
}

// Run removes what nobody continues, until ctx ends.
func (s *Server) Run(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if dir, err := s.cfg.Uploads.UploadDir(ctx); err == nil {
			s.book.sweep(dir, s.cfg.Now())
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (s *Server) options(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Tus-Resumable", Version)
	h.Set("Tus-Version", Version)
	h.Set("Tus-Extension", extensions)
	h.Set("Tus-Checksum-Algorithm", algorithms)
	h.Set("Tus-Max-Size", strconv.FormatInt(s.cfg.MaxSize, 10))
	w.WriteHeader(http.StatusNoContent)
}

// spoken answers those who speak this version alone.
func (s *Server) spoken(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Tus-Resumable", Version)
		w.Header().Set("Cache-Control", "no-store")
		if r.Header.Get("Tus-Resumable") != Version {
			w.Header().Set("Tus-Version", Version)
			s.refuse(w, http.StatusPreconditionFailed, "another version of tus", "send Tus-Resumable: "+Version)
			return
		}
		next(w, r)
	}
}

// overridden is for those who can send POST alone (X-HTTP-Method-Override).
func (s *Server) overridden(w http.ResponseWriter, r *http.Request) {
	switch r.Header.Get("X-HTTP-Method-Override") {
	case http.MethodPatch:
		s.patch(w, r)
	case http.MethodDelete:
		s.terminate(w, r)
	case http.MethodHead:
		s.head(w, r)
	default:
		s.refuse(w, http.StatusMethodNotAllowed, "POST begins an upload, and changes none", "use PATCH")
	}
}

func (s *Server) refuse(w http.ResponseWriter, status int, message, hint string) {
	s.cfg.Refuse(w, status, &api.Error{Code: api.ExitUsage, Message: message, Hint: hint})
}

// create begins an upload, and takes what of it is in the body.
func (s *Server) create(w http.ResponseWriter, r *http.Request) {
	begun, err := s.begin(r)
	var status *statusError
	switch {
	case errors.As(err, &status):
		s.cfg.Refuse(w, status.status, &status.told)
		return
	case err != nil:
		s.cfg.Fail(w, err)
		return
	}
	w.Header().Set("Location", s.cfg.Base+"/"+begun.ID)
	defer s.book.unlock(begun.ID)
	if err := s.book.save(begun); err != nil {
		s.book.drop(begun.ID)
		s.cfg.Fail(w, err)
		return
	}
	if isOffsetType(r) && r.ContentLength != 0 || begun.Size == 0 {
		s.take(w, r, begun, http.StatusCreated)
		return
	}
	s.expires(w, begun)
	w.WriteHeader(http.StatusCreated)
}

// statusError is one of the protocol.
type statusError struct {
	status int
	told   api.Error
}

func (e *statusError) Error() string { return e.told.Message }

func refusal(status int, message, hint string) error {
	return &statusError{status, api.Error{Code: api.ExitUsage, Message: message, Hint: hint}}
}

// begin makes the entry of a new upload, locked, if there is room for it.
func (s *Server) begin(r *http.Request) (*upload, error) {
	size, err := strconv.ParseInt(r.Header.Get("Upload-Length"), 10, 64)
	if err != nil || size < 0 {
		return nil, refusal(http.StatusBadRequest, "Upload-Length is missing, or no number", "say how many bytes the file has")
	}
	if size > s.cfg.MaxSize {
		return nil, refusal(http.StatusRequestEntityTooLarge, fmt.Sprintf("a file of %d bytes is too large", size), fmt.Sprintf("at most %d bytes", s.cfg.MaxSize))
	}
	meta, err := metadata(r.Header.Get("Upload-Metadata"))
	if err != nil {
		return nil, refusal(http.StatusBadRequest, err.Error(), "Upload-Metadata is a list of keys with base64 values")
	}
	dir, err := s.cfg.Uploads.UploadDir(r.Context())
	if err != nil {
		return nil, err
	}
	room, err := s.cfg.Uploads.Room(r.Context())
	if err != nil {
		return nil, err
	}
	now := s.cfg.Now()
	return s.book.begin(dir, room, &upload{ID: newID(), Name: meta["filename"], Modified: meta.modified(), Size: size, Began: now, Touched: now})
}

// expires says until when an upload may be continued.
func (s *Server) expires(w http.ResponseWriter, u *upload) {
	if u.Outcome == nil {
		w.Header().Set("Upload-Expires", u.Touched.Add(keepOpen).UTC().Format(http.TimeFormat))
	}
}

// head says how much of an upload is here.
func (s *Server) head(w http.ResponseWriter, r *http.Request) {
	u, ok := s.find(w, r)
	if !ok {
		return
	}
	h := w.Header()
	h.Set("Upload-Offset", strconv.FormatInt(u.Offset, 10))
	h.Set("Upload-Length", strconv.FormatInt(u.Size, 10))
	s.expires(w, u)
	w.WriteHeader(http.StatusOK)
}

// terminate forgets an upload. What became an item stays one.
func (s *Server) terminate(w http.ResponseWriter, r *http.Request) {
	u, ok := s.lock(w, r)
	if !ok {
		return
	}
	defer s.book.unlock(u.ID)
	s.book.drop(u.ID)
	w.WriteHeader(http.StatusNoContent)
}

// find returns a copy of an upload as it is now.
func (s *Server) find(w http.ResponseWriter, r *http.Request) (*upload, bool) {
	dir, err := s.cfg.Uploads.UploadDir(r.Context())
	if err != nil {
		s.cfg.Fail(w, err)
		return nil, false
	}
	u, ok := s.book.get(dir, r.PathValue("id"))
	if !ok {
		s.refuse(w, http.StatusNotFound, "there is no such upload", "it may have ended, or been forgotten: begin it again")
	}
	return u, ok
}

// lock returns an upload that nobody else changes until it is unlocked.
func (s *Server) lock(w http.ResponseWriter, r *http.Request) (*upload, bool) {
	if _, ok := s.find(w, r); !ok {
		return nil, false
	}
	u, ok := s.book.lock(r.PathValue("id"))
	if !ok {
		w.Header().Set("Retry-After", "1")
		s.refuse(w, http.StatusLocked, "this upload is being received already", "try again in a moment")
	}
	return u, ok
}

// isOffsetType reports the media type of pieces of an upload.
func isOffsetType(r *http.Request) bool {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.TrimSpace(kind) == offsetType
}

const offsetType = "application/offset+octet-stream"

package web

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"

	"homeroll/node/api"
	"homeroll/node/internal/web/access"
	"homeroll/node/internal/web/home"
	"homeroll/store/media"
)

// answer writes the document, or what a person is told of the error if there
// is one.
func (s *Server) answer(w http.ResponseWriter, doc any, err error) {
	if err != nil {
		s.fail(w, err)
		return
	}
	s.write(w, http.StatusOK, doc)
}

// done answers what has nothing to say but that it worked.
func (s *Server) done(w http.ResponseWriter, err error) {
	s.answer(w, api.Done{Schema: api.Schema}, err)
}

// fail answers with an error.
func (s *Server) fail(w http.ResponseWriter, err error) {
	told := s.explain(err)
	setRetryAfter(w, err)
	s.refuse(w, statusOf(err, told), told)
}

// setRetryAfter says how long to wait where that is what an error is about.
func setRetryAfter(w http.ResponseWriter, err error) {
	var throttled *access.ThrottledError
	if errors.As(err, &throttled) {
		w.Header().Set("Retry-After", strconv.FormatInt(int64(math.Ceil(throttled.Wait.Seconds())), 10))
	}
}

// explain returns what a person is told of an error.
func (s *Server) explain(err error) *api.Error {
	var told *api.Error
	if errors.As(err, &told) {
		return told
	}
	if told := wayInError(err); told != nil {
		return told
	}
	if s.cfg.Explain != nil {
		return s.cfg.Explain(err)
	}
	return &api.Error{Code: api.ExitFailed, Message: err.Error()}
}

// wayInError tells the errors of package access; nil if it is none.
func wayInError(err error) *api.Error {
	var throttled *access.ThrottledError
	if errors.As(err, &throttled) {
		return &api.Error{Code: api.ExitFailed, Message: err.Error(), Hint: throttled.Hint()}
	}
	for _, e := range []struct {
		err  error
		hint string
	}{
		{access.ErrWrong, "try again"},
		{access.ErrNoPassword, "set one: open /setup with the token that homeroll open --print says"},
		{access.ErrSetUp, "sign in with it, or run homeroll open on the device"},
		{access.ErrShort, "three or four words make a good one"},
		{access.ErrLong, "choose a shorter one"},
	} {
		if errors.Is(err, e.err) {
			return &api.Error{Code: api.ExitUsage, Message: err.Error(), Hint: e.hint}
		}
	}
	return nil
}

// refuse answers with an error document.
func (s *Server) refuse(w http.ResponseWriter, status int, e *api.Error) {
	full := *e
	full.Schema, full.Type = api.Schema, "error"
	s.write(w, status, &full)
}

func (s *Server) write(w http.ResponseWriter, status int, doc any) {
	w.Header().Set("Content-Type", "application/json")
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-store")
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(doc) // the browser is gone if it fails
}

// statusOf is the HTTP status that fits an error.
func statusOf(err error, told *api.Error) int {
	var tooLarge *http.MaxBytesError
	var throttled *access.ThrottledError
	var refused *home.RefusedError
	switch {
	case errors.As(err, &throttled):
		return http.StatusTooManyRequests
	case errors.Is(err, access.ErrWrong):
		return http.StatusForbidden
	case errors.Is(err, access.ErrSetUp), errors.Is(err, access.ErrNoPassword):
		return http.StatusConflict
	case errors.As(err, &refused):
		return http.StatusUnprocessableEntity
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, media.ErrNotHeld), errors.Is(err, home.ErrNoAlbum), errors.Is(err, home.ErrNoPreview):
		return http.StatusNotFound
	case errors.Is(err, home.ErrNotHeld):
		return http.StatusServiceUnavailable
	}
	switch told.Code {
	case api.ExitUsage:
		return http.StatusBadRequest
	case api.ExitTooFew:
		return http.StatusConflict
	case api.ExitUnreachable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

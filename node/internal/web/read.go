package web

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"homeroll/node/api"
)

// read decodes the body of a request, which is one JSON document of at most
// maxBody bytes. If it returns false, the request is answered.
func read[T any](s *Server, w http.ResponseWriter, r *http.Request) (in T, ok bool) {
	body := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	err := body.Decode(&in)
	if err == nil {
		if _, err = body.Token(); err == nil {
			err = errors.New("more than one document")
		} else if errors.Is(err, io.EOF) {
			return in, true
		}
	}
	var tooLarge *http.MaxBytesError
	status := http.StatusBadRequest
	if errors.As(err, &tooLarge) {
		status = http.StatusRequestEntityTooLarge
	}
	s.refuse(w, status, &api.Error{Code: api.ExitUsage, Message: "read the request: " + err.Error(), Hint: "docs/api.md says what it takes"})
	return in, false
}

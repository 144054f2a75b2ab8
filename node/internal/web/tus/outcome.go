package tus

import (
	"context"
	"errors"
	"net/http"
	"time"

	"homeroll/node/api"
	"homeroll/node/internal/web/home"
	"homeroll/store/media"
)

// States of an upload.
const (
	Uploading = "uploading"
	Keeping   = "keeping"   // it is whole, and being made durable
	BackedUp  = "backed-up" // it is an item of this device
	Known     = "known"     // this device had it already
	Refused   = "refused"   // it is nothing to be kept: message says why
	Waiting   = "waiting"   // it is whole, and cannot be kept now: message says why
)

// Outcome is what became of an upload.
type Outcome struct {
	State    string    `json:"state"`
	Item     *media.ID `json:"item,omitempty"`
	Restored bool      `json:"restored,omitempty"` // it was in the trash, and is not any more
	Reason   string    `json:"reason,omitempty"`   // empty, type, damaged, large
	Message  string    `json:"message,omitempty"`
	Hint     string    `json:"hint,omitempty"`
}

// Doc is the answer of GET.
type Doc struct {
	Schema  int        `json:"schema"`
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Size    int64      `json:"size"`
	Offset  int64      `json:"offset"`
	Expires *time.Time `json:"expires"`
	Outcome
}

// outcome says what became of an upload. One that is whole and was not kept yet, as
// the node was stopped or there was no room, is kept now.
func (s *Server) outcome(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Tus-Resumable", Version)
	u, ok := s.find(w, r)
	if !ok {
		return
	}
	if u.Outcome == nil && u.Offset == u.Size {
		u = s.retry(r.Context(), u)
	}
	doc := Doc{Schema: api.Schema, ID: u.ID, Name: u.Name, Size: u.Size, Offset: u.Offset, Outcome: Outcome{State: Uploading}}
	if u.Outcome != nil {
		doc.Outcome = *u.Outcome
	} else {
		till := u.Touched.Add(keepOpen).UTC()
		doc.Expires = &till
	}
	s.cfg.Answer(w, doc, nil)
}

// retry tries to keep an upload that is whole, and returns it with what is to be
// said of it.
func (s *Server) retry(ctx context.Context, seen *upload) *upload {
	u, ok := s.book.lock(seen.ID)
	if !ok {
		seen.Outcome = &Outcome{State: Keeping}
		return seen
	}
	defer s.book.unlock(u.ID)
	if u.Outcome != nil {
		return u
	}
	var refused *home.RefusedError
	if err := s.keep(ctx, u); err != nil && !errors.As(err, &refused) {
		told := s.cfg.Explain(err)
		u.Outcome = &Outcome{State: Waiting, Message: told.Message, Hint: told.Hint} // of this answer alone
	}
	return u
}

// keep makes a whole upload an item. What cannot be kept for now stays as it is; the
// error says why. A refusal is the outcome, and an error as well.
func (s *Server) keep(ctx context.Context, u *upload) error {
	got, err := s.cfg.Uploads.Accept(ctx, home.Upload{Path: s.book.part(u), Name: u.Name, From: home.FromPage, MTime: u.Modified})
	var refused *home.RefusedError
	switch {
	case errors.As(err, &refused):
		u.Outcome = &Outcome{State: Refused, Reason: refused.Reason, Message: refused.Message, Hint: refused.Hint()}
	case err != nil:
		return err
	case got.Known:
		u.Outcome = &Outcome{State: Known, Item: &got.ID, Restored: got.Restored}
	default:
		u.Outcome = &Outcome{State: BackedUp, Item: &got.ID, Restored: got.Restored}
	}
	u.Touched = s.cfg.Now()
	return errors.Join(s.book.end(u), err)
}

package web

import (
	"context"
	"net/http"
	"time"

	"homeroll/node/api"
	"homeroll/node/internal/web/ui"
)

// routesStatus are the routes of the state of the home, and of what a person
// does about it.
func (s *Server) routesStatus(mux *http.ServeMux) {
	c := s.cfg.Care
	mux.HandleFunc("GET /{$}", s.timelinePage)
	mux.HandleFunc("GET /status", s.statusPage)
	mux.HandleFunc("GET /settings", s.settingsPage)
	mux.HandleFunc("GET /api/v1/status", s.status)
	mux.HandleFunc("GET /api/v1/events", s.events)
	mux.HandleFunc("POST /api/v1/pause", command(s, s.pause))
	mux.HandleFunc("POST /api/v1/resume", func(w http.ResponseWriter, r *http.Request) { s.done(w, c.Resume(r.Context())) })
	mux.HandleFunc("POST /api/v1/devices/{id}/rename", s.renameDevice)
	mux.HandleFunc("POST /api/v1/devices/{id}/remove", func(w http.ResponseWriter, r *http.Request) {
		s.done(w, c.Remove(r.Context(), r.PathValue("id")))
	})
	mux.HandleFunc("GET /api/v1/directories", s.directories)
	mux.HandleFunc("POST /api/v1/folders/add", s.addFolder)
	mux.HandleFunc("POST /api/v1/folders/remove", command(s, func(ctx context.Context, in api.FolderRequest) error {
		return c.RemoveFolder(ctx, in.Path)
	}))
	mux.HandleFunc("POST /api/v1/folders/confirm", s.confirmFolder)
	mux.HandleFunc("GET /api/v1/problems", s.problems)
	mux.HandleFunc("POST /api/v1/problems/retry", command(s, s.retry))
	mux.HandleFunc("POST /api/v1/verify", s.verify)
	mux.HandleFunc("GET /api/v1/settings", s.settings)
	mux.HandleFunc("PUT /api/v1/settings", command(s, s.setSetting))
	s.routesPairing(mux)
}

// command answers a request whose body is a document with nothing but whether
// it worked.
func command[T any](s *Server, do func(context.Context, T) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if in, ok := read[T](s, w, r); ok {
			s.done(w, do(r.Context(), in))
		}
	}
}

func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	doc, err := s.cfg.Care.Status(r.Context())
	s.answer(w, doc, err)
}

// timelinePage is the pictures, below the state of the home in a card.
func (s *Server) timelinePage(w http.ResponseWriter, r *http.Request) {
	view, err := s.statusView(r)
	if err != nil {
		s.fail(w, err)
		return
	}
	s.page(w, r, "timeline", view)
}

func (s *Server) statusPage(w http.ResponseWriter, r *http.Request) {
	view, err := s.statusView(r)
	if err != nil {
		s.fail(w, err)
		return
	}
	s.page(w, r, "status", view)
}

// statusView is the status now, in the words of the language that r is in. The
// page's first painting has it, and events follow.
func (s *Server) statusView(r *http.Request) (*ui.Status, error) {
	doc, err := s.cfg.Care.Status(r.Context())
	if err != nil {
		return nil, err
	}
	return s.say(r, doc), nil
}

func (s *Server) say(r *http.Request, doc *api.Status) *ui.Status {
	view := s.ui.Speaker(s.language(r)).NewStatus(doc, time.Now())
	view.Open = r.TLS == nil && !isLocal(r)
	return view
}

// maxPause is the longest pause with an end, in seconds: a year.
const maxPause = 366 * 24 * 3600

func (s *Server) pause(ctx context.Context, in api.PauseRequest) error {
	if in.Seconds < 0 || in.Seconds > maxPause || in.Seconds > 0 && in.Seconds < 1 {
		return &api.Error{Code: api.ExitUsage, Message: "a pause lasts from a second to a year", Hint: "0 pauses until somebody resumes"}
	}
	return s.cfg.Care.Pause(ctx, time.Duration(in.Seconds*float64(time.Second)))
}

func (s *Server) renameDevice(w http.ResponseWriter, r *http.Request) {
	if in, ok := read[api.DeviceRequest](s, w, r); ok {
		s.done(w, s.cfg.Care.Rename(r.Context(), r.PathValue("id"), in.Name))
	}
}

func (s *Server) confirmFolder(w http.ResponseWriter, r *http.Request) {
	in, ok := read[api.ConfirmRequest](s, w, r)
	if !ok {
		return
	}
	withdrawn, err := s.cfg.Care.ConfirmFolder(r.Context(), in.Path, in.Files)
	s.answer(w, api.ConfirmDoc{Schema: api.Schema, Withdrawn: withdrawn}, err)
}

func (s *Server) problems(w http.ResponseWriter, r *http.Request) {
	problems, skipped, err := s.cfg.Care.Problems(r.Context())
	s.answer(w, api.ProblemsDoc{Schema: api.Schema, Problems: problems, Skipped: skipped}, err)
}

func (s *Server) retry(ctx context.Context, in api.PathsRequest) error {
	paths := in.Paths
	for _, raw := range in.PathsBase64 {
		paths = append(paths, string(raw))
	}
	return s.cfg.Care.Retry(ctx, paths)
}

// verify answers with JSON lines of api.VerifyEvent.
func (s *Server) verify(w http.ResponseWriter, r *http.Request) {
	in, ok := read[api.VerifyRequest](s, w, r)
	if !ok {
		return
	}
	if in.Full || in.Rebuilt {
		s.refuse(w, http.StatusBadRequest, &api.Error{Code: api.ExitUsage, Message: "the page does not rebuild the catalogue", Hint: "homeroll verify --full does, on the device itself"})
		return
	}
	lines := s.lines(w, r)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	info, err := s.cfg.Care.Verify(ctx, in, func(e api.VerifyEvent) {
		e.Schema = api.Schema
		if lines.Emit(e) != nil {
			cancel()
		}
	})
	lines.End(api.VerifyEvent{Schema: api.Schema, Type: api.EventVerified, Result: info}, err)
}

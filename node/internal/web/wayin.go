package web

import (
	"errors"
	"net/http"
	"strings"

	"homeroll/node/api"
	"homeroll/node/internal/web/access"
)

// maxForm is the largest body of a form, in bytes.
const maxForm = 16 << 10

// wayIn is what the pages say that lead in.
type wayIn struct {
	Next        string // where to go then
	Token       string // of the first set-up, as the address has it
	Local       bool   // this browser runs on the device itself
	Password    bool   // one is set, so that it may be given
	Fingerprint string // of the home's own authority; "" where there is none
	Problem     string // what went wrong with the last try
	Hint        string
	Wrong       string // the key of a text instead of Problem: wrong, short, long, differ, throttled, ended, ""
}

func (s *Server) wayIn(r *http.Request) wayIn {
	in := wayIn{Next: localPath(r.FormValue("next")), Local: isLocal(r), Password: s.access.HasPassword()}
	if s.cfg.Authority != nil && r.TLS != nil {
		in.Fingerprint = s.cfg.Authority.Fingerprint()
	}
	return in
}

// explained adds what went wrong.
func (in wayIn) explained(s *Server, err error) wayIn {
	var throttled *access.ThrottledError
	switch {
	case errors.As(err, &throttled):
		in.Wrong = "throttled"
	case errors.Is(err, access.ErrWrong):
		in.Wrong = "wrong"
	case errors.Is(err, access.ErrShort):
		in.Wrong = "short"
	case errors.Is(err, access.ErrLong):
		in.Wrong = "long"
	}
	told := s.explain(err)
	in.Problem, in.Hint = told.Message, told.Hint
	return in
}

// openLink signs in whoever comes by a one-time link. A browser that only looks
// ahead does not use it up.
func (s *Server) openLink(w http.ResponseWriter, r *http.Request) {
	if ahead := r.Header.Get("Sec-Purpose") + r.Header.Get("Purpose"); strings.Contains(ahead, "prefetch") || r.Method != http.MethodGet {
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if _, ok := visitor(r); ok && r.URL.Query().Get("token") == "" {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	if !s.access.Redeem(r.URL.Query().Get("token")) {
		in := s.wayIn(r)
		in.Wrong = "ended"
		s.pageWith(w, r, http.StatusForbidden, "sign-in", in)
		return
	}
	if err := s.enter(w, r, access.ByLink); err != nil {
		s.fail(w, err)
		return
	}
	next := localPath(r.URL.Query().Get("next"))
	if r.Header.Get("Sec-Fetch-Site") == "cross-site" { // see membersOnly
		w.Header().Set("Refresh", "0; url="+next)
		s.page(w, r, "arriving", next)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, next, http.StatusSeeOther) //nolint:gosec // G710: localPath lets no other page pass
}

func (s *Server) signInPage(w http.ResponseWriter, r *http.Request) {
	in := s.wayIn(r)
	if _, ok := visitor(r); ok {
		http.Redirect(w, r, in.Next, http.StatusSeeOther)
		return
	}
	if !in.Password && !in.Local {
		http.Redirect(w, r, "/setup", http.StatusSeeOther)
		return
	}
	s.page(w, r, "sign-in", in)
}

func (s *Server) signInForm(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		s.fail(w, asUsage(err))
		return
	}
	err := s.admit(w, r, r.PostForm.Get("password"))
	if err != nil {
		s.pageWith(w, r, s.waiting(w, err), "sign-in", s.wayIn(r).explained(s, err))
		return
	}
	http.Redirect(w, r, localPath(r.PostForm.Get("next")), http.StatusSeeOther) //nolint:gosec // G710: localPath lets no other page pass
}

func (s *Server) setupPage(w http.ResponseWriter, r *http.Request) {
	in := s.wayIn(r)
	if in.Password {
		http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
		return
	}
	in.Token = r.URL.Query().Get("token")
	s.page(w, r, "setup", in)
}

func (s *Server) setupForm(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		s.fail(w, asUsage(err))
		return
	}
	in := setupRequest{r.PostForm.Get("token"), r.PostForm.Get("password")}
	shown := s.wayIn(r)
	shown.Token = in.Token
	if in.Password != r.PostForm.Get("again") {
		shown.Wrong = "differ"
		s.pageWith(w, r, http.StatusBadRequest, "setup", shown)
		return
	}
	if err := s.found(w, r, in); err != nil {
		s.pageWith(w, r, s.waiting(w, err), "setup", shown.explained(s, err))
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// waiting returns the status of an error, and says how long to wait where that
// is what it is about.
func (s *Server) waiting(w http.ResponseWriter, err error) int {
	status := statusOf(err, s.explain(err))
	setRetryAfter(w, err)
	return status
}

func asUsage(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	return &api.Error{Code: api.ExitUsage, Message: "read the form: " + err.Error()}
}

package web

import (
	"net/http"

	"homeroll/node/api"
	"homeroll/node/internal/web/access"
)

// health is where it is asked whether the node can serve.
const health = "/healthz"

// routesAccount are the ways in and out.
func (s *Server) routesAccount(members, anyone *http.ServeMux) {
	anyone.HandleFunc("GET "+health, s.healthy)
	anyone.HandleFunc("GET /ca.crt", s.certificate)
	anyone.HandleFunc("GET /open", s.openLink)
	anyone.HandleFunc("GET /sign-in", s.signInPage)
	anyone.HandleFunc("POST /sign-in", s.signInForm)
	anyone.HandleFunc("GET /setup", s.setupPage)
	anyone.HandleFunc("POST /setup", s.setupForm)
	anyone.HandleFunc("POST /api/v1/sign-in", s.signIn)
	anyone.HandleFunc("POST /api/v1/setup", s.setUp)
	members.HandleFunc("POST /sign-out", s.signOutForm)
	members.HandleFunc("POST /api/v1/sign-out", s.signOut)
	members.HandleFunc("GET /api/v1/sessions", s.sessions)
	members.HandleFunc("DELETE /api/v1/sessions", s.endOthers)
	members.HandleFunc("DELETE /api/v1/sessions/{id}", s.endSession)
	members.HandleFunc("PUT /api/v1/password", s.password)
}

// healthy says whether the node can serve, and nothing else.
func (s *Server) healthy(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	select {
	case <-s.cfg.Ready:
		_, _ = w.Write([]byte("ok\n")) // the browser is gone if it fails
	default:
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte("starting\n")) // the browser is gone if it fails
	}
}

// certificate is that of the home's own authority.
func (s *Server) certificate(w http.ResponseWriter, r *http.Request) {
	if s.cfg.Authority == nil {
		s.unknown(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/x-x509-ca-cert")
	w.Header().Set("Content-Disposition", `attachment; filename="homeroll-ca.crt"`)
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(s.cfg.Authority.Root()) // the browser is gone if it fails
}

// signInRequest is the body of POST sign-in.
type signInRequest struct {
	Password string `json:"password"`
}

func (s *Server) signIn(w http.ResponseWriter, r *http.Request) {
	if in, ok := read[signInRequest](s, w, r); ok {
		s.done(w, s.admit(w, r, in.Password))
	}
}

// admit signs somebody in who gives the password.
func (s *Server) admit(w http.ResponseWriter, r *http.Request, password string) error {
	if err := s.access.SignIn(r.Context(), parseAddress(r.RemoteAddr), password); err != nil {
		return err
	}
	return s.enter(w, r, access.ByPassword)
}

// setupRequest is the body of POST setup.
type setupRequest struct {
	Token    string `json:"token"`
	Password string `json:"password"`
}

func (s *Server) setUp(w http.ResponseWriter, r *http.Request) {
	if in, ok := read[setupRequest](s, w, r); ok {
		s.done(w, s.found(w, r, in))
	}
}

// found sets the first password and signs in who set it.
func (s *Server) found(w http.ResponseWriter, r *http.Request, in setupRequest) error {
	if err := s.access.SetUp(r.Context(), parseAddress(r.RemoteAddr), in.Token, in.Password); err != nil {
		return err
	}
	return s.enter(w, r, access.BySetUp)
}

func (s *Server) signOut(w http.ResponseWriter, r *http.Request) { s.done(w, s.quit(w, r)) }

func (s *Server) signOutForm(w http.ResponseWriter, r *http.Request) {
	if err := s.quit(w, r); err != nil {
		s.fail(w, err)
		return
	}
	http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
}

// quit ends the session of the browser that asks for it.
func (s *Server) quit(w http.ResponseWriter, r *http.Request) error {
	me, _ := visitor(r)
	_, err := s.access.End(me.ID)
	if err == nil {
		s.leave(w, r)
	}
	return err
}

// sessionsDoc is the document of GET sessions.
type sessionsDoc struct {
	Schema   int          `json:"schema"`
	Password bool         `json:"password"` // one is set
	Fresh    bool         `json:"fresh"`    // this session may set one without the old one
	Sessions []sessionDoc `json:"sessions"`
}

type sessionDoc struct {
	access.Session
	This bool `json:"this"` // the one that asks
}

func (s *Server) sessions(w http.ResponseWriter, r *http.Request) {
	me, _ := visitor(r)
	doc := sessionsDoc{Schema: api.Schema, Password: s.access.HasPassword(), Fresh: s.access.Fresh(me), Sessions: []sessionDoc{}}
	for _, session := range s.access.Sessions() {
		doc.Sessions = append(doc.Sessions, sessionDoc{session, session.ID == me.ID})
	}
	s.answer(w, doc, nil)
}

func (s *Server) endSession(w http.ResponseWriter, r *http.Request) {
	found, err := s.access.End(r.PathValue("id"))
	if err == nil && !found {
		s.refuse(w, http.StatusNotFound, &api.Error{Code: api.ExitUsage, Message: "there is no such session", Hint: "it may have ended already"})
		return
	}
	s.done(w, err)
}

// endOthers signs out everywhere else.
func (s *Server) endOthers(w http.ResponseWriter, r *http.Request) {
	me, _ := visitor(r)
	s.done(w, s.access.EndOthers(me.ID))
}

// passwordRequest is the body of PUT password.
type passwordRequest struct {
	Old string `json:"old"`
	New string `json:"new"`
}

func (s *Server) password(w http.ResponseWriter, r *http.Request) {
	if in, ok := read[passwordRequest](s, w, r); ok {
		me, _ := visitor(r)
		s.done(w, s.access.ChangePassword(r.Context(), parseAddress(r.RemoteAddr), me, in.Old, in.New))
	}
}

package web

import (
	"bytes"
	"net/http"
	"slices"

	"homeroll/node/internal/web/ui"
)

// page answers with the page of templates/NAME.html; data is what its template
// calls .Data.
func (s *Server) page(w http.ResponseWriter, r *http.Request, name string, data any) {
	s.pageWith(w, r, http.StatusOK, name, data)
}

func (s *Server) pageWith(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	view := ui.View{Page: name, Language: s.language(r), Theme: theme(r), Visitor: kindOf(r), Data: data}
	if state, ok := data.(interface{ Attends() bool }); ok {
		view.Attend = state.Attends()
	}
	var text bytes.Buffer
	if err := s.ui.Render(&text, view); err != nil {
		s.log.Error("a page cannot be made", "page", name, "error", err)
		http.Error(w, "this page cannot be made; the node's log says why", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Accept-Language, Cookie")
	h.Set("Content-Language", view.Language)
	w.WriteHeader(status)
	_, _ = text.WriteTo(w) // the browser is gone if it fails
}

// The cookies in which a browser keeps what its user chose on the settings page.
// They hold no secret; scripts write them.
const (
	languageCookie = "homeroll-language"
	themeCookie    = "homeroll-theme"
)

// language is the one that was chosen in this browser, or the one that it asks
// for.
func (s *Server) language(r *http.Request) string {
	if c, err := r.Cookie(languageCookie); err == nil && slices.Contains(s.ui.Languages(), c.Value) {
		return c.Value
	}
	return s.ui.Language(r.Header.Get("Accept-Language"))
}

func theme(r *http.Request) string {
	if c, err := r.Cookie(themeCookie); err == nil && (c.Value == "light" || c.Value == "dark") {
		return c.Value
	}
	return ""
}

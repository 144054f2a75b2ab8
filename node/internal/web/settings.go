package web

import (
	"context"
	"net/http"

	"homeroll/node/api"
)

// copiesWanted is the setting that the whole home shares.
const copiesWanted = "copies.wanted"

// settingsDoc is the document of GET settings: the values by key.
type settingsDoc struct {
	Schema   int               `json:"schema"`
	Settings map[string]string `json:"settings"`
}

func (s *Server) settings(w http.ResponseWriter, r *http.Request) {
	value, err := s.cfg.Care.Setting(r.Context(), copiesWanted)
	s.answer(w, settingsDoc{api.Schema, map[string]string{copiesWanted: value}}, err)
}

func (s *Server) setSetting(ctx context.Context, in api.SettingDoc) error {
	return s.cfg.Care.SetSetting(ctx, in.Key, in.Value)
}

// settingsView is what the settings page says at first.
type settingsView struct {
	*api.Status
	Copies    string
	Theme     string
	Authority bool // there is a certificate to install
	TLS       bool
}

func (s *Server) settingsPage(w http.ResponseWriter, r *http.Request) {
	doc, err := s.cfg.Care.Status(r.Context())
	if err != nil {
		s.fail(w, err)
		return
	}
	value, err := s.cfg.Care.Setting(r.Context(), copiesWanted)
	if err != nil {
		s.fail(w, err)
		return
	}
	s.page(w, r, "settings", settingsView{Status: doc, Copies: value, Theme: theme(r), Authority: s.cfg.Authority != nil, TLS: r.TLS != nil})
}

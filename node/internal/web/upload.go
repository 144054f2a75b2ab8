package web

import (
	"net/http"

	"homeroll/node/internal/web/tus"
	"homeroll/store/media"
)

// uploadsBase is where files are uploaded to.
const uploadsBase = "/api/v1/uploads"

// routesUpload are the routes of what browsers send.
func (s *Server) routesUpload(mux *http.ServeMux) {
	mux.HandleFunc("GET /upload", func(w http.ResponseWriter, r *http.Request) { s.page(w, r, "upload", nil) })
	s.uploads.Routes(mux)
}

func (s *Server) newUploads() *tus.Server {
	return tus.New(tus.Config{
		Uploads: s.cfg.Uploads, MaxSize: media.MaxItemSize, Base: uploadsBase, Refuse: s.refuse, Fail: s.fail, Answer: s.answer, Explain: s.explain,
	})
}

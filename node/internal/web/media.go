package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"homeroll/node/api"
	"homeroll/node/internal/web/home"
	"homeroll/store/media"
)

// routesMedia are the routes of pictures themselves.
func (s *Server) routesMedia(mux *http.ServeMux) {
	mux.HandleFunc("GET /media/{id}/thumb", s.preview(256))
	mux.HandleFunc("GET /media/{id}/preview", s.preview(1440))
	mux.HandleFunc("GET /media/{id}/full", s.rendition)
	mux.HandleFunc("GET /media/{id}/original", s.original)
	mux.HandleFunc("GET /media/{id}/motion", s.motion)
	mux.HandleFunc("PUT /media/{id}/poster", s.poster)
	s.routesZip(mux)
}

// What is named by its hash never changes, so a browser may keep it. Previews
// may become better: of a video when ffmpeg is installed, of an item that
// another device has looked at when it comes here.
const (
	keepForever = "private, max-age=31536000, immutable"
	keepADay    = "private, max-age=86400"
	keepNot     = "private, no-cache"
)

// maxPoster is more than a frame of 1440 pixels takes, in bytes.
const maxPoster = 1 << 20

// itemOf reads the item of the path; if it returns false, the request is
// answered.
func (s *Server) itemOf(w http.ResponseWriter, r *http.Request) (media.ID, bool) {
	id, err := media.ParseID(r.PathValue("id"))
	if err != nil {
		s.refuse(w, http.StatusBadRequest, &api.Error{Code: api.ExitUsage, Message: err.Error(), Hint: "a photo is named by the 64 digits of its hash"})
		return id, false
	}
	return id, true
}

// preview answers with a small picture, or the tile of its type.
func (s *Server) preview(pixels int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id, ok := s.itemOf(w, r)
		if !ok {
			return
		}
		picture, err := s.cfg.Originals.Preview(r.Context(), id, pixels)
		s.picture(w, r, id, picture, err)
	}
}

// rendition answers with the picture in full size, as a JPEG.
func (s *Server) rendition(w http.ResponseWriter, r *http.Request) {
	if id, ok := s.itemOf(w, r); ok {
		picture, err := s.cfg.Originals.Rendition(r.Context(), id)
		s.picture(w, r, id, picture, err)
	}
}

// picture answers with a JPEG; where there is none, with a tile that names the
// type, which a page can show.
func (s *Server) picture(w http.ResponseWriter, r *http.Request, id media.ID, picture io.ReadSeekCloser, err error) {
	if err == nil {
		defer func() { _ = picture.Close() }()
		h := w.Header()
		h.Set("Content-Type", "image/jpeg")
		h.Set("Cache-Control", keepADay)
		http.ServeContent(w, r, "", time.Time{}, picture)
		return
	}
	if !errors.Is(err, home.ErrNoPreview) && !errors.Is(err, home.ErrNotHeld) {
		s.fail(w, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "image/svg+xml")
	h.Set("Cache-Control", keepNot)
	h.Set("X-Homeroll-Tile", tileReason(err))
	_, _ = w.Write(s.cfg.Originals.Tile(s.typeOf(r.Context(), id))) // the browser is gone if it fails
}

// typeOf is the type of an item as far as it is known.
func (s *Server) typeOf(ctx context.Context, id media.ID) string {
	if s.cfg.Care == nil {
		return ""
	}
	shown, err := s.cfg.Care.Show(ctx, id.String())
	if err != nil {
		return ""
	}
	if shown.Type != nil {
		return *shown.Type
	}
	for _, n := range shown.Names {
		if kind := mime.TypeByExtension(strings.ToLower(path.Ext(n.Path))); kind != "" {
			return kind
		}
	}
	return ""
}

// tileReason says why a tile stands for a picture.
func tileReason(err error) string {
	if errors.Is(err, home.ErrNotHeld) {
		return "unreachable"
	}
	return "none"
}

// original answers with the bytes of an item, or a range of them.
func (s *Server) original(w http.ResponseWriter, r *http.Request) {
	if id, ok := s.itemOf(w, r); ok {
		s.opened(w, r, id, s.cfg.Originals.Original)
	}
}

// motion answers with the video within a Motion Photo.
func (s *Server) motion(w http.ResponseWriter, r *http.Request) {
	if id, ok := s.itemOf(w, r); ok {
		s.opened(w, r, id, s.cfg.Originals.Motion)
	}
}

// opened answers with an opened file. What no browser should interpret is always a
// download; nothing of it may run.
func (s *Server) opened(w http.ResponseWriter, r *http.Request, id media.ID, open func(context.Context, media.ID) (*home.File, error)) {
	if tooManyRanges(r.Header.Get("Range")) {
		r.Header.Del("Range") // the whole is cheaper than so many pieces
	}
	f, err := open(r.Context(), id)
	if err != nil {
		s.fail(w, err)
		return
	}
	defer func() { _ = f.Close() }()
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'; sandbox")
	h.Set("Cache-Control", keepForever)
	h.Set("ETag", fmt.Sprintf(`"%s-%d"`, id, f.Size))
	h.Set("Content-Type", "application/octet-stream")
	shown := inline(f.Type)
	if shown {
		h.Set("Content-Type", f.Type)
	}
	disposition := "inline"
	if !shown || r.URL.Query().Has("download") {
		disposition = "attachment"
	}
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": f.Name}))
	http.ServeContent(w, r, "", f.MTime, f)
}

// inline reports whether browsers may show a type: pictures and videos that
// cannot carry scripts.
func inline(kind string) bool {
	return (strings.HasPrefix(kind, "image/") && !strings.Contains(kind, "svg")) || strings.HasPrefix(kind, "video/")
}

// maxRanges of one request are answered.
const maxRanges = 4

func tooManyRanges(header string) bool { return strings.Count(header, ",") >= maxRanges }

// poster keeps a frame of a video that the browser drew.
func (s *Server) poster(w http.ResponseWriter, r *http.Request) {
	id, ok := s.itemOf(w, r)
	if !ok {
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPoster))
	if err == nil {
		err = s.cfg.Originals.KeepPoster(r.Context(), id, body)
	}
	s.done(w, err)
}

package web

import (
	"context"
	"net/http"

	"homeroll/node/api"
	"homeroll/node/internal/web/home"
	"homeroll/store/media"
)

// The bodies of requests about what people say of pictures.
type (
	onRequest      struct{ On bool }
	captionRequest struct{ Text string }
	idsRequest     struct {
		IDs []media.ID `json:"ids"`
		On  bool       `json:"on"` // of favourites
	}
	albumRequest struct {
		Title *string `json:"title"`
		Cover *string `json:"cover"` // "" = the latest picture
	}
	albumItemsRequest struct {
		Add    []media.ID `json:"add"`
		Remove []media.ID `json:"remove"`
	}
)

// And the answers.
type (
	albumsDoc struct {
		Schema int          `json:"schema"`
		Albums []home.Album `json:"albums"`
	}
	albumDoc struct {
		Schema int         `json:"schema"`
		Album  *home.Album `json:"album"`
	}
	emptiedDoc struct {
		Schema  int        `json:"schema"`
		Deleted home.Count `json:"deleted"`
	}
)

// routesMarks are the routes of what people say of pictures.
func (s *Server) routesMarks(mux *http.ServeMux) {
	m := s.cfg.Marks
	mux.HandleFunc("PUT /api/v1/items/{id}/favourite", onItem(s, func(ctx context.Context, id media.ID, in onRequest) error {
		return m.SetFavourite(ctx, []media.ID{id}, in.On)
	}))
	mux.HandleFunc("PUT /api/v1/items/{id}/caption", onItem(s, func(ctx context.Context, id media.ID, in captionRequest) error {
		return m.SetCaption(ctx, id, in.Text)
	}))
	mux.HandleFunc("POST /api/v1/favourites", s.onItems(func(ctx context.Context, in idsRequest) error { return m.SetFavourite(ctx, in.IDs, in.On) }))
	mux.HandleFunc("POST /api/v1/trash", s.onItems(func(ctx context.Context, in idsRequest) error { return m.Trash(ctx, in.IDs) }))
	mux.HandleFunc("POST /api/v1/trash/restore", s.onItems(func(ctx context.Context, in idsRequest) error { return m.Restore(ctx, in.IDs) }))
	mux.HandleFunc("POST /api/v1/trash/empty", s.emptyTrash)
	mux.HandleFunc("GET /api/v1/albums", s.albums)
	mux.HandleFunc("POST /api/v1/albums", s.newAlbum)
	mux.HandleFunc("GET /api/v1/albums/{id}", s.album)
	mux.HandleFunc("PATCH /api/v1/albums/{id}", s.patchAlbum)
	mux.HandleFunc("DELETE /api/v1/albums/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.done(w, m.DeleteAlbum(r.Context(), r.PathValue("id")))
	})
	mux.HandleFunc("POST /api/v1/albums/{id}/items", s.changeAlbum)
}

// onItem handles a request that says something of one item.
func onItem[T any](s *Server, do func(context.Context, media.ID, T) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id, err := media.ParseID(r.PathValue("id"))
		if err != nil {
			s.refuse(w, http.StatusNotFound, &api.Error{Code: api.ExitUsage, Message: err.Error(), Hint: "an item is named by the 64 digits of its hash"})
			return
		}
		if in, ok := read[T](s, w, r); ok {
			s.done(w, do(r.Context(), id, in))
		}
	}
}

// onItems handles a request about many items.
func (s *Server) onItems(do func(context.Context, idsRequest) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		in, ok := read[idsRequest](s, w, r)
		if !ok {
			return
		}
		if len(in.IDs) == 0 {
			s.refuse(w, http.StatusBadRequest, &api.Error{Code: api.ExitUsage, Message: "no picture is named", Hint: "name at least one in ids"})
			return
		}
		s.done(w, do(r.Context(), in))
	}
}

func (s *Server) emptyTrash(w http.ResponseWriter, r *http.Request) {
	n, err := s.cfg.Marks.EmptyTrash(r.Context())
	s.answer(w, emptiedDoc{api.Schema, n}, err)
}

func (s *Server) albums(w http.ResponseWriter, r *http.Request) {
	all, err := s.cfg.Marks.Albums(r.Context())
	s.answer(w, albumsDoc{api.Schema, all}, err)
}

func (s *Server) album(w http.ResponseWriter, r *http.Request) {
	a, err := s.cfg.Marks.Album(r.Context(), r.PathValue("id"))
	s.answer(w, albumDoc{api.Schema, a}, err)
}

func (s *Server) newAlbum(w http.ResponseWriter, r *http.Request) {
	in, ok := read[albumRequest](s, w, r)
	if !ok {
		return
	}
	title := ""
	if in.Title != nil {
		title = *in.Title
	}
	a, err := s.cfg.Marks.NewAlbum(r.Context(), title)
	s.answer(w, albumDoc{api.Schema, a}, err)
}

func (s *Server) patchAlbum(w http.ResponseWriter, r *http.Request) {
	in, ok := read[albumRequest](s, w, r)
	if !ok {
		return
	}
	id := r.PathValue("id")
	var cover media.ID
	if in.Cover != nil && *in.Cover != "" {
		var err error
		if cover, err = media.ParseID(*in.Cover); err != nil {
			s.refuse(w, http.StatusBadRequest, &api.Error{Code: api.ExitUsage, Message: err.Error()})
			return
		}
	}
	var err error
	if in.Title != nil {
		err = s.cfg.Marks.RenameAlbum(r.Context(), id, *in.Title)
	}
	if err == nil && in.Cover != nil {
		err = s.cfg.Marks.SetCover(r.Context(), id, cover)
	}
	if err != nil {
		s.fail(w, err)
		return
	}
	s.album(w, r)
}

func (s *Server) changeAlbum(w http.ResponseWriter, r *http.Request) {
	if in, ok := read[albumItemsRequest](s, w, r); ok {
		s.done(w, s.cfg.Marks.ChangeAlbum(r.Context(), r.PathValue("id"), in.Add, in.Remove))
	}
}

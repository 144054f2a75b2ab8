package control

import (
	"context"
	"net/http"

	"homeroll/node/api"
)

func (s *Server) trashed(w http.ResponseWriter, r *http.Request) {
	info, err := s.node.Trashed(r.Context())
	s.answerWith(w, info, err)
}

// changeTrash handles a request that puts items into the trash or takes them out.
func (s *Server) changeTrash(change func(context.Context, []string) (int, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in api.TrashRequest
		if !s.read(w, r, &in) {
			return
		}
		for _, raw := range in.ItemsBase64 {
			in.Items = append(in.Items, string(raw))
		}
		n, err := change(r.Context(), in.Items)
		s.answerWith(w, api.TrashChanged{Schema: api.Schema, Items: n}, err)
	}
}

func (s *Server) emptyTrash(w http.ResponseWriter, r *http.Request) {
	emptied, err := s.node.TrashEmpty(r.Context())
	s.answerWith(w, emptied, err)
}

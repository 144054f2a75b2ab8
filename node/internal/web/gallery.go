package web

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"homeroll/node/api"
	"homeroll/node/internal/web/find"
	"homeroll/node/internal/web/home"
	"homeroll/store/media"
)

// Limits of what is asked.
const (
	maxQuery       = 1000 // bytes of what is typed
	maxSuggestions = 50
	suggestions    = 12 // unless said otherwise
	maxGrid        = 64 // columns, and rows, of the map
)

// routesGallery are the routes of finding pictures.
func (s *Server) routesGallery(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/v1/timeline", s.timeline)
	mux.HandleFunc("GET /api/v1/timeline/{month}", s.timelineMonth)
	mux.HandleFunc("GET /api/v1/suggest", s.suggest)
	mux.HandleFunc("GET /api/v1/map", s.spots)
	if s.cfg.Care != nil {
		mux.HandleFunc("GET /api/v1/items/{id}", s.item)
	}
}

type monthsDoc struct {
	Schema int          `json:"schema"`
	Places bool         `json:"places"` // names of places are known
	Months []home.Month `json:"months"`
}

func (s *Server) timeline(w http.ResponseWriter, r *http.Request) {
	f, err := filterOf(r)
	if err != nil {
		s.fail(w, err)
		return
	}
	if fresh(w, r, s.cfg.Gallery.Version(f, 0, 0)) {
		return
	}
	months, err := s.cfg.Gallery.Months(r.Context(), f)
	s.answerFresh(w, monthsDoc{api.Schema, s.cfg.Gallery.PlacesKnown(), orEmpty(months)}, err)
}

type picturesDoc struct {
	Schema   int            `json:"schema"`
	Pictures []home.Picture `json:"pictures"`
}

func (s *Server) timelineMonth(w http.ResponseWriter, r *http.Request) {
	year, month, err := monthOf(r.PathValue("month"))
	if err != nil {
		s.fail(w, err)
		return
	}
	f, err := filterOf(r)
	if err != nil {
		s.fail(w, err)
		return
	}
	if fresh(w, r, s.cfg.Gallery.Version(f, year, month)) {
		return
	}
	pictures, err := s.cfg.Gallery.Pictures(r.Context(), f, year, month)
	s.answerFresh(w, picturesDoc{api.Schema, orEmpty(pictures)}, err)
}

// fresh sets the entity tag of an answer, and answers a browser that has it.
func fresh(w http.ResponseWriter, r *http.Request, version string) bool {
	tag := `"` + version + `"`
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", "private, no-cache")
	for have := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if strings.TrimPrefix(strings.TrimSpace(have), "W/") == tag {
			w.WriteHeader(http.StatusNotModified)
			return true
		}
	}
	return false
}

// answerFresh is answer of what has an entity tag, unless it is an error.
func (s *Server) answerFresh(w http.ResponseWriter, doc any, err error) {
	if err != nil {
		w.Header().Del("ETag")
		w.Header().Del("Cache-Control")
	}
	s.answer(w, doc, err)
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func usage(message, hint string) error {
	return &api.Error{Code: api.ExitUsage, Message: message, Hint: hint}
}

// monthOf reads 2024-10, or unknown.
func monthOf(text string) (int, time.Month, error) {
	if text == "unknown" {
		return 0, 0, nil
	}
	t, err := time.Parse("2006-01", text)
	if err != nil || t.Year() < 1 {
		return 0, 0, usage(fmt.Sprintf("%q is no month", text), "write it like 2024-10, or unknown")
	}
	return t.Year(), t.Month(), nil
}

// filterOf reads the query parameters that say which pictures.
func filterOf(r *http.Request) (home.Filter, error) {
	q := r.URL.Query()
	text := q.Get("q")
	if len(text) > maxQuery {
		return home.Filter{}, usage("that is too long to search for", fmt.Sprintf("at most %d bytes", maxQuery))
	}
	f := find.Parse(text)
	if album := q.Get("album"); album != "" {
		f.Album = album
	}
	f.Trashed = q.Get("trash") == "1"
	for key, to := range map[string]*media.ID{"same": &f.SameAs, "like": &f.LooksLike} {
		if q.Get(key) == "" {
			continue
		}
		id, err := media.ParseID(q.Get(key))
		if err != nil {
			return f, usage(err.Error(), "it is the ID of a picture, 64 hexadecimal digits")
		}
		*to = id
	}
	if q.Get("area") != "" {
		area, err := areaOf(q.Get("area"))
		if err != nil {
			return f, err
		}
		f.Area = &area
	}
	return f, nil
}

// areaOf reads south,west,north,east in degrees.
func areaOf(text string) (home.Area, error) {
	var v [4]float64
	parts := strings.Split(text, ",")
	ok := len(parts) == len(v)
	for i := 0; ok && i < len(v); i++ {
		n, err := strconv.ParseFloat(parts[i], 64)
		ok = err == nil && n >= -180 && n <= 180
		v[i] = n
	}
	a := home.Area{South: v[0], West: v[1], North: v[2], East: v[3]}
	if !ok || a.South < -90 || a.North > 90 || a.South >= a.North {
		return a, usage(fmt.Sprintf("%q is no area", text), "write south,west,north,east in degrees, such as 45.5,4.5,46,5")
	}
	return a, nil
}

func (s *Server) suggest(w http.ResponseWriter, r *http.Request) {
	text := r.URL.Query().Get("q")
	limit, err := number(r, "limit", suggestions, maxSuggestions)
	if err == nil && len(text) > maxQuery {
		err = usage("that is too long to search for", fmt.Sprintf("at most %d bytes", maxQuery))
	}
	if err != nil {
		s.fail(w, err)
		return
	}
	found, err := s.cfg.Gallery.Suggest(r.Context(), text, limit)
	s.answer(w, struct {
		Schema      int               `json:"schema"`
		Suggestions []home.Suggestion `json:"suggestions"`
	}{api.Schema, orEmpty(found)}, err)
}

// number reads a query parameter from 1 to most.
func number(r *http.Request, key string, otherwise, most int) (int, error) {
	text := r.URL.Query().Get(key)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, usage(fmt.Sprintf("%s=%q does not fit", key, text), fmt.Sprintf("a number from 1 to %d", most))
	}
	return n, nil
}

func (s *Server) spots(w http.ResponseWriter, r *http.Request) {
	spots, err := s.findSpots(r)
	s.answer(w, struct {
		Schema int         `json:"schema"`
		Spots  []home.Spot `json:"spots"`
	}{api.Schema, orEmpty(spots)}, err)
}

func (s *Server) findSpots(r *http.Request) ([]home.Spot, error) {
	f, err := filterOf(r)
	if err != nil {
		return nil, err
	}
	area := home.Area{South: -90, West: -180, North: 90, East: 180}
	if f.Area != nil {
		area, f.Area = *f.Area, nil
	}
	columns, err := number(r, "columns", 16, maxGrid)
	if err != nil {
		return nil, err
	}
	rows, err := number(r, "rows", 12, maxGrid)
	if err != nil {
		return nil, err
	}
	return s.cfg.Gallery.Spots(r.Context(), f, area, columns, rows)
}

type itemDoc struct {
	Schema int             `json:"schema"`
	Show   *api.ShowInfo   `json:"show"`
	Copies *api.CopiesInfo `json:"copies"`
	Said   *home.Said      `json:"said"`
}

func (s *Server) item(w http.ResponseWriter, r *http.Request) {
	doc, err := s.findItem(r.Context(), r.PathValue("id"))
	s.answer(w, doc, err)
}

// findItem tells all that is known of one item.
func (s *Server) findItem(ctx context.Context, text string) (*itemDoc, error) {
	id, err := media.ParseID(text)
	if err != nil {
		return nil, usage(err.Error(), "it is the ID of a picture, 64 hexadecimal digits")
	}
	doc := &itemDoc{Schema: api.Schema, Said: &home.Said{Albums: []home.Album{}}}
	if doc.Show, err = s.cfg.Care.Show(ctx, id.String()); err != nil {
		return nil, err
	}
	if doc.Copies, err = s.cfg.Care.Copies(ctx, id.String()); err != nil {
		return nil, err
	}
	if s.cfg.Marks != nil {
		doc.Said, err = s.cfg.Marks.MarksOf(ctx, id)
	}
	return doc, err
}

package web

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/skip2/go-qrcode"

	"homeroll/node/api"
	"homeroll/node/internal/web/access"
	"homeroll/node/internal/web/share"
	"homeroll/store/media"
)

// routesShare are the routes of share links: members make them, and anyone who
// has one opens it.
func (s *Server) routesShare(members, anyone *http.ServeMux) {
	if s.cfg.Shares == nil || s.cfg.Gallery == nil || s.cfg.Originals == nil {
		return
	}
	members.HandleFunc("GET /api/v1/shares", s.listShares)
	members.HandleFunc("POST /api/v1/shares", s.addShare)
	members.HandleFunc("DELETE /api/v1/shares/{id}", s.endShare)
	members.HandleFunc("GET /shares", func(w http.ResponseWriter, r *http.Request) { s.page(w, r, "shares", nil) })
	s.routesGuest(anyone)
}

type shareDoc struct {
	ID       string     `json:"id"`
	Title    string     `json:"title"`
	Album    string     `json:"album"`
	Pictures int        `json:"pictures"` // of a selection
	Password bool       `json:"password"`
	Made     time.Time  `json:"made"`
	Expires  *time.Time `json:"expires"`
	Opened   *time.Time `json:"opened"` // last, to the hour
}

func shareDocOf(s *share.Share) shareDoc {
	return shareDoc{s.ID, s.Title, s.Album, len(s.Items), s.Password != nil, s.Made, s.Expires, s.Opened}
}

func (s *Server) listShares(w http.ResponseWriter, _ *http.Request) {
	docs := []shareDoc{}
	for _, one := range s.cfg.Shares.List() {
		docs = append(docs, shareDocOf(one))
	}
	s.answer(w, struct {
		Schema int        `json:"schema"`
		Shares []shareDoc `json:"shares"`
	}{api.Schema, docs}, nil)
}

type shareRequest struct {
	Title    string     `json:"title"`
	Album    string     `json:"album"`
	IDs      []media.ID `json:"ids"`
	Days     int        `json:"days"` // 0 = until it is ended
	Password string     `json:"password"`
}

// maxShareDays is longer than anybody means.
const maxShareDays = 3650

// newShareDoc tells a link, once.
type newShareDoc struct {
	Schema int      `json:"schema"`
	Share  shareDoc `json:"share"`
	URL    string   `json:"url"`
	QR     string   `json:"qr"`    // the same as a PNG, a data: address
	Local  bool     `json:"local"` // it leads to this very device: others cannot open it
}

func (s *Server) addShare(w http.ResponseWriter, r *http.Request) {
	in, ok := read[shareRequest](s, w, r)
	if !ok {
		return
	}
	doc, err := s.makeShare(r, in)
	s.answer(w, doc, err)
}

func (s *Server) makeShare(r *http.Request, in shareRequest) (*newShareDoc, error) {
	if in.Days < 0 || in.Days > maxShareDays {
		return nil, usage(fmt.Sprintf("a share of %d days", in.Days), fmt.Sprintf("from 1 to %d, or 0: until somebody ends it", maxShareDays))
	}
	if in.Album != "" && s.cfg.Marks != nil {
		album, err := s.cfg.Marks.Album(r.Context(), in.Album)
		if err != nil {
			return nil, err
		}
		in.Album = album.ID
		if in.Title == "" {
			in.Title = album.Title
		}
	}
	var sealed *access.Sealed
	if in.Password != "" {
		var err error
		if sealed, err = s.access.Seal(r.Context(), in.Password); err != nil {
			if errors.Is(err, access.ErrShort) {
				err = usage("the password is too short", "four characters or more")
			}
			return nil, err
		}
	}
	made, secret, err := s.cfg.Shares.Add(share.Share{Title: in.Title, Album: in.Album, Items: in.IDs, Password: sealed}, time.Duration(in.Days)*24*time.Hour)
	if err != nil {
		return nil, shareError(err)
	}
	base, local := s.origin(r)
	doc := &newShareDoc{Schema: api.Schema, Share: shareDocOf(made), URL: base + "/s/" + secret, Local: local}
	png, err := qrcode.Encode(doc.URL, qrcode.Medium, 480)
	if err != nil {
		return nil, fmt.Errorf("draw link: %w", err)
	}
	doc.QR = "data:image/png;base64," + base64.StdEncoding.EncodeToString(png)
	return doc, nil
}

// shareError says what to do.
func shareError(err error) error {
	switch {
	case errors.Is(err, share.ErrItems):
		return usage(err.Error(), "choose some, or make an album of them and share that")
	case errors.Is(err, share.ErrTooMany):
		return usage(err.Error(), "end some of them first")
	case errors.Is(err, share.ErrNone):
		return &notFound{api.Error{Code: api.ExitUsage, Message: err.Error(), Hint: "it may have ended already"}}
	}
	return err
}

// notFound is an error that says itself what a person is told.
type notFound struct{ told api.Error }

func (e *notFound) Error() string { return e.told.Message }

func (s *Server) endShare(w http.ResponseWriter, r *http.Request) {
	err := shareError(s.cfg.Shares.End(r.PathValue("id")))
	var none *notFound
	if errors.As(err, &none) {
		s.refuse(w, http.StatusNotFound, &none.told)
		return
	}
	s.guests.forget(r.PathValue("id"))
	s.done(w, err)
}

// origin is the address of this page for other devices, and whether there is none:
// who makes a link on this very device sees another address than its guests.
func (s *Server) origin(r *http.Request) (base string, local bool) {
	if !isLoopback(hostOf(r)) {
		return originOf(r), false
	}
	if s.cfg.Care != nil {
		if status, err := s.cfg.Care.Status(r.Context()); err == nil {
			for _, page := range status.Address.Pages {
				if u, err := url.Parse(page); err == nil && !isLoopback(u.Hostname()) {
					return page, false
				}
			}
		}
	}
	return originOf(r), true
}

func isLoopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

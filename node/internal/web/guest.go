package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"homeroll/node/api"
	"homeroll/node/internal/web/access"
	"homeroll/node/internal/web/home"
	"homeroll/node/internal/web/share"
	"homeroll/store/media"
)

// Bounds of what guests may ask at the same time.
const (
	maxGuestRequests = 64
	maxGuestZips     = 2
	guestPatience    = 10 * time.Second // for a place
)

// guests is what is known of those who came by a share link.
type guests struct {
	places chan struct{} // a token for each request
	zipped chan struct{} // and for each archive
	zips   zips

	mu   sync.Mutex
	sets map[string]*guestSet // by ID of the share
}

func newGuests() guests {
	return guests{places: make(chan struct{}, maxGuestRequests), zipped: make(chan struct{}, maxGuestZips), sets: map[string]*guestSet{}}
}

func (g *guests) forget(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.sets, id)
}

// guestRoute answers a guest about one share.
type guestRoute func(w http.ResponseWriter, r *http.Request, of *share.Share)

// routesGuest are all that a guest can reach, beside the page's own files.
func (s *Server) routesGuest(mux *http.ServeMux) {
	mux.HandleFunc("GET /s/{token}", s.guestPage)
	mux.HandleFunc("POST /s/{token}", s.guestPassword)
	for path, route := range map[string]guestRoute{
		"GET /s/{token}/timeline":            s.guestMonths,
		"GET /s/{token}/timeline/{month}":    s.guestMonth,
		"GET /s/{token}/items/{id}":          s.ofGuest(s.guestItem),
		"GET /s/{token}/media/{id}/thumb":    s.ofGuest(s.preview(256)),
		"GET /s/{token}/media/{id}/preview":  s.ofGuest(s.preview(1440)),
		"GET /s/{token}/media/{id}/full":     s.ofGuest(s.rendition),
		"GET /s/{token}/media/{id}/original": s.ofGuest(s.original),
		"GET /s/{token}/media/{id}/motion":   s.ofGuest(s.motion),
		"POST /s/{token}/zip":                s.guestZip,
		"GET /s/{token}/zip/{zip}":           s.sendGuestZip,
	} {
		mux.HandleFunc(path, s.forGuest(route))
	}
}

// shareOf returns the share of a request. One that has ended, one that never was,
// and a visitor who is not in this network look all alike.
func (s *Server) shareOf(r *http.Request) (*share.Share, bool) {
	if !nearby(parseAddress(r.RemoteAddr)) {
		s.log.Warn("a guest is not in this network, and refused", "from", r.RemoteAddr)
		return nil, false
	}
	return s.cfg.Shares.Find(r.PathValue("token"))
}

// carrier is where providers and private networks have addresses of their own
// (RFC 6598).
var carrier = netip.MustParsePrefix("100.64.0.0/10")

// nearby reports whether an address is in a network of this device.
func nearby(a netip.Addr) bool {
	if a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || carrier.Contains(a) {
		return true
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, o := range own {
		if p, err := netip.ParsePrefix(o.String()); err == nil && p.Bits() > 0 && p.Contains(a) {
			return true
		}
	}
	return false
}

// forGuest lets in who has the link, and gave the password.
func (s *Server) forGuest(next guestRoute) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		of, ok := s.shareOf(r)
		if !ok || !s.cfg.Shares.Passes(of, s.pass(r, of)) {
			s.noShare(w, r)
			return
		}
		if !s.guests.enter(r.Context()) {
			w.Header().Set("Retry-After", "5")
			s.refuse(w, http.StatusServiceUnavailable, &api.Error{Code: api.ExitFailed, Message: "too many guests at once", Hint: "try again in a moment"})
			return
		}
		defer func() { <-s.guests.places }()
		guestHeaders(w)
		next(w, r, of)
	}
}

func (g *guests) enter(ctx context.Context) bool {
	late := time.NewTimer(guestPatience)
	defer late.Stop()
	select {
	case g.places <- struct{}{}:
		return true
	case <-late.C:
	case <-ctx.Done():
	}
	return false
}

func guestHeaders(w http.ResponseWriter) {
	w.Header().Set("X-Robots-Tag", "noindex, nofollow")
	w.Header().Set("Cache-Control", "private, no-cache")
}

func (s *Server) noShare(w http.ResponseWriter, r *http.Request) {
	if wantsPage(r) {
		s.pageWith(w, r, http.StatusNotFound, "guest-gone", nil)
		return
	}
	s.refuse(w, http.StatusNotFound, &api.Error{Code: api.ExitUsage, Message: "there is nothing here", Hint: "ask for a new link"})
}

// guestView is what the pages of a guest say.
type guestView struct {
	Title   string
	Base    string // of its addresses
	Expires string // RFC 3339, "" = never
	Wrong   string // the key of a text: wrong, throttled
}

func viewOf(r *http.Request, of *share.Share) guestView {
	v := guestView{Title: of.Title, Base: "/s/" + r.PathValue("token")}
	if of.Expires != nil {
		v.Expires = of.Expires.UTC().Format(time.RFC3339)
	}
	return v
}

func (s *Server) guestPage(w http.ResponseWriter, r *http.Request) {
	of, ok := s.shareOf(r)
	guestHeaders(w)
	switch {
	case !ok:
		s.noShare(w, r)
	case s.cfg.Shares.Passes(of, s.pass(r, of)):
		s.page(w, r, "guest", viewOf(r, of))
	default:
		s.page(w, r, "guest-password", guestView{Base: "/s/" + r.PathValue("token")}) // not even its title
	}
}

func (s *Server) guestPassword(w http.ResponseWriter, r *http.Request) {
	of, ok := s.shareOf(r)
	guestHeaders(w)
	if !ok || of.Password == nil {
		s.noShare(w, r)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		s.fail(w, asUsage(err))
		return
	}
	err := s.access.Unseal(r.Context(), parseAddress(r.RemoteAddr), of.Password, r.PostForm.Get("password"))
	if err != nil {
		v := guestView{Base: "/s/" + r.PathValue("token"), Wrong: "wrong"}
		var throttled *access.ThrottledError
		if errors.As(err, &throttled) {
			v.Wrong = "throttled"
		}
		s.pageWith(w, r, s.waiting(w, err), "guest-password", v)
		return
	}
	pass, lasts := s.cfg.Shares.Pass(of)
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // G124: without TLS there is no Secure: loopback, or web.tls = off
		Name: passName(of), Value: pass, Path: "/s/" + r.PathValue("token"), MaxAge: int(lasts / time.Second),
		Secure: r.TLS != nil, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	http.Redirect(w, r, "/s/"+r.PathValue("token"), http.StatusSeeOther)
}

func passName(of *share.Share) string { return "homeroll-guest-" + of.ID }

func (s *Server) pass(r *http.Request, of *share.Share) string {
	if c, err := r.Cookie(passName(of)); err == nil {
		return c.Value
	}
	return ""
}

// filterOfShare lets through what a share shows: never what is in the trash.
func (s *Server) filterOfShare(ctx context.Context, of *share.Share) (home.Filter, error) {
	if of.Album == "" {
		return home.Filter{Only: of.Items}, nil
	}
	if s.cfg.Marks == nil {
		return home.Filter{}, home.ErrNoAlbum
	}
	album, err := s.cfg.Marks.Album(ctx, of.Album)
	if err != nil {
		return home.Filter{}, err
	}
	return home.Filter{Album: album.ID}, nil
}

func (s *Server) guestMonths(w http.ResponseWriter, r *http.Request, of *share.Share) {
	f, err := s.filterOfShare(r.Context(), of)
	if errors.Is(err, home.ErrNoAlbum) {
		s.answer(w, monthsDoc{Schema: api.Schema, Months: []home.Month{}}, nil)
		return
	}
	if err != nil {
		s.fail(w, err)
		return
	}
	if fresh(w, r, s.cfg.Gallery.Version(f, 0, 0)) {
		return
	}
	months, err := s.cfg.Gallery.Months(r.Context(), f)
	s.answerFresh(w, monthsDoc{Schema: api.Schema, Months: orEmpty(months)}, err)
}

func (s *Server) guestMonth(w http.ResponseWriter, r *http.Request, of *share.Share) {
	year, month, err := monthOf(r.PathValue("month"))
	if err != nil {
		s.fail(w, err)
		return
	}
	f, err := s.filterOfShare(r.Context(), of)
	if err != nil {
		s.fail(w, err)
		return
	}
	if fresh(w, r, s.cfg.Gallery.Version(f, year, month)) {
		return
	}
	pictures, err := s.cfg.Gallery.Pictures(r.Context(), f, year, month)
	for i := range pictures {
		pictures[i].Favourite, pictures[i].Held = false, true // of the home, and nobody else's business
	}
	s.answerFresh(w, picturesDoc{api.Schema, orEmpty(pictures)}, err)
}

// ofGuest answers about one item, if the share has it. Any other item is as one
// that does not exist.
func (s *Server) ofGuest(next http.HandlerFunc) guestRoute {
	return func(w http.ResponseWriter, r *http.Request, of *share.Share) {
		id, err := media.ParseID(r.PathValue("id"))
		if err == nil {
			var in bool
			if in, err = s.inShare(r.Context(), of, id); err == nil && !in {
				err = media.ErrNotHeld
			}
		}
		if err != nil {
			s.refuse(w, http.StatusNotFound, &api.Error{Code: api.ExitUsage, Message: "there is nothing here"})
			return
		}
		next(w, r)
	}
}

// guestItemDoc is what a guest is told of a picture: what shows on it, and not where
// it was taken, by which camera, or who keeps it.
type guestItemDoc struct {
	Schema int           `json:"schema"`
	Show   *api.ShowInfo `json:"show"`
}

func (s *Server) guestItem(w http.ResponseWriter, r *http.Request) {
	if s.cfg.Care == nil {
		s.refuse(w, http.StatusNotFound, &api.Error{Code: api.ExitUsage, Message: "there is nothing here"})
		return
	}
	all, err := s.cfg.Care.Show(r.Context(), r.PathValue("id"))
	if err != nil {
		s.fail(w, err)
		return
	}
	s.answer(w, guestItemDoc{api.Schema, &api.ShowInfo{
		Schema: api.Schema, Hash: all.Hash, Size: all.Size, Type: all.Type, Width: all.Width, Height: all.Height,
		Orientation: all.Orientation, DurationSeconds: all.DurationSeconds, Group: all.Group,
	}}, nil)
}

func (s *Server) guestZip(w http.ResponseWriter, r *http.Request, of *share.Share) {
	in, ok := read[zipRequest](s, w, r)
	if !ok {
		return
	}
	order := zipOrder{name: of.Title, ids: in.IDs, share: of.ID}
	set, err := s.setOf(r.Context(), of)
	if err == nil && len(in.IDs) == 0 {
		order.ids = set.order
	}
	for _, id := range in.IDs {
		if err == nil && !set.has[id] {
			err = usage("a picture is not among those that are shared", "load the page again")
		}
	}
	if n := len(order.ids); err == nil && (n == 0 || n > maxZip) {
		err = usage(fmt.Sprintf("an archive of %d photos", n), fmt.Sprintf("choose from 1 to %d", maxZip))
	}
	if err != nil {
		s.fail(w, err)
		return
	}
	s.write(w, http.StatusOK, zipDoc{api.Schema, "/s/" + r.PathValue("token") + "/zip/" + s.guests.zips.put(order, time.Now())})
}

func (s *Server) sendGuestZip(w http.ResponseWriter, r *http.Request, of *share.Share) {
	order, ok := s.guests.zips.get(r.PathValue("zip"), time.Now())
	if !ok || order.share != of.ID {
		s.noShare(w, r)
		return
	}
	select {
	case s.guests.zipped <- struct{}{}:
		defer func() { <-s.guests.zipped }()
		s.sendOrder(w, r, order)
	default:
		w.Header().Set("Retry-After", "30")
		s.refuse(w, http.StatusServiceUnavailable, &api.Error{Code: api.ExitFailed, Message: "too many archives are being sent", Hint: "try again in a minute"})
	}
}

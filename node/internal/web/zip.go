package web

import (
	"archive/zip"
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"homeroll/node/api"
	"homeroll/node/internal/web/home"
	"homeroll/store/media"
)

// Downloads of many pictures: the list is posted, and the answer names an
// address at which a browser can fetch the archive as an ordinary download.
const (
	maxZip      = 20_000 // pictures of one archive
	maxZips     = 64     // that wait for their download
	zipPatience = 10 * time.Minute
)

type zipRequest struct {
	IDs   []media.ID `json:"ids"`
	Album string     `json:"album"`
}

type zipDoc struct {
	Schema int    `json:"schema"`
	URL    string `json:"url"`
}

// zips are the archives that were asked for, by the secret of their address.
type zips struct {
	mu   sync.Mutex
	wait map[string]zipOrder
}

type zipOrder struct {
	name  string
	share string // of whose guests it is; "" = of a member
	ids   []media.ID
	till  time.Time
}

func (s *Server) routesZip(mux *http.ServeMux) {
	mux.HandleFunc("POST /api/v1/zip", s.orderZip)
	mux.HandleFunc("GET /zip/{token}", s.sendZip)
}

// orderZip takes the list of an archive.
func (s *Server) orderZip(w http.ResponseWriter, r *http.Request) {
	in, ok := read[zipRequest](s, w, r)
	if !ok {
		return
	}
	order, err := s.zipOf(r.Context(), in)
	if err != nil {
		s.fail(w, err)
		return
	}
	s.write(w, http.StatusOK, zipDoc{api.Schema, "/zip/" + s.zips.put(order, time.Now())})
}

// zipOf finds what belongs into an archive.
func (s *Server) zipOf(ctx context.Context, in zipRequest) (zipOrder, error) {
	order := zipOrder{name: "homeroll", ids: in.IDs}
	if in.Album != "" && s.cfg.Marks != nil && s.cfg.Gallery != nil {
		album, err := s.cfg.Marks.Album(ctx, in.Album)
		if err != nil {
			return order, err
		}
		order.name = album.Title
		if order.ids, err = everyPicture(ctx, s.cfg.Gallery, home.Filter{Album: in.Album}); err != nil {
			return order, err
		}
	}
	if n := len(order.ids); n == 0 || n > maxZip {
		return order, &api.Error{
			Code: api.ExitUsage, Message: fmt.Sprintf("an archive of %d photos", n), Hint: fmt.Sprintf("choose from 1 to %d", maxZip),
		}
	}
	return order, nil
}

// everyPicture lists what a filter lets through.
func everyPicture(ctx context.Context, g home.Gallery, f home.Filter) (ids []media.ID, err error) {
	months, err := g.Months(ctx, f)
	if err != nil {
		return nil, err
	}
	for _, m := range months {
		pictures, err := g.Pictures(ctx, f, m.Year, m.Month)
		if err != nil {
			return nil, err
		}
		for _, p := range pictures {
			ids = append(ids, p.ID)
		}
		if len(ids) > maxZip {
			break
		}
	}
	return ids, nil
}

func (z *zips) put(order zipOrder, now time.Time) (token string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.wait == nil {
		z.wait = map[string]zipOrder{}
	}
	var oldest string
	for token, o := range z.wait {
		if now.After(o.till) {
			delete(z.wait, token)
		} else if oldest == "" || o.till.Before(z.wait[oldest].till) {
			oldest = token
		}
	}
	if len(z.wait) >= maxZips {
		delete(z.wait, oldest)
	}
	token = rand.Text()
	order.till = now.Add(zipPatience)
	z.wait[token] = order
	return token
}

func (z *zips) get(token string, now time.Time) (zipOrder, bool) {
	z.mu.Lock()
	defer z.mu.Unlock()
	o, ok := z.wait[token]
	return o, ok && now.Before(o.till)
}

// sendZip streams an archive: nothing of it is gathered first, and media are
// stored as they are.
func (s *Server) sendZip(w http.ResponseWriter, r *http.Request) {
	order, ok := s.zips.get(r.PathValue("token"), time.Now())
	if !ok {
		s.pageWith(w, r, http.StatusNotFound, "missing", nil)
		return
	}
	s.sendOrder(w, r, order)
}

func (s *Server) sendOrder(w http.ResponseWriter, r *http.Request, order zipOrder) {
	h := w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": fileName(order.name) + ".zip"}))
	h.Set("Cache-Control", "no-store")
	if err := s.pack(r.Context(), w, order.ids); err != nil {
		s.log.Warn("an archive of photos breaks off", "error", err)
		panic(http.ErrAbortHandler) // half an archive must not look like a whole one
	}
}

// pack writes the archive. An item that no reachable device holds is named in a
// file of its own, rather than left out silently.
func (s *Server) pack(ctx context.Context, w io.Writer, ids []media.ID) error {
	archive, names, absent := zip.NewWriter(w), map[string]int{}, []string{}
	for _, id := range ids {
		for _, member := range s.groupOf(ctx, id) {
			f, err := s.cfg.Originals.Original(ctx, member)
			if err != nil {
				absent = append(absent, fmt.Sprintf("%s: %s", member, s.explain(err).Message))
				continue
			}
			err = packFile(archive, f, names)
			_ = f.Close()
			if err != nil {
				return err
			}
		}
	}
	if len(absent) > 0 {
		out, err := archive.Create("MISSING.txt")
		if err != nil {
			return fmt.Errorf("pack list of what is missing: %w", err)
		}
		if _, err := io.WriteString(out, strings.Join(absent, "\n")+"\n"); err != nil {
			return fmt.Errorf("pack list of what is missing: %w", err)
		}
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("end archive: %w", err)
	}
	return nil
}

// groupOf returns what belongs to a picture, itself first.
func (s *Server) groupOf(ctx context.Context, id media.ID) []media.ID {
	members := []media.ID{id}
	if s.cfg.Care == nil {
		return members
	}
	shown, err := s.cfg.Care.Show(ctx, id.String())
	if err != nil || shown.Group == nil {
		return members
	}
	for _, text := range shown.Group.Members {
		if member, err := media.ParseID(text); err == nil && member != id {
			members = append(members, member)
		}
	}
	return members
}

func packFile(archive *zip.Writer, f *home.File, names map[string]int) error {
	head := &zip.FileHeader{Name: unlike(fileName(f.Name), names), Method: zip.Store, Modified: f.MTime}
	out, err := archive.CreateHeader(head)
	if err != nil {
		return fmt.Errorf("pack %s: %w", f.Name, err)
	}
	n, err := io.Copy(out, f)
	if err == nil && n != f.Size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return fmt.Errorf("pack %s: %w", f.Name, err)
	}
	return nil
}

// unlike makes a name differ from those before it.
func unlike(name string, names map[string]int) string {
	key := strings.ToLower(name)
	n := names[key]
	names[key]++
	if n == 0 {
		return name
	}
	ext := path.Ext(name)
	return unlike(strings.TrimSuffix(name, ext)+" ("+strconv.Itoa(n+1)+")"+ext, names)
}

// fileName is a name without what some systems forbid in one.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
	return cmp.Or(strings.Trim(name, ". "), "photo")
}

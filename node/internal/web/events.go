package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"homeroll/node/api"
	"homeroll/node/internal/web/home"
	"homeroll/node/internal/web/ui"
)

const (
	// beat is how often a connection that has nothing to say is found alive.
	beat = 25 * time.Second
	// writeFor is how long a browser may take to read an event.
	writeFor = 20 * time.Second
	// libraryPause is between two words on the pictures at least.
	libraryPause = 500 * time.Millisecond
	// maxFollowers is how many browsers are told of events at the same time; more are asked to come later.
	maxFollowers = 64
)

// views are the parts of pages that are rendered anew at each change for those
// who ask for them, by template.
var views = []string{"status-card", "status-page"}

// events tells a browser what changes, as server-sent events: "status", "view"
// and "library".
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	wanted := slices.DeleteFunc(strings.Split(r.URL.Query().Get("view"), ","), func(v string) bool { return !slices.Contains(views, v) })
	if !s.followers.enter() {
		w.Header().Set("Retry-After", "10")
		s.refuse(w, http.StatusServiceUnavailable, &api.Error{Code: api.ExitFailed, Message: "too many pages follow this device", Hint: "close some of them"})
		return
	}
	defer s.followers.leave()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	f := &follower{w: w, at: http.NewResponseController(w)}
	if f.send("hello", struct{}{}) != nil {
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	var beating sync.WaitGroup
	beating.Go(func() { f.beat(ctx, cancel) })
	if s.cfg.Gallery != nil {
		beating.Go(func() { f.watch(ctx, s.cfg.Gallery, cancel) })
	}
	defer beating.Wait()
	defer cancel()
	me, _ := visitor(r)
	err := s.cfg.Care.Follow(ctx, func(doc *api.Status) error {
		if !s.access.Lasts(me.ID) {
			return errGone // signed out meanwhile
		}
		return f.tell(s, s.say(r, doc), wanted)
	})
	if err != nil && ctx.Err() == nil && !errors.Is(err, errGone) {
		s.log.Warn("a page cannot follow the status", "error", err)
	}
}

var errGone = errors.New("the browser is gone")

// follower is a browser that is told of events.
type follower struct {
	mu   sync.Mutex // of w
	w    http.ResponseWriter
	at   *http.ResponseController
	last map[string][]byte // what each view looked like
}

// tell sends a status, and what of the views it changes.
func (f *follower) tell(s *Server, view *ui.Status, wanted []string) error {
	if len(wanted) == 0 {
		if err := f.send("status", view.Status); err != nil {
			return err
		}
	}
	for _, name := range wanted {
		if err := f.render(s, view, name); err != nil {
			return err
		}
	}
	return nil
}

func (f *follower) render(s *Server, view *ui.Status, name string) error {
	var html bytes.Buffer
	if err := s.ui.Part(&html, view.Language(), name, view); err != nil {
		return err
	}
	if bytes.Equal(html.Bytes(), f.last[name]) {
		return nil
	}
	if f.last == nil {
		f.last = map[string][]byte{}
	}
	f.last[name] = html.Bytes()
	return f.send("view", map[string]string{"name": name, "html": html.String()})
}

// watch says when there are other pictures than before, or other things are said
// of them.
func (f *follower) watch(ctx context.Context, g home.Gallery, gone context.CancelFunc) {
	last := g.Version(home.Filter{}, 0, 0)
	for {
		changed := g.Changed()
		if now := g.Version(home.Filter{}, 0, 0); now != last {
			last = now
			if f.send("library", struct{}{}) != nil {
				gone()
				return
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(libraryPause):
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

// send writes one event; an error means that the browser is gone.
func (f *follower) send(name string, doc any) error {
	text, err := json.Marshal(doc)
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	return f.write("event: " + name + "\ndata: " + string(text) + "\n\n")
}

func (f *follower) write(text string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	_ = f.at.SetWriteDeadline(time.Now().Add(writeFor)) // where it is not possible, the connection's own limit holds
	if _, err := f.w.Write([]byte(text)); err != nil {
		return errGone
	}
	if err := f.at.Flush(); err != nil {
		return errGone
	}
	return nil
}

// beat finds out when the browser is gone.
func (f *follower) beat(ctx context.Context, gone context.CancelFunc) {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if f.write(": \n\n") != nil {
				gone()
				return
			}
		}
	}
}

// followers counts those who are told of events.
type followers struct {
	mu sync.Mutex
	n  int
}

func (f *followers) enter() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.n >= maxFollowers {
		return false
	}
	f.n++
	return true
}

func (f *followers) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n--
}

// Package web serves the page: the pictures and the state of a home to
// browsers, as HTML, JSON and media. What it knows of the node is what package
// home says. It refuses a request before it looks at what was asked, unless
// the request is of this host, of this page, and of somebody who signed in.
//
// Start with [Server]; routes.go says who answers what.
package web

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"homeroll/node/api"
	"homeroll/node/internal/web/access"
	"homeroll/node/internal/web/authority"
	"homeroll/node/internal/web/home"
	"homeroll/node/internal/web/share"
	"homeroll/node/internal/web/tus"
	"homeroll/node/internal/web/ui"
)

// Config is what a Server is made of. The routes of a group that is nil are
// absent.
type Config struct {
	Care      home.Care
	Gallery   home.Gallery
	Originals home.Originals
	Marks     home.Marks
	Uploads   home.Uploads
	// Explain turns an error of the others into what a person is told.
	Explain func(error) *api.Error

	Access *access.Keeper // who may come in
	Shares *share.Book    // links for guests; nil = none are made
	// Names returns the names under which this device may be asked for, in lower
	// case. Its addresses and localhost are right anyway.
	Names     func() []string
	TLS       *tls.Config          // for those on other devices; nil = none
	Authority *authority.Authority // that certifies this device, if one of our own does
	Ready     <-chan struct{}      // closed once the node can serve
	Log       *slog.Logger
}

// Server answers browsers.
type Server struct {
	cfg     Config
	log     *slog.Logger
	access  *access.Keeper
	ui      *ui.UI
	uploads *tus.Server      // nil where there are none
	static  map[string]asset // by path
	guests  guests
	zips    zips // that were asked for and wait to be fetched

	questions questions // of those who pair
	followers followers
}

// New makes a server. It starts nothing.
func New(cfg Config) (*Server, error) {
	if cfg.Access == nil {
		return nil, errors.New("web: nobody says who may use the page")
	}
	s := &Server{cfg: cfg, log: cfg.Log, access: cfg.Access, guests: newGuests()}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if s.ui, err = ui.New(); err != nil {
		return nil, fmt.Errorf("prepare the page: %w", err)
	}
	if s.static, err = packStatic(s.ui); err != nil {
		return nil, fmt.Errorf("pack the page's files: %w", err)
	}
	if cfg.Uploads != nil {
		s.uploads = s.newUploads()
	}
	return s, nil
}

// drain is how long answers may take to end when the server stops.
const drain = 2 * time.Second

// Serve answers what comes in at l until ctx ends, closes l, and returns when
// all that it began has ended.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	requests, cancel := context.WithCancel(ctx)
	defer cancel()
	var answering sync.WaitGroup
	if s.uploads != nil {
		answering.Go(func() { s.uploads.Run(requests) })
	}
	handler := s.Handler()
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answering.Add(1)
			defer answering.Done()
			handler.ServeHTTP(w, r)
		}),
		BaseContext:       func(net.Listener) context.Context { return requests },
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		TLSConfig:         s.cfg.TLS,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(newListener(l, s.cfg.TLS)) }()
	var err error
	select {
	case err = <-ended:
	case <-ctx.Done():
		cancel()
		grace, stop := context.WithTimeout(context.WithoutCancel(ctx), drain)
		defer stop()
		if server.Shutdown(grace) != nil {
			_ = server.Close() // what is left ends by it
		}
		err = <-ended
	}
	cancel()
	answering.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve the page: %w", err)
}

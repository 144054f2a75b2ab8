// Package web serves the page: the pictures and the state of a home to
// browsers, as HTML, JSON and media. What it knows of the node is what package
// home says. It refuses a request before it looks at what was asked, unless
// the request is of this host, of this page, and of somebody who signed in.
//
// Start with [Server]; routes.go says who answers what.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"homeroll/node/api"
	"homeroll/node/internal/web/home"
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
	State   string // directory of the page's own state; made when something is kept
	Log     *slog.Logger
}

// Server answers browsers.
type Server struct {
	cfg    Config
	log    *slog.Logger
	ui     *ui.UI
	static map[string]asset // by path
}

// New makes a server. It starts nothing.
func New(cfg Config) (*Server, error) {
	s := &Server{cfg: cfg, log: cfg.Log}
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
	return s, nil
}

// Serve answers what comes in at l until ctx ends, and closes l. Then requests
// are told to end and have been waited for.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	base, cancel := context.WithCancel(ctx)
	defer cancel()
	server := &http.Server{
		Handler:           s.Handler(),
		BaseContext:       func(net.Listener) context.Context { return base },
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve the page: %w", err)
	case <-ctx.Done():
	}
	cancel()
	err := server.Shutdown(context.WithoutCancel(ctx))
	if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

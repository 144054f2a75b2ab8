// Package control answers the control socket: it turns requests of node/api's
// client into calls of a [Node], and errors into documents. It decides
// nothing, and never listens on a network.
//
// Start with [Server].
package control

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"homeroll/node/api"
)

// Node is what the socket's requests are asked of. Methods may be called
// concurrently; ctx ends when the client goes away.
type Node interface {
	Status(ctx context.Context) (*api.Status, error)
	// Follow calls emit with the status now and at each change until emit fails
	// or ctx ends.
	Follow(ctx context.Context, emit func(*api.Status) error) error
	Pause(ctx context.Context, d time.Duration) error
	Resume(ctx context.Context) error
	Invite(ctx context.Context, emit func(api.PairEvent)) (*api.Peer, error)
	Join(ctx context.Context, r api.PairRequest, emit func(api.PairEvent), confirm func(api.PairEvent) bool) (*api.Peer, error)
	Leave(ctx context.Context) error
	Rename(ctx context.Context, device, name string) error
	Remove(ctx context.Context, device string) error
	Connect(ctx context.Context, device, addr string) error
	AddFolder(ctx context.Context, path string, ignore []string) error
	RemoveFolder(ctx context.Context, path string) error
	ConfirmFolder(ctx context.Context, path string, files int64) (withdrawn int64, err error)
	MoveVault(ctx context.Context, path string, emit func(api.VaultEvent)) error
	ReplaceVault(ctx context.Context, r api.ReplaceRequest) (*api.ReplaceInfo, error)
	Copies(ctx context.Context, pathOrHash string) (*api.CopiesInfo, error)
	Verify(ctx context.Context, r api.VerifyRequest, emit func(api.VerifyEvent)) (*api.VerifyInfo, error)
	Bench(ctx context.Context, emit func(api.BenchEvent)) (*api.BenchInfo, error)
	Show(ctx context.Context, pathOrHash string) (*api.ShowInfo, error)
	Problems(ctx context.Context) ([]api.Problem, []api.Skipped, error)
	Retry(ctx context.Context, paths []string) error
	Trashed(ctx context.Context) (*api.TrashInfo, error)
	TrashAdd(ctx context.Context, items []string) (changed int, err error)
	TrashRestore(ctx context.Context, items []string) (changed int, err error)
	TrashEmpty(ctx context.Context) (*api.TrashEmptied, error)
	Setting(ctx context.Context, key string) (string, error)
	SetSetting(ctx context.Context, key, value string) error
	OpenPage(ctx context.Context) (*api.OpenInfo, error)
	// Explain turns an error of the other methods into what a person is told.
	Explain(err error) *api.Error
}

// Server answers requests.
type Server struct {
	node     Node
	log      *slog.Logger
	sessions sessions
}

// New returns a server; it starts nothing.
func New(node Node, log *slog.Logger) *Server { return &Server{node: node, log: log} }

// drain is how long requests in flight may take to end when the server stops.
const drain = time.Second

// Serve answers requests on l until ctx ends, closes l, and returns when all
// handlers have.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	requests, cancel := context.WithCancel(ctx)
	defer cancel()
	server := &http.Server{
		Handler:           s.routes(),
		BaseContext:       func(net.Listener) context.Context { return requests },
		ReadHeaderTimeout: 10 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		<-requests.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
		defer cancel()
		if server.Shutdown(grace) != nil {
			_ = server.Close()
		}
	}()
	err := server.Serve(l)
	cancel()
	<-stopped
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/status", s.status)
	mux.HandleFunc("GET /v1/status/follow", s.follow)
	mux.HandleFunc("GET /v1/copies", s.copies)
	mux.HandleFunc("GET /v1/show", s.show)
	mux.HandleFunc("GET /v1/problems", s.problems)
	mux.HandleFunc("GET /v1/settings", s.setting)
	mux.HandleFunc("POST /v1/open", s.openPage)
	mux.HandleFunc("POST /v1/verify", s.verify)
	mux.HandleFunc("POST /v1/bench", s.bench)
	mux.HandleFunc("POST /v1/invite", s.invite)
	mux.HandleFunc("POST /v1/join", s.join)
	mux.HandleFunc("POST /v1/join/answer", s.answer)
	n := s.node
	mux.HandleFunc("POST /v1/resume", plain(s, n.Resume))
	mux.HandleFunc("POST /v1/leave", plain(s, n.Leave))
	mux.HandleFunc("POST /v1/pause", command(s, func(ctx context.Context, r api.PauseRequest) error {
		return n.Pause(ctx, time.Duration(r.Seconds*float64(time.Second)))
	}))
	mux.HandleFunc("POST /v1/devices/rename", command(s, func(ctx context.Context, r api.DeviceRequest) error {
		return n.Rename(ctx, r.Device, r.Name)
	}))
	mux.HandleFunc("POST /v1/devices/remove", command(s, func(ctx context.Context, r api.DeviceRequest) error {
		return n.Remove(ctx, r.Device)
	}))
	mux.HandleFunc("POST /v1/devices/connect", command(s, func(ctx context.Context, r api.DeviceRequest) error {
		return n.Connect(ctx, r.Device, r.Addr)
	}))
	mux.HandleFunc("POST /v1/folders/add", command(s, func(ctx context.Context, r api.FolderRequest) error {
		return n.AddFolder(ctx, r.Path, r.Ignore)
	}))
	mux.HandleFunc("POST /v1/folders/remove", command(s, func(ctx context.Context, r api.FolderRequest) error {
		return n.RemoveFolder(ctx, r.Path)
	}))
	mux.HandleFunc("POST /v1/vault/move", s.moveVault)
	mux.HandleFunc("POST /v1/vault/replace", s.replaceVault)
	mux.HandleFunc("POST /v1/folders/confirm", s.confirmFolder)
	mux.HandleFunc("POST /v1/problems/retry", command(s, func(ctx context.Context, r api.PathsRequest) error {
		for _, raw := range r.PathsBase64 {
			r.Paths = append(r.Paths, string(raw))
		}
		return n.Retry(ctx, r.Paths)
	}))
	mux.HandleFunc("GET /v1/trash", s.trashed)
	mux.HandleFunc("POST /v1/trash/add", s.changeTrash(n.TrashAdd))
	mux.HandleFunc("POST /v1/trash/restore", s.changeTrash(n.TrashRestore))
	mux.HandleFunc("POST /v1/trash/empty", s.emptyTrash)
	mux.HandleFunc("POST /v1/settings", command(s, func(ctx context.Context, r api.SettingDoc) error {
		return n.SetSetting(ctx, r.Key, r.Value)
	}))
	return mux
}

// Package node assembles the parts of homeroll into a running node and owns
// every goroutine of it. The replication loop asks node/policy what to do and
// does it; nothing else decides.
//
// Start with [Node]; then replicate.go (the loop), status.go (what people are
// told) and control.go (what commands ask).
package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"homeroll/discovery"
	"homeroll/node/config"
	"homeroll/node/internal/control"
	"homeroll/node/policy"
	"homeroll/store"
	"homeroll/store/media"
	"homeroll/syncproto"
)

// Config is what a Node is made of.
type Config struct {
	State    string // directory; locked while the node is open
	Settings config.Config
	// Save is called with changed settings (folders added or removed by a command); it makes them durable.
	Save      func(config.Config) error
	FixedPort bool // the user named the port, so a taken one is an error
	FixedWeb  bool // the same of the page's port
	Version   string
	Log       *slog.Logger
	// Disk identifies a path's filesystem; nil = the real one. Tests with many nodes on one disk replace it.
	Disk func(path string) (media.Disk, error)
}

// Node is one running node.
type Node struct {
	cfg       Config
	log       *slog.Logger
	lock      *os.File
	host      *discovery.Host
	store     *store.Store
	exchange  *syncproto.Exchange
	transfers *transfers
	maker     *previewMaker
	borrower  *borrower
	pause     *pause
	twins     *twins
	benching  benching
	remotes   chan struct{} // a token for each item that is read from others
	opened    time.Time
	ready     chan struct{}
	stop      context.CancelCauseFunc // ends Run; set before it starts anything
	page      *pageServer             // nil = none; set before it starts anything

	settings struct { // what AddFolder and RemoveFolder change
		sync.Mutex
		config.Config
	}
	home struct { // what the store was last told of it
		sync.Mutex
		applied media.Home
		members []media.Device
	}
}

// Open locks the state directory, opens every part, and starts nothing. The error is
// a *LockedError if another process holds the directory. Run releases what Open took; a node that
// is never run must be closed by Close.
func Open(ctx context.Context, cfg Config) (_ *Node, err error) {
	n := &Node{cfg: cfg, log: cfg.Log, opened: time.Now(), ready: make(chan struct{}), benching: newBenching(), remotes: make(chan struct{}, remoteFiles)}
	n.settings.Config = cfg.Settings
	if n.log == nil {
		n.log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(cfg.State, 0o700); err != nil {
		return nil, fmt.Errorf("make state directory: %w", err)
	}
	if n.lock, err = lockState(cfg.State, time.Now()); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.Close())
		}
	}()
	if n.pause, err = openPause(cfg.State, scheduleOf(cfg.Settings.Schedule)); err != nil {
		return nil, err
	}
	if err := n.openParts(ctx); err != nil {
		return nil, err
	}
	return n, n.prepare(ctx)
}

// openParts opens host, store and exchange and puts each where the next needs it.
func (n *Node) openParts(ctx context.Context) (err error) {
	set := n.cfg.Settings
	n.host, err = discovery.Open(discovery.Config{
		State:     n.cfg.State,
		Name:      deviceName(set.Device.Name),
		Listen:    []string{set.Peers.Listen},
		FixedPort: n.cfg.FixedPort,
		NoMDNS:    !set.Peers.Multicast,
		Static:    set.Peers.Static,
		Version:   n.cfg.Version,
		Log:       n.log,
	})
	if err != nil {
		return err
	}
	n.store, err = store.Open(ctx, store.Config{
		State:     n.cfg.State,
		Vault:     set.Vault.Dir,
		Budget:    int64(set.Vault.Budget),
		Reserve:   int64(set.Vault.Reserve),
		Signer:    n.host,
		Home:      n.host.Home(),
		Types:     store.Types(set.Media),
		Settle:    set.Scan.Settle,
		Rescan:    set.Scan.Rescan,
		TrashKeep: set.Trash.Keep,
		Previews: store.PreviewConfig{
			Dir: n.cacheDir(), Limit: int64(set.Cache.Limit), OnlyAsked: !set.Previews.Background, CPU: set.Previews.Percent(),
		},
		Disk: n.cfg.Disk,
		Log:  n.log,
	})
	if err != nil {
		return err
	}
	n.home.applied = n.host.Home()
	n.twins = &twins{}
	n.maker = newPreviewMaker(n)
	n.exchange = syncproto.New(syncproto.Config{
		Self:     n.host.Device(),
		Home:     n.host.Home,
		Library:  &library{n.store, n.twins},
		Previews: n.maker,
		Facts:    n.maker,
		Dialer:   n.host,
		Version:  n.cfg.Version,
		Log:      n.log,
		Name:     n.nameOf,
	})
	n.transfers, n.borrower = newTransfers(n), newBorrower(n)
	for _, protocol := range []string{
		syncproto.ManifestProtocol, syncproto.FetchProtocol, syncproto.PatchProtocol, syncproto.PreviewProtocol, syncproto.ProbeProtocol,
	} {
		n.host.Handle(protocol, n.serve(protocol))
	}
	n.host.OnPeer(n.follow)
	return nil
}

// prepare tells the store what it must know before it runs.
func (n *Node) prepare(ctx context.Context) error {
	if err := n.applyHome(ctx); err != nil {
		return err
	}
	err := n.store.SetProfile(ctx, media.Profile{Role: string(n.keep()), Version: n.cfg.Version})
	if err != nil {
		return fmt.Errorf("publish profile: %w", err)
	}
	if n.store.VaultMoved() {
		if err := n.saveVault(); err != nil {
			return fmt.Errorf("save place of vault: %w", err)
		}
	}
	for _, f := range n.cfg.Settings.Folders {
		if err := n.store.AddFolder(ctx, store.FolderConfig(f)); err != nil {
			return err
		}
	}
	return n.withdrawForgotten(ctx)
}

// withdrawForgotten withdraws the records of folders that are in the settings no more: what
// nobody watches cannot count as a copy. Its files stay, here and elsewhere.
func (n *Node) withdrawForgotten(ctx context.Context) error {
	forgotten, err := n.store.Forgotten(ctx)
	if err != nil {
		return err
	}
	for _, path := range forgotten {
		n.log.Warn("folder is not in the settings any more; its photos are not watched and count no longer", "path", path)
		if err := n.store.RemoveFolder(ctx, path); err != nil {
			return err
		}
	}
	return nil
}

// Close releases what Open took, for a node that is not run.
func (n *Node) Close() error {
	var errs []error
	if n.exchange != nil {
		n.exchange.Close()
	}
	if n.store != nil {
		errs = append(errs, n.store.Close())
	}
	if n.lock != nil {
		errs = append(errs, n.lock.Close())
	}
	return errors.Join(errs...)
}

// cacheDir returns where this device keeps what can be made again: in the system's cache directory,
// apart from other devices of the same user, or where the system has none in the state directory.
func (n *Node) cacheDir() string {
	if dir := n.cfg.Settings.Cache.Dir; dir != "" {
		return dir
	}
	if dir, err := os.UserCacheDir(); err == nil {
		dir = filepath.Join(dir, "homeroll", n.host.Device().Short())
		if os.MkdirAll(dir, 0o700) == nil {
			return dir
		}
	}
	return filepath.Join(n.cfg.State, "cache")
}

// Ready is closed once the node listens and its control socket answers.
func (n *Node) Ready() <-chan struct{} { return n.ready }

// Control returns what the control socket answers with, for the page and for tests.
func (n *Node) Control() control.Node { return (*commands)(n) }

// Device returns this device's identity.
func (n *Node) Device() media.Device { return n.host.Device() }

func (n *Node) keep() policy.Keep { return policy.Keep(n.cfg.Settings.Device.Keep) }

// deviceName returns the configured name, or else the machine's.
func deviceName(configured string) string {
	if configured != "" {
		return configured
	}
	if name, err := os.Hostname(); err == nil && name != "" {
		return name
	}
	return "device"
}

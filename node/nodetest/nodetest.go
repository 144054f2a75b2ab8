// Package nodetest runs a home of real nodes in one process: real discovery
// over loopback, real manifests and transfers, real vaults in temporary
// directories. Only multicast is off, and each device has a disk of its own,
// although all lie on one, unless told otherwise.
//
// Start with [New].
package nodetest

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"homeroll/node"
	"homeroll/node/api"
	"homeroll/node/config"
	"homeroll/store/media"
)

// Patience is how long Await waits. It is far beyond what any step needs, so
// that a slow machine fails no test.
const Patience = 60 * time.Second

// Home is a set of devices that end with their test.
type Home struct {
	t   testing.TB
	dir string
}

// New returns a home without devices.
func New(t testing.TB) *Home { return &Home{t, t.TempDir()} }

// Device is one device with its directories. Its fields may be changed while
// it does not run.
type Device struct {
	Name     string
	State    string // state directory
	Pictures string // the one watched folder
	Vault    string
	Settings config.Config
	Disk     media.Disk // of everything it holds
	Client   *api.Client
	Node     *node.Node // that runs now

	t    testing.TB
	stop func()
}

// Device makes a device with an empty folder and starts it.
func (h *Home) Device(name string, change ...func(*Device)) *Device {
	h.t.Helper()
	dir := filepath.Join(h.dir, name)
	d := &Device{
		Name: name, State: filepath.Join(dir, "state"), Pictures: filepath.Join(dir, "Pictures"), Vault: filepath.Join(dir, "vault"),
		Settings: config.Default(), t: h.t,
	}
	copy(d.Disk[:], name)
	if err := os.MkdirAll(d.Pictures, 0o755); err != nil {
		h.t.Fatal(err)
	}
	s := &d.Settings
	s.Device.Name, s.Vault.Dir, s.Vault.Reserve = name, d.Vault, 1
	s.Peers.Listen, s.Peers.Multicast = "127.0.0.1:0", false
	s.Folders = []config.Folder{{Path: d.Pictures}}
	s.Web.Addr = config.Off // unless a test asks for it: there are many nodes here
	s.Scan.Settle = 20 * time.Millisecond
	s.Cache.Dir = filepath.Join(dir, "cache")
	for _, f := range change {
		f(d)
	}
	h.t.Cleanup(d.Stop)
	d.Start()
	return d
}

// Start runs the device's node until Stop, and returns when it is ready.
func (d *Device) Start() {
	d.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	n, err := node.Open(ctx, node.Config{
		State: d.State, Settings: d.Settings.Clone(), Version: "0.0.0-test", Log: d.logger(),
		Save: func(c config.Config) error { d.Settings = c; return nil },
		Disk: func(string) (media.Disk, error) { return d.Disk, nil },
	})
	if err != nil {
		cancel()
		d.t.Fatalf("open %s: %v", d.Name, err)
	}
	d.Node = n
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	d.stop = func() {
		cancel()
		if err := <-done; err != nil {
			d.t.Errorf("run %s: %v", d.Name, err)
		}
	}
	select {
	case <-n.Ready():
	case err := <-done:
		done <- nil
		d.t.Fatalf("run %s: %v", d.Name, err)
	case <-time.After(Patience):
		d.t.Fatalf("%s is not ready", d.Name)
	}
	if d.Client, err = api.Dial(d.State); err != nil {
		d.t.Fatalf("dial %s: %v", d.Name, err)
	}
}

// Stop stops the node, if it runs, and waits for its end.
func (d *Device) Stop() {
	if d.stop != nil {
		d.stop()
		d.stop = nil
	}
}

// logger shows a node's log where HOMEROLL_TEST_LOG names a level, such as
// "debug".
func (d *Device) logger() *slog.Logger {
	var level slog.Level
	if level.UnmarshalText([]byte(os.Getenv("HOMEROLL_TEST_LOG"))) != nil {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})).With("on", d.Name)
}

// Await waits until the device's status satisfies ok and returns it.
func (d *Device) Await(what string, ok func(*api.Status) bool) *api.Status {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	var last *api.Status
	err := d.Client.Follow(ctx, func(s *api.Status) bool {
		last = s
		return !ok(s)
	})
	if err != nil {
		if last != nil {
			d.t.Fatalf("%s is not %s: %v\n%s: %s\n%+v", d.Name, what, err, last.State, last.Reason, *last)
		}
		d.t.Fatalf("%s is not %s: %v", d.Name, what, err)
	}
	return last
}

// AwaitState waits for a state.
func (d *Device) AwaitState(s api.State) *api.Status {
	d.t.Helper()
	return d.Await(string(s), func(have *api.Status) bool { return have.State == s })
}

// Status returns the status now.
func (d *Device) Status() *api.Status {
	d.t.Helper()
	s, err := d.Client.Status(context.Background())
	if err != nil {
		d.t.Fatalf("status of %s: %v", d.Name, err)
	}
	return s
}

// Address returns where the device listens, as HOST:PORT.
func (d *Device) Address() string {
	d.t.Helper()
	for _, a := range d.Status().Address.Listen {
		if part := strings.Split(a, "/"); len(part) > 4 && part[1] == "ip4" && part[3] == "tcp" {
			return part[2] + ":" + part[4]
		}
	}
	d.t.Fatalf("%s listens nowhere", d.Name)
	return ""
}

// Pair pairs two devices: the first shows the code, the second types it.
func (h *Home) Pair(shows, types *Device) {
	h.t.Helper()
	at := shows.Address()
	codes, invited := make(chan string, 1), make(chan error, 1)
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	go func() {
		invited <- shows.Client.Invite(ctx, func(e api.PairEvent) {
			if e.Type == api.EventCode {
				codes <- e.Code
			}
		})
	}()
	select {
	case code := <-codes:
		err := types.Client.Join(ctx, api.PairRequest{Code: code, At: at}, func(api.PairEvent) {}, nil)
		if err := errors.Join(err, <-invited); err != nil {
			h.t.Fatalf("pair %s with %s: %v", types.Name, shows.Name, err)
		}
	case err := <-invited:
		h.t.Fatalf("%s shows no code: %v", shows.Name, err)
	}
}

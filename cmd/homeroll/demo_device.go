package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"homeroll/node"
	"homeroll/node/api"
	"homeroll/node/config"
)

// demoDevice is one of the demo's devices.
type demoDevice struct {
	name                   string
	pictures, vault, state string
	media                  []string // paths within pictures, with slashes
	settings               config.Config
	client                 *api.Client
}

// newDemoDevice makes a device's places and sample media.
func newDemoDevice(dir, name string, samples []sample) (*demoDevice, error) {
	d := &demoDevice{
		name:     name,
		pictures: filepath.Join(dir, name, "Pictures"),
		vault:    filepath.Join(dir, name, "Homeroll"),
		state:    filepath.Join(dir, name, "state"),
	}
	for _, s := range samples {
		if err := s.write(d.pictures); err != nil {
			return nil, fmt.Errorf("make sample media: %w", err)
		}
		d.media = append(d.media, s.path)
	}
	d.settings = config.Default()
	d.settings.Web.Addr = config.Off
	d.settings.Device.Name = name
	d.settings.PutFolder(config.Folder{Path: d.pictures})
	d.settings.Vault.Dir = d.vault
	d.settings.Cache.Dir = filepath.Join(dir, name, "cache")
	d.settings.Vault.Reserve = 1e6 // a demo must not need 10 GB free
	d.settings.Peers = config.Peers{Listen: "127.0.0.1:0"}
	d.settings.Scan.Settle = 100 * time.Millisecond
	if err := config.Save(config.File(d.state), d.settings); err != nil {
		return nil, err
	}
	return d, nil
}

// running runs the devices' nodes in this process while f does, and then waits for them.
func running(ctx context.Context, devices []*demoDevice, f func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	nodes, nodesCtx := errgroup.WithContext(ctx)
	err := func() error {
		for _, d := range devices {
			if err := d.start(nodesCtx, nodes); err != nil {
				return err
			}
		}
		return f(nodesCtx)
	}()
	cancel()
	if stopped := nodes.Wait(); stopped != nil {
		return stopped // why the rest could not go on
	}
	return err
}

// start opens the device's node, runs it in the group, and returns once it can be spoken to.
func (d *demoDevice) start(ctx context.Context, nodes *errgroup.Group) error {
	log, err := os.Create(filepath.Join(d.state, "demo.log"))
	if err != nil {
		return fmt.Errorf("start %s: %w", d.name, err)
	}
	n, err := node.Open(ctx, node.Config{
		State:    d.state,
		Settings: d.settings,
		Save:     func(c config.Config) error { return config.Save(config.File(d.state), c) },
		Version:  buildVersion(),
		Log:      slog.New(slog.NewTextHandler(log, nil)),
		Disk:     node.OwnDisk(d.name),
	})
	if err != nil {
		return errors.Join(fmt.Errorf("start %s: %w", d.name, err), log.Close())
	}
	nodes.Go(func() error { return d.run(ctx, n, log) })
	select {
	case <-n.Ready():
	case <-ctx.Done():
		return fmt.Errorf("start %s: %w", d.name, ctx.Err())
	}
	if d.client, err = api.Dial(d.state); err != nil {
		return fmt.Errorf("speak to %s: %w", d.name, err)
	}
	return nil
}

// run runs the node; that it ends with ctx is no error.
func (d *demoDevice) run(ctx context.Context, n *node.Node, log io.Closer) error {
	err := n.Run(ctx)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = nil
	}
	if err == nil && ctx.Err() == nil {
		err = errors.New("without being asked to")
	}
	if err := errors.Join(err, log.Close()); err != nil {
		return fmt.Errorf("%s stopped: %w", d.name, err)
	}
	return nil
}

// complete waits until the device says that everything is complete, and knows of
// as many items: what the other one has not read yet is not missing yet.
func (d *demoDevice) complete(ctx context.Context, items int64) (*api.Status, error) {
	var last *api.Status
	done := func() bool { return last != nil && last.State == api.StateComplete && known(last) >= items }
	err := d.client.Follow(ctx, func(s *api.Status) bool {
		last = s
		return !done()
	})
	if done() {
		return last, nil
	}
	why := "its state is unknown"
	if last != nil {
		why = stateText(last)
	}
	return nil, errors.Join(fmt.Errorf("%s did not become complete: %s", d.name, why), err)
}

// known returns how many items the device knows of.
func known(s *api.Status) (n int64) {
	for _, items := range s.Copies.ByHolders {
		n += items
	}
	return n
}

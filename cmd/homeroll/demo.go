package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"homeroll/node/api"
)

// demoTime is how long the demo may take before it fails with the reason.
const demoTime = 3 * time.Minute

func (a *app) demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Play two devices on this machine: sample media, paired, synced, verified",
		Long: "Makes two devices in a temporary directory, fills them with sample media, pairs them by a code\n" +
			"over a real encrypted connection of this machine with itself (no multicast needed), waits until\n" +
			"each has the other's media, and verifies every file. Nothing outside that directory is touched.",
		Example: "  homeroll demo",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.demo(cmd.Context()) },
	}
}

func (a *app) demo(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, demoTime, fmt.Errorf("the demo took longer than %v", demoTime))
	defer cancel()
	dir, err := os.MkdirTemp("", "homeroll-demo-")
	if err != nil {
		return fmt.Errorf("make a place for the demo: %w", err)
	}
	began := time.Now()
	result, err := a.play(ctx, dir)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil && ctx.Err() == context.DeadlineExceeded {
			err = fmt.Errorf("%w (%w)", cause, err)
		}
		a.say("What the demo left behind: %s", dir)
		return fmt.Errorf("demo: %w", err)
	}
	result.Seconds = time.Since(began).Round(10 * time.Millisecond).Seconds()
	return a.showDemo(result)
}

// play plays the whole story in dir.
func (a *app) play(ctx context.Context, dir string) (*demoDocument, error) {
	anna, err := newDemoDevice(dir, "anna-laptop", annasMedia)
	if err != nil {
		return nil, err
	}
	nas, err := newDemoDevice(dir, "attic-box", nasMedia)
	if err != nil {
		return nil, err
	}
	result := &demoDocument{Schema: api.Schema, Path: dir}
	err = running(ctx, []*demoDevice{anna, nas}, func(ctx context.Context) error {
		a.say("Two devices run: %s has %s, %s has %s.", anna.name, plural(int64(len(anna.media)), "file", "files"), nas.name, plural(int64(len(nas.media)), "file", "files"))
		if err := a.pairDemo(ctx, anna, nas); err != nil {
			return err
		}
		for _, pair := range [][2]*demoDevice{{anna, nas}, {nas, anna}} {
			status, err := pair[0].complete(ctx, int64(len(anna.media)+len(nas.media)))
			if err != nil {
				return err
			}
			result.Devices = append(result.Devices, status)
		}
		for _, pair := range [][2]*demoDevice{{anna, nas}, {nas, anna}} {
			n, err := verifyDemo(ctx, pair[0], pair[1])
			if err != nil {
				return err
			}
			result.Verified += n
		}
		return nil
	})
	return result, err
}

// pairDemo pairs the devices by code, as two people would, at a given address.
func (a *app) pairDemo(ctx context.Context, inviting, joining *demoDevice) error {
	status, err := inviting.client.Status(ctx)
	if err != nil {
		return err
	}
	at, err := tcpAddr(status.Address.Listen)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	codes, joined := make(chan string, 1), make(chan error, 1)
	go func() {
		select {
		case code := <-codes:
			a.say("%s shows the code %s; it is typed on %s.", inviting.name, code, joining.name)
			err := joining.client.Join(ctx, api.PairRequest{Code: code, At: at}, func(api.PairEvent) {}, nil)
			if err != nil {
				cancel(fmt.Errorf("join: %w", err))
			}
			joined <- err
		case <-ctx.Done():
			joined <- ctx.Err()
		}
	}()
	err = inviting.client.Invite(ctx, func(e api.PairEvent) {
		if e.Type == "code" {
			codes <- e.Code
		}
	})
	if err != nil {
		cancel(fmt.Errorf("invite: %w", err))
	}
	if joinErr := <-joined; err == nil && joinErr != nil {
		return fmt.Errorf("join: %w", joinErr)
	}
	if err != nil {
		return context.Cause(ctx)
	}
	a.say("They are paired; each fetches what the other has.")
	return nil
}

// tcpAddr returns the HOST:PORT of the first TCP multiaddr, /ip4/HOST/tcp/PORT/….
func tcpAddr(listening []string) (string, error) {
	for _, addr := range listening {
		if parts := strings.Split(addr, "/"); len(parts) >= 5 && parts[1] == "ip4" && parts[3] == "tcp" {
			return parts[2] + ":" + parts[4], nil
		}
	}
	return "", fmt.Errorf("no address to connect to among %q", listening)
}

func (a *app) showDemo(r *demoDocument) error {
	if a.json {
		return a.printJSON(r)
	}
	if a.quiet {
		return nil
	}
	a.say("Verified %s: content, name and time are the same on both. %.1f s.\n", plural(int64(r.Verified), "file", "files"), r.Seconds)
	for _, s := range r.Devices {
		renderCard(a.out, s, time.Now(), colours(a.out))
		fmt.Fprintln(a.out)
	}
	a.say("Plain files that any program opens:")
	for i, s := range r.Devices {
		other := r.Devices[1-i]
		a.say("  %s's, on %s: %s", other.Device.Name, s.Device.Name, filepath.Join(s.Vault.Path, other.Device.Name))
	}
	a.say("Both devices lie on one disk of this machine; the demo counts it as two.")
	a.say("To delete all of it: rm -r %s", shellQuote(r.Path))
	return nil
}

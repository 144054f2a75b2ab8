package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/spf13/cobra"

	"homeroll/node"
	"homeroll/node/api"
	"homeroll/node/config"
)

func (a *app) runCommand() *cobra.Command {
	var flags runFlags
	cmd := &cobra.Command{
		Use:   "run [DIR…]",
		Short: "Run this device's node: watch, back up, keep the others' media",
		Long: "Runs this device's node until it is interrupted. The first run decides: it watches the\n" +
			"given directories (your Pictures directory if none is given), keeps the media of your other\n" +
			"devices in the vault, and saves its flags. Later runs need no flags; those given hold for\n" +
			"that run only. Watched directories are only ever read.",
		Example: "  homeroll run\n  homeroll run ~/Pictures /mnt/camera --vault /mnt/big/Homeroll\n  homeroll run --nas --vault /srv/homeroll",
		RunE: func(cmd *cobra.Command, args []string) error {
			flags.folders = args
			flags.given = cmd.Flags().Changed
			return a.run(cmd.Context(), flags)
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.name, "name", "", "what the other devices call this one (default: the computer's name)")
	f.StringVar(&flags.vault, "vault", "", "directory that keeps the other devices' media (default ~/Homeroll)")
	f.StringVar(&flags.web, "web", config.DefaultWeb, "where to serve the page: HOST[:PORT], :PORT for every address, or off")
	f.StringVar(&flags.listen, "listen", ":"+config.DefaultPort, "where other devices connect to: HOST[:PORT] or :PORT, port 0 is any")
	f.BoolVar(&flags.nas, "nas", false, "be the home's box: no folders needed, no limit, JSON logs")
	f.StringVar(&flags.keep, "keep", config.KeepOriginals, "what to keep of the other devices' media: originals or nothing")
	return cmd
}

// run runs the node of the state directory until ctx ends.
func (a *app) run(ctx context.Context, flags runFlags) error {
	state, err := a.stateDir()
	if err != nil {
		return err
	}
	path := config.File(state)
	file, loadErr := config.Load(path)
	s, err := resolve(file, loadErr, flags, machine())
	if err != nil {
		return err
	}
	view := a.runView(s.running)
	defer view.Close()
	saver := &saver{path: path, loaded: file.Clone(), first: s.file, running: s.running.Clone()}
	log := a.logger(s.running, view)
	for _, v := range config.Strangers(os.Environ()) {
		log.Warn(v.String())
	}
	if s.running.Device.Priority == config.PriorityLow {
		if err := node.LowerPriority(); err != nil {
			log.Warn("this node competes with whatever else runs here", "error", err)
		}
	}
	for first := true; ; first = false {
		n, err := node.Open(ctx, node.Config{
			State:     state,
			Settings:  saver.now(),
			Save:      saver.save,
			FixedPort: s.fixedPort,
			FixedWeb:  s.fixedWeb,
			Version:   buildVersion(),
			Log:       log,
		})
		if err != nil {
			return err
		}
		if err = a.serve(ctx, n, s, saver, view, first); !errors.Is(err, node.ErrReopen) {
			return err
		}
		view.Line("The catalogue is built anew from the folders and the vault; nothing is fetched until that is done.")
	}
}

// serve runs an open node and shows what it does. The settings of a first run are saved once it
// listens: a run that could not even begin has decided nothing.
func (a *app) serve(ctx context.Context, n *node.Node, s settings, saver *saver, view runView, first bool) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	select {
	case <-n.Ready():
	case err := <-ended:
		return drained(ctx, err)
	}
	if err := saver.create(); err != nil {
		cancel(err)
		return errors.Join(err, drained(ctx, <-ended))
	}
	stopHint := context.AfterFunc(ctx, func() { view.Line("Stopping: what is in flight is finished first. Interrupt again: stop at once.") })
	defer stopHint()
	showing, stopShowing := context.WithCancel(ctx)
	var shown sync.WaitGroup
	shown.Go(func() {
		if first {
			a.greet(showing, n, s, view)
		}
		follow(showing, filepath.Dir(saver.path), view)
	})
	err := <-ended
	stopShowing()
	shown.Wait()
	return drained(ctx, err)
}

// drained is the result of a run: ending because it was asked to is no failure.
func drained(ctx context.Context, err error) error {
	if ctx.Err() != nil && (err == nil || errors.Is(err, context.Canceled) || errors.Is(err, errInterrupted)) {
		return nil
	}
	if err == nil {
		return &failure{code: api.ExitFailed, message: "the node stopped without being asked to"}
	}
	if ctx.Err() != nil {
		return &failure{code: api.ExitFailed, message: "stopping: " + err.Error()}
	}
	return err
}

// follow shows each state of the node until ctx ends. Who watches a node goes the way of every other
// client: over its control socket.
func follow(ctx context.Context, state string, view runView) {
	client, err := api.Dial(state)
	if err == nil {
		err = client.Follow(ctx, func(s *api.Status) bool { view.Status(s); return true })
	}
	if err != nil && ctx.Err() == nil && !errors.Is(err, api.ErrNoNode) { // it has stopped: who runs it says why
		view.Line(fmt.Sprintf("The node runs, but its state cannot be shown: %v", err))
	}
}

// saver makes changes of settings that commands ask of the node durable.
type saver struct {
	path   string
	loaded config.Config // what the file said when the first run decided
	first  config.Config // what the first run makes of that

	mu      sync.Mutex
	running config.Config // what the node last knew
}

// create writes the file unless a run has done so before.
func (s *saver) create() error {
	_, err := config.Update(s.path, s.decide)
	return err
}

// decide puts the first run's decisions into a file without any, beside what has been changed in it
// since they were made.
func (s *saver) decide(file *config.Config) error {
	if file.Vault.Dir != "" {
		return nil
	}
	decided := s.first.Clone()
	if err := decided.Changes(s.loaded, *file); err != nil {
		return err
	}
	*file = decided
	return nil
}

// save writes what changed since the node last knew, so that flags which hold for this run only stay
// out of the file, and what others write into it stays there.
func (s *saver) save(changed config.Config) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := config.Update(s.path, func(file *config.Config) error {
		if err := s.decide(file); err != nil {
			return err
		}
		return file.Changes(s.running, changed)
	})
	if err != nil {
		return err
	}
	s.running = changed.Clone()
	return nil
}

// now returns the settings that the node last knew.
func (s *saver) now() config.Config {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running.Clone()
}

// logger writes the node's log: as JSON lines in NAS mode, above the bars on a terminal.
func (a *app) logger(c config.Config, view runView) *slog.Logger {
	machine := c.Device.NAS || c.Log.Format == "json" || a.json
	options := &slog.HandlerOptions{Level: logLevel(c.Log.Level, machine)}
	if machine {
		return slog.New(slog.NewJSONHandler(view, options))
	}
	return slog.New(slog.NewTextHandler(view, options))
}

// logLevel leaves out of a log for people, unless they ask, what the view says in words of its own.
func logLevel(configured string, machine bool) slog.Level {
	level := slog.LevelWarn
	if machine {
		level = slog.LevelInfo
	}
	if configured != config.LevelAuto {
		_ = level.UnmarshalText([]byte(configured)) // checked when the settings were read
	}
	return level
}

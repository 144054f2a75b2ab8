package store

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Run scans and watches the folders, commits incoming items and places names until ctx ends.
// Then it records what is known, commits what is whole, and returns when everything has stopped.
// The error is that of a damaged catalogue; the next Open rebuilds it.
func (s *Store) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var producers, recording sync.WaitGroup
	quiet := make(chan struct{}) // closed when no producer is left

	recording.Go(func() {
		if err := s.recorder.run(quiet); err != nil {
			cancel(err)
			s.drain(quiet)
		}
	})
	for range workers() {
		producers.Go(func() { s.hasher.run(ctx, true) })
	}
	producers.Go(func() { s.hasher.run(ctx, false) })
	producers.Go(func() { s.commits.run(ctx) })
	producers.Go(func() { s.place.run(ctx) })
	producers.Go(func() { s.trash.run(ctx) })
	producers.Go(func() { s.index.run(ctx) })
	producers.Go(func() { s.checkVault(ctx) })
	producers.Go(func() { s.watchVault(ctx) })
	producers.Go(func() { s.relay(ctx) })
	producers.Go(func() { s.keepNamesLog(ctx) })
	producers.Go(func() { s.settleIn(ctx) })
	producers.Go(func() { s.watchCatalogue(ctx, cancel) })
	s.startFolders(ctx, &producers)

	<-ctx.Done()
	s.mu.Lock()
	s.start = nil
	s.mu.Unlock()
	producers.Wait()
	close(quiet)
	recording.Wait()
	s.hasher.clear()
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// drain keeps producers from waiting for a recorder that has failed.
func (s *Store) drain(quiet <-chan struct{}) {
	for {
		select {
		case <-s.recorder.in:
		case <-quiet:
			return
		}
	}
}

// startFolders starts the loops of the folders that there are, and has AddFolder
// start those that come.
func (s *Store) startFolders(ctx context.Context, wg *sync.WaitGroup) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.start = func(f *folder) {
		f.stopped = make(chan struct{})
		wg.Go(func() { f.run(ctx) })
	}
	for _, f := range s.folders {
		s.start(f)
	}
}

// relay passes the catalogue's changes on.
func (s *Store) relay(ctx context.Context) {
	for {
		changed := s.cat.Changed()
		select {
		case <-changed:
			s.changed.fire()
			s.place.wake()
			s.trash.wake()
			s.index.wake()
		case <-ctx.Done():
			return
		}
	}
}

// Rescan looks at every folder again.
func (s *Store) Rescan(ctx context.Context) error {
	for _, f := range s.watched() {
		f.rescan()
	}
	return ctx.Err()
}

// sleep waits, and reports false if ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

package store

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"homeroll/store/media"
)

// awayPlaces names what cannot be read now, though its records stay: the vault
// and folders that are not in their place.
func (s *Store) awayPlaces() (away []string) {
	if s.VaultAway() {
		away = append(away, "the vault")
	}
	for _, f := range s.watched() {
		if state, _ := f.state(); state == FolderMissing || state == FolderHalted {
			away = append(away, f.root)
		}
	}
	return away
}

// awaitReturns has what could not be read tried again once a place is back.
func (ix *indexer) awaitReturns() {
	now := ix.s.awayPlaces()
	ix.reading.Lock()
	defer ix.reading.Unlock()
	if slices.ContainsFunc(ix.away, func(place string) bool { return !slices.Contains(now, place) }) {
		clear(ix.failed)
	}
	ix.away = now
}

// failLocked remembers an item that could not be read. That it has gone since
// it was listed is ordinary, and so are all failures while a place is away.
func (ix *indexer) failLocked(ctx context.Context, doing string, row int64, item media.ID, err error) {
	level := slog.LevelWarn
	if errors.Is(err, media.ErrNotHeld) || errors.Is(err, fs.ErrNotExist) || len(ix.s.awayPlaces()) > 0 {
		level = slog.LevelDebug
	}
	ix.s.log.Log(ctx, level, doing, "item", item, "err", err)
	if len(ix.failed) >= maxFailed {
		clear(ix.failed)
	}
	ix.failed[row] = time.Now()
}

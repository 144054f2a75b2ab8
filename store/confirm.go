package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"homeroll/store/internal/catalogue"
)

// Errors of ConfirmFolder.
var (
	// ErrNotWatched reports a path that is no watched folder.
	ErrNotWatched = errors.New("it is not a watched folder")
	// ErrNotHalted reports a confirmation for which no folder waits.
	ErrNotHalted = errors.New("the folder is not halted, so there is nothing to confirm")
	// ErrLostMore reports that more is gone than what was confirmed.
	ErrLostMore = errors.New("more files are gone than were confirmed")
)

// ConfirmFolder accepts that the files of a halted folder are gone, at most so
// many: their names are withdrawn, and what other devices hold of them is kept
// there. It returns how many were withdrawn.
func (s *Store) ConfirmFolder(ctx context.Context, path string, atMost int64) (withdrawn int64, err error) {
	path = filepath.Clean(path)
	watched := s.watched()
	i := slices.IndexFunc(watched, func(f *folder) bool { return f.path == path })
	if i < 0 {
		return 0, fmt.Errorf("confirm folder %s: %w", path, ErrNotWatched)
	}
	withdrawn, err = watched[i].confirm(ctx, atMost)
	if err != nil {
		return 0, fmt.Errorf("confirm folder %s: %w", path, err)
	}
	return withdrawn, nil
}

func (f *folder) confirm(ctx context.Context, atMost int64) (int64, error) {
	f.guard.judging.Lock()
	defer f.guard.judging.Unlock()
	h := f.guard.halted()
	if h == nil {
		return 0, ErrNotHalted
	}
	if _, err := f.present(); err != nil {
		return 0, fmt.Errorf("look at it: %w", err)
	}
	gone, err := f.goneNow(ctx)
	if err != nil {
		return 0, err
	}
	if n := max(int64(len(gone)), h.Lost); n > atMost && int64(len(gone)) > atMost {
		return 0, fmt.Errorf("%w: %s", ErrLostMore, files(n))
	}
	left, err := f.recorded(ctx)
	if err != nil {
		return 0, err
	}
	err = f.s.places.setFolder(f.id, func(seen *seenFolder) {
		*seen = seenFolder{Path: f.path, Disk: f.s.identify(f.root), Files: left - int64(len(gone)), Seen: time.Now().UTC(), Halt: seen.Halt}
	})
	if err != nil {
		return 0, err
	}
	for part := range slices.Chunk(gone, recordBatch) {
		f.s.recorder.record(ctx, fileChange{drop: part})
	}
	f.guard.mu.Lock()
	clear(f.guard.pending)
	f.guard.mu.Unlock()
	f.s.log.Info("folder is confirmed", "folder", f.path, "files", len(gone))
	f.setAway(absence{})
	f.rescan()
	return int64(len(gone)), ctx.Err()
}

// goneNow returns the files on record that are not there.
func (f *folder) goneNow(ctx context.Context) (gone []catalogue.FileKey, err error) {
	err = f.eachFile(ctx, "", func(file catalogue.File) bool {
		if _, err := os.Lstat(f.abs(file.Path)); err != nil && isGone(err) {
			gone = append(gone, catalogue.FileKey{Folder: f.id, Path: file.Path})
		}
		return ctx.Err() == nil
	})
	return gone, errors.Join(err, ctx.Err())
}

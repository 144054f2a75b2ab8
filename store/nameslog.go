package store

import (
	"context"
	"time"

	"homeroll/store/internal/vault"
)

// namesEvery is how often the names log is looked for.
const namesEvery = 5 * time.Second

// keepNamesLog writes the names log anew where somebody has removed it: without
// it, a lost catalogue could not be rebuilt from the vault.
func (s *Store) keepNamesLog(ctx context.Context) {
	for {
		if s.vaultHere() && !s.rebuilding.Load() && !s.vault().NamesHere() {
			s.log.Warn("the names log of the vault is gone; it is written anew")
			if err := s.rewriteNames(ctx); err != nil && ctx.Err() == nil {
				s.log.Error("write names log", "err", err)
			}
		}
		if !sleep(ctx, namesEvery) {
			return
		}
	}
}

// rewriteNames writes what the catalogue knows.
func (s *Store) rewriteNames(ctx context.Context) error {
	s.placing.Lock()
	defer s.placing.Unlock()
	s.labels.mu.Lock()
	defer s.labels.mu.Unlock()
	return s.vault().RewriteNames(func(add func(vault.Line) error) error {
		dirs, err := s.cat.ChosenDirs(ctx)
		if err != nil {
			return err
		}
		for _, d := range dirs {
			if err := add(vault.Line{Dir: d.Dir, Device: d.Device, Folder: d.Folder}); err != nil {
				return err
			}
		}
		for after := ""; ; {
			page, err := s.cat.VaultFiles(ctx, after, pageSize)
			if err != nil {
				return err
			}
			for _, f := range page {
				if err := add(lineOf(f)); err != nil {
					return err
				}
			}
			if len(page) < pageSize {
				return s.rewriteNotes(ctx, add)
			}
			after = page[len(page)-1].Path
		}
	})
}

func (s *Store) rewriteNotes(ctx context.Context, add func(vault.Line) error) error {
	for after := int64(0); ; {
		page, err := s.cat.Noted(ctx, after, pageSize)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, n := range page {
			if err := add(noteOf(n.VaultFile)); err != nil {
				return err
			}
		}
		after = page[len(page)-1].Row
	}
}

package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"homeroll/store/internal/vault"
	"homeroll/store/media"
)

// Partial files that nobody is receiving at the moment are kept, the newest
// first, within these bounds, and within a share of the vault's budget.
const (
	idleFiles = 1000
	idleBytes = 10 << 30
	idleShare = 10 // one part in, of the budget
	idleAge   = 30 * 24 * time.Hour
	// tidyAfter so many more were left, they are looked through.
	tidyAfter = 100
)

// maxPartials bounds the memory of looking through them.
const maxPartials = 100000

// tidyPartials removes partial files of items that are held already, or that
// nobody knows or names any more, and of the others what is too much or too old.
func (s *Store) tidyPartials(ctx context.Context) {
	if s.replaying && !s.compared.Load() || !s.vaultHere() {
		return // what is held is not known yet
	}
	files, err := s.vault().Partials(maxPartials)
	if err != nil {
		s.log.Error("look through partial files", "err", err)
	}
	var idle []vault.PartialFile
	for _, f := range files {
		info, err := s.cat.Lookup(ctx, f.ID)
		switch {
		case errors.Is(err, media.ErrNotHeld) || err == nil && (info.Held || len(info.Names) == 0):
			s.dropPartial(f.ID)
		case err == nil && !s.incoming.has(f.ID):
			idle = append(idle, f)
		}
	}
	limit := int64(idleBytes)
	if s.cfg.Budget > 0 {
		limit = min(limit, s.cfg.Budget/idleShare)
	}
	for _, id := range tooMuch(idle, limit, time.Now()) {
		s.dropPartial(id)
	}
}

// tooMuch returns which partial files go, so that the others take at most limit
// bytes. The newest always stays: it may be larger than that by itself.
func tooMuch(idle []vault.PartialFile, limit int64, now time.Time) (gone []media.ID) {
	idle = slices.SortedFunc(slices.Values(idle), func(a, b vault.PartialFile) int { return b.MTime.Compare(a.MTime) })
	var bytes int64
	for i, f := range idle {
		bytes += f.Bytes
		if now.Sub(f.MTime) > idleAge || i > 0 && (bytes > limit || i >= idleFiles) {
			gone = append(gone, f.ID)
		}
	}
	return gone
}

// dropPartial removes a partial file unless it is just being received.
func (s *Store) dropPartial(id media.ID) {
	if s.incoming.claim(id) {
		s.vault().DropPartial(id)
		s.incoming.release(id)
	}
}

func (b *incomingBook) has(id media.ID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.open[id] != nil
}

// leave counts an item that was given back before it was whole.
func (b *incomingBook) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left++; b.left < tidyAfter {
		return
	}
	b.left = 0
	select {
	case b.many <- struct{}{}:
	default:
	}
}

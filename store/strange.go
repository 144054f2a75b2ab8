package store

import (
	"context"
	"fmt"
	"path"
	"slices"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/filetype"
	"homeroll/store/media"
)

const (
	strangeBatch = 256 // items that only others hold, placed together
	searchBatch  = 256 // pictures whose words are written together
	strangeCPU   = 25  // percent of a core that placing them takes at most
)

// strange gives what only other devices hold its place in the timeline, by names
// alone. People wait for that, so it goes on while files travel.
func (ix *indexer) strange(ctx context.Context) error {
	for after := int64(0); ; {
		began := time.Now()
		page, err := ix.s.cat.Strange(ctx, after, strangeBatch)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].Row
		reads, err := ix.s.guess(ctx, page)
		if err != nil {
			return err
		}
		if err := ix.s.cat.PutPictures(ctx, reads, ix.derive); err != nil {
			return fmt.Errorf("record what others hold: %w", err)
		}
		if !sleep(ctx, rest(time.Since(began), strangeCPU)) {
			return nil
		}
	}
}

// others does what people wait for besides reading: what others hold gets its
// place, and what has changed its words.
func (ix *indexer) others(ctx context.Context) error {
	if err := ix.strange(ctx); err != nil {
		return err
	}
	for {
		began := time.Now()
		done, err := ix.s.cat.Reindex(ctx, searchBatch)
		if err != nil {
			return fmt.Errorf("write words of pictures: %w", err)
		}
		if done < searchBatch || !sleep(ctx, rest(time.Since(began), strangeCPU)) {
			return nil
		}
	}
}

// guess says of items what their names tell.
func (s *Store) guess(ctx context.Context, page []catalogue.Pending) ([]catalogue.Read, error) {
	items := make([]media.Item, len(page))
	for i, p := range page {
		items[i] = p.Item
	}
	names, err := s.cat.StatedNames(ctx, items)
	if err != nil {
		return nil, fmt.Errorf("read names of what others hold: %w", err)
	}
	reads := make([]catalogue.Read, len(page))
	for i, p := range page {
		reads[i] = catalogue.Read{Row: p.Row, Item: p.Item, Lent: catalogue.Guessed}
		if !p.Read {
			continue
		}
		reads[i].Picture, reads[i].Thumb = &media.Picture{}, s.thumb(p.Item.ID)
		for _, n := range names[p.Item] {
			base := path.Base(n.Path)
			reads[i].Picture.Type = filetype.Of(base)
			reads[i].Sidecar = slices.Contains(s.cfg.Types.Sidecars, filetype.Ext(base))
			if reads[i].Picture.Type != "" {
				break
			}
		}
	}
	return reads, nil
}

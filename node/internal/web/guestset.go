package web

import (
	"context"
	"errors"
	"slices"
	"time"

	"homeroll/node/internal/web/home"
	"homeroll/node/internal/web/share"
	"homeroll/store/media"
)

// guestSet is what a share shows at a time.
type guestSet struct {
	version string
	looked  time.Time
	order   []media.ID
	has     map[media.ID]bool
}

// setFor is how long a set is gone by while the library changes all the time: what
// is trashed vanishes from shares no later.
const setFor = 2 * time.Second

// maxSets is how many shares are remembered.
const maxSets = 32

// setOf returns what a share shows now.
func (s *Server) setOf(ctx context.Context, of *share.Share) (*guestSet, error) {
	f, err := s.filterOfShare(ctx, of)
	if errors.Is(err, home.ErrNoAlbum) {
		return &guestSet{has: map[media.ID]bool{}}, nil
	}
	if err != nil {
		return nil, err
	}
	version, now := s.cfg.Gallery.Version(f, 0, 0), time.Now()
	s.guests.mu.Lock()
	known := s.guests.sets[of.ID]
	s.guests.mu.Unlock()
	if known != nil && (known.version == version || now.Sub(known.looked) < setFor) {
		return known, nil
	}
	ids, err := everyPicture(ctx, s.cfg.Gallery, f)
	if err != nil {
		return nil, err
	}
	set := &guestSet{version: version, looked: now, order: ids, has: make(map[media.ID]bool, len(ids))}
	for _, id := range ids {
		set.has[id] = true
	}
	s.guests.remember(of.ID, set)
	return set, nil
}

func (g *guests) remember(id string, set *guestSet) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.sets) >= maxSets && g.sets[id] == nil {
		clear(g.sets)
	}
	g.sets[id] = set
}

// inShare reports whether a share shows an item, alone or as a part of a picture:
// the video of a Live Photo, the RAW beside a JPEG.
func (s *Server) inShare(ctx context.Context, of *share.Share, id media.ID) (bool, error) {
	set, err := s.setOf(ctx, of)
	if err != nil || set.has[id] || len(set.has) == 0 {
		return err == nil && set.has[id], err
	}
	return slices.ContainsFunc(s.groupOf(ctx, id), func(member media.ID) bool { return set.has[member] }), nil
}

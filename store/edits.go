package store

import (
	"context"

	"homeroll/store/media"
)

// maxEdited is how many items another one is compared with.
const maxEdited = 4

// EditOf opens the items held here that one which is about to be received may be an edit
// of, the likeliest first; most items are of none. Each is as it was recorded. The caller closes them.
func (s *Store) EditOf(ctx context.Context, it media.Item) ([]media.Source, error) {
	items, err := s.cat.EditOf(ctx, it, maxEdited)
	if err != nil || len(items) == 0 {
		return nil, err
	}
	// They are about to be set aside: in the middle of that, they are nowhere.
	s.placing.Lock()
	defer s.placing.Unlock()
	var open []media.Source
	for _, other := range items {
		if f, err := s.openItem(ctx, other); err == nil {
			open = append(open, &openItem{File: f, s: s, item: other})
		}
	}
	return open, nil
}

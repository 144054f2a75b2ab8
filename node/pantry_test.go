package node

import (
	"testing"
	"time"

	"homeroll/node/policy"
	"homeroll/store/media"
)

// An item that came, was damaged at once and is wanted again is dropped with what
// came; the pantry must not stay without it.
func TestPantryLooksAgainForWhatItDropped(t *testing.T) {
	it := media.Item{ID: media.ID{1}, Size: 5}
	now := time.Now()
	p := pantry{wanted: []policy.Wanted{{Item: it}}, changed: make(chan struct{}), filled: now}
	p.forget(map[media.ID]bool{{2}: true})
	if p.due(now, nil, false, 0, 0) || len(p.wanted) != 1 {
		t.Error("what did not come changes something")
	}
	p.forget(map[media.ID]bool{it.ID: true})
	if len(p.wanted) != 0 || !p.due(now, nil, false, 0, 0) {
		t.Error("the dropped item is not looked for again")
	}
}

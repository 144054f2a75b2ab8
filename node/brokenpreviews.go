package node

import (
	"time"

	"homeroll/store"
	"homeroll/store/media"
)

// brokenPreviews are the peers that sent what is no preview, in a row: a request
// of which all is as it should be ends it.
type brokenPreviews map[media.Device]*brokenPreview

type brokenPreview struct {
	store.Problem
	times int
	until time.Time // not asked before
	last  time.Time
}

// A peer that sends broken previews is asked for none for a while, doubling.
// After a few times people are told.
const (
	brokenFirst = 10 * time.Minute
	brokenMost  = 6 * time.Hour
	brokenTold  = 3
	brokenShown = 3 * 24 * time.Hour
)

// tell notes another one, and returns for how long the peer is not asked.
func (p brokenPreviews) tell(now time.Time, peer media.Device, name string, item media.ID, err error) time.Duration {
	b := p[peer]
	if b == nil {
		b = &brokenPreview{Problem: store.Problem{Since: now, Reason: "broken-preview"}}
		p[peer] = b
	}
	rest := min(brokenFirst<<min(b.times, 10), brokenMost)
	b.times, b.until, b.last = b.times+1, now.Add(rest), now
	b.Item, b.Attempts = item, b.times
	b.Detail = "the small preview that " + name + " sends of it is broken: " + err.Error()
	b.Hint = "update homeroll on " + name + ", and check its disk and memory; the photo itself is verified apart from that"
	return rest
}

func (p brokenPreviews) rests(now time.Time, peer media.Device) bool {
	b := p[peer]
	return b != nil && now.Before(b.until)
}

func (p brokenPreviews) problems(now time.Time) (open []store.Problem) {
	for peer, b := range p {
		if now.Sub(b.last) > brokenShown {
			delete(p, peer)
		} else if b.times >= brokenTold {
			open = append(open, b.Problem)
		}
	}
	return open
}

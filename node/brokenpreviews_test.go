package node

import (
	"errors"
	"strings"
	"testing"
	"time"

	"homeroll/store/media"
)

// A peer that sends broken previews is left alone for longer and longer, and
// named the third time in a row; for three days, if it sends no more.
func TestPeerThatSendsBrokenPreviewsIsLeftAloneAndThenNamed(t *testing.T) {
	const peer, other = media.Device("peer"), media.Device("other")
	broken, now := brokenPreviews{}, time.Now()
	for i, want := range []time.Duration{10 * time.Minute, 20 * time.Minute, 40 * time.Minute, 80 * time.Minute, 160 * time.Minute, 320 * time.Minute, 6 * time.Hour, 6 * time.Hour} {
		if rest := broken.tell(now, peer, "nas", media.ID{1}, errors.New("no JPEG")); rest != want {
			t.Errorf("time %d: it rests for %v, not %v", i+1, rest, want)
		}
		if !broken.rests(now.Add(want-time.Second), peer) || broken.rests(now.Add(want), peer) || broken.rests(now, other) {
			t.Errorf("time %d: it is asked too early, too late, or another is not", i+1)
		}
		open := broken.problems(now)
		if named := len(open) == 1 && open[0].Attempts == i+1 && strings.Contains(open[0].Detail, "nas"); named != (i+1 >= brokenTold) {
			t.Errorf("time %d: %+v", i+1, open)
		}
		now = now.Add(want)
	}
	if open := broken.problems(now.Add(brokenShown)); len(open) > 0 || len(broken) > 0 {
		t.Errorf("still told: %+v", open)
	}
}

package policy

import (
	"testing"
	"time"

	"homeroll/store/media"
)

// A pause of the peer ends everything in flight at once, which is one bad moment, not many.
func TestManyFailuresAtOnceAreOneHold(t *testing.T) {
	var l Ledger
	for i := range byte(200) {
		l.Failed(noon, media.ID{i}, "nas", Busy)
	}
	until, blocked := l.blocked(noon, media.ID{255}, "nas")
	if !blocked || until.Sub(noon) > time.Second {
		t.Errorf("held off: %v, for %v", blocked, until.Sub(noon))
	}
	for again := 1; again <= 3; again++ {
		later := until
		l.Failed(later, media.ID{255}, "nas", Busy)
		if until, _ = l.blocked(later, media.ID{254}, "nas"); until.Sub(later) < time.Duration(again)*time.Second {
			t.Errorf("hold %d lasts %v", again, until.Sub(later))
		}
	}
}

package syncproto

import (
	"errors"
	"net"
	"testing"
	"time"

	"homeroll/store/media"
)

// The run that asks for the outline may end before a later one of the same
// source has: then that one is no use, and the next asks again.
func TestOutlineIsAskedForAgainWhileALaterRunIsOut(t *testing.T) {
	c := newContent(noise(40*group, 1))
	tr, s, now := newTransfer(t.Context(), newSink(c.item)), &source{}, time.Now()
	first, second := tr.next(s, now), tr.next(s, now)
	if !first.outline || second.outline {
		t.Fatalf("asked for the outline: %v and %v", first.outline, second.outline)
	}
	tr.finish(first, errReset)
	if third := tr.next(s, now); !third.outline {
		t.Error("nobody is asked for the outline")
	}
	if _, err := second.write(second.first, c.data[second.first*group:][:group], now); !errors.Is(err, errGone) {
		t.Errorf("a group before the outline: %v", err)
	}
}

// fullDisk is a sink that cannot keep an outline.
type fullDisk struct {
	*memSink
	err error
}

func (s fullDisk) SetOutline(media.Outline) error { return s.err }

func TestAnOutlineThatCannotBeKeptIsNotThePeersFault(t *testing.T) {
	a, _, eb, _ := fetchPair(t, net.Pipe)
	full := errors.New("disk full")
	err := eb.Fetch(t.Context(), a.self, fullDisk{newSink(a.hold(noise(9*group, 1)).item), full})
	if !errors.Is(err, full) || errors.As(err, new(*PeerError)) {
		t.Error(err)
	}
}

package discovery

import (
	"context"
	"time"
)

const (
	clockTick = time.Second
	// clockGap more than a tick between two ticks means that the machine, or
	// this process, stood still meanwhile.
	clockGap = 10 * time.Second
)

// watchClock notices that the machine was suspended: then connections are
// likely dead, and addresses and neighbours may be others.
func (h *Host) watchClock(ctx context.Context) {
	tick := time.NewTicker(clockTick)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := time.Now()
		if slept(last, now) {
			h.resumed()
		}
		last = now
	}
}

// slept compares two readings a tick apart, on the wall clock and on the
// monotonic one, which on some systems stands still during suspension.
func slept(last, now time.Time) bool {
	wall := now.Round(0).Sub(last.Round(0))
	return max(wall, now.Sub(last)) > clockTick+clockGap
}

func (h *Host) resumed() {
	h.log.Info("the machine was suspended or stood still; connecting anew")
	for _, s := range h.all(func(*session) bool { return true }) {
		s.close(errResumed)
	}
	if h.mdns != nil {
		h.mdns.Refresh()
	}
	h.urgeAll()
}

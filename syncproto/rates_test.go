package syncproto

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// trickle feeds a meter a tenth of a second at a time.
type trickle struct {
	m   meter
	now time.Time
}

func (h *trickle) run(seconds int, perSecond func(tenth int) int) {
	for i := range 10 * seconds {
		h.m.add(perSecond(i)/10, h.now)
		h.now = h.now.Add(100 * time.Millisecond)
	}
}

func steady(n int) func(int) int { return func(int) int { return n } }

func TestRatesAreThoseOfTheLastSeconds(t *testing.T) {
	h := &trickle{now: time.Now()}
	if h.m.rate(h.now) != 0 || h.m.pace(h.now) != 0 {
		t.Error("a rate of nothing")
	}
	h.run(2, steady(1e6))
	if got := h.m.rate(h.now); !near(float64(got), 1e6, 0.01) {
		t.Errorf("after two seconds: %d", got)
	}
	if got := h.m.pace(h.now); got != 0 {
		t.Errorf("a pace of %d is known after two seconds", got)
	}
	h.run(8, steady(1e6))
	h.run(rateSpan, steady(3e6))
	if got := h.m.rate(h.now); !near(float64(got), 3e6, 0.01) {
		t.Errorf("four seconds after it became faster: %d", got)
	}
	if got := h.m.pace(h.now); got < 1.2e6 || got > 2.2e6 {
		t.Errorf("pace %d four seconds after it became faster", got)
	}
	h.now = h.now.Add((rateSpan + 1) * time.Second)
	if got := h.m.rate(h.now); got != 0 {
		t.Errorf("%d after five seconds of nothing", got)
	}
	h.now = h.now.Add(paceStill * time.Second)
	if got := h.m.pace(h.now); got != 0 {
		t.Errorf("pace %d while nothing moves", got)
	}
	h.run(paceKnown+1, steady(5e5))
	if got := h.m.pace(h.now); !near(float64(got), 5e5, 0.05) {
		t.Errorf("pace %d after a rest: the time of rest counts", got)
	}
	h.now = h.now.Add(1000 * time.Hour)
	if h.m.rate(h.now) != 0 || h.m.pace(h.now) != 0 {
		t.Error("a rate after a long rest")
	}
}

// What is left at the pace of a link that wavers: the time foretold comes to lie near the true one, and from one second to the
// next it never jumps.
func TestRemainingTimeIsHonestAndSteady(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mean := rapid.IntRange(100_000, 100_000_000).Draw(t, "mean")
		period := rapid.IntRange(1, 60).Draw(t, "period") // tenths of a second, on and off: batches that are committed
		wavering := func(tenth int) int {
			if tenth/period%2 == 0 {
				return 2 * mean * 9 / 10
			}
			return 2 * mean / 10
		}
		h := &trickle{now: time.Now()}
		h.run(30, wavering)
		last := 0.0
		for second := range 60 {
			h.run(1, func(tenth int) int { return wavering(10*second + tenth) })
			eta := 1e10 / float64(h.m.pace(h.now))
			if truth := 1e10 / float64(mean); math.Abs(eta-truth) > truth/2 {
				t.Fatalf("foretold %.0f s, true %.0f s", eta, truth)
			}
			if last > 0 && math.Abs(eta-last) > last/5 {
				t.Fatalf("from %.0f s to %.0f s in a second", last, eta)
			}
			last = eta
		}
	})
}

//go:build lab && linux

package labtest

import (
	"slices"
	"time"
)

// eventually asks cond every so often until it holds, and reports how long
// that took and whether it did within the limit.
func eventually(limit, every time.Duration, cond func() bool) (time.Duration, bool) {
	start := time.Now()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if cond() {
			return time.Since(start), true
		}
		if time.Since(start) > limit {
			return time.Since(start), false
		}
		<-tick.C
	}
}

// quantile returns the q-quantile (0 to 1) of the samples, nearest rank.
func quantile(samples []time.Duration, q float64) time.Duration {
	s := slices.Sorted(slices.Values(samples))
	if len(s) == 0 {
		return 0
	}
	return s[min(len(s)-1, int(q*float64(len(s))))].Round(time.Millisecond)
}

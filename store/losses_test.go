package store

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestWhatIsTooMuchToLose(t *testing.T) {
	for _, row := range []struct {
		what string
		loss loss
		want bool
	}{
		{"nothing", loss{had: 1000}, false},
		{"a few", loss{had: 1000, gone: 50, lost: 50}, false},
		{"all but content that is elsewhere", loss{had: 1000, gone: 800, lost: 0}, false},
		{"exactly a fifth", loss{had: 1000, gone: 200, lost: 200}, false},
		{"a file more than a fifth", loss{had: 1000, gone: 201, lost: 201}, true},
		{"half of few", loss{had: 100, gone: 50, lost: 50}, false},
		{"more than half of few", loss{had: 100, gone: 51, lost: 51}, true},
		{"the only file", loss{had: 1, gone: 1, lost: 1}, false},
		{"both files", loss{had: 2, gone: 2, lost: 2}, true},
		{"a fifth in parts", loss{had: 900, recent: 100, gone: 101, lost: 101}, true},
		{"a quarter of few on another disk", loss{had: 8, gone: 2, lost: 2, other: true}, true},
	} {
		if got := row.loss.tooMuch(); got != row.want {
			t.Errorf("%s: %v", row.what, got)
		}
	}
}

// However a deletion is cut into parts within the window, no more than the
// allowance passes; and a slow one passes entirely.
func TestLossesAddUpWithinTheWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		had := rapid.Int64Range(100, 10000).Draw(t, "files")
		now := time.Unix(rapid.Int64Range(0, 1<<32).Draw(t, "start"), 0)
		end := now.Add(lossWindow - time.Hour)
		var seen losses
		left := had
		for left > 0 && now.Before(end) {
			n := min(left, rapid.Int64Range(1, had).Draw(t, "part"))
			if (loss{had: left, gone: n, lost: n, recent: seen.within(now)}).tooMuch() {
				break
			}
			seen, left = seen.add(now, n), left-n
			now = now.Add(time.Duration(rapid.IntRange(0, 120).Draw(t, "minutes")) * time.Minute)
		}
		if passed := had - left; passed > lossFloor && passed*lossShare > had {
			t.Fatalf("%d of %d passed", passed, had)
		}
		if len(seen) > 25 {
			t.Fatalf("remembers %d hours", len(seen))
		}
	})
	seen, left, now := losses{}, int64(1000), time.Unix(0, 0)
	for left > 1 {
		n := max(1, left/10)
		if (loss{had: left, gone: n, lost: n, recent: seen.within(now)}).tooMuch() {
			t.Fatalf("a tenth a day was refused with %d left", left)
		}
		seen, left, now = seen.add(now, n), left-n, now.Add(25*time.Hour)
	}
}

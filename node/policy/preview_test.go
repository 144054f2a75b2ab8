package policy

import (
	"testing"
	"time"
)

func TestPreviewsAreBorrowedWhereOriginalsTakeLong(t *testing.T) {
	long := Queue{Incoming: Amount{1000, 4 << 30}, Pace: 500_000, Waited: time.Minute}
	with := func(change func(*Queue)) Queue { q := long; change(&q); return q }
	for name, tc := range map[string]struct {
		q     Queue
		least int64
		worth bool
	}{
		"a slow link":                 {long, selfPreview + 1, true},
		"a standstill":                {with(func(q *Queue) { q.Pace = 0 }), selfPreview + 1, true},
		"a fast link":                 {with(func(q *Queue) { q.Pace = 500 << 20 }), 0, false},
		"the first moment":            {with(func(q *Queue) { q.Waited = time.Second }), 0, false},
		"nothing to fetch":            {Queue{Waited: time.Hour}, 0, false},
		"hardly anything":             {with(func(q *Queue) { q.Incoming = Amount{20, 1 << 20}; q.Pace = 0 }), 0, false},
		"a pause":                     {with(func(q *Queue) { q.Paused = true }), 0, false},
		"a device that keeps nothing": {Queue{Keep: KeepNothing}, 1, true},
		"no room":                     {with(func(q *Queue) { q.Withheld, q.Pace = true, 500<<20 }), 1, true},
		"a pause without room":        {with(func(q *Queue) { q.Withheld, q.Paused = true, true }), 0, false},
	} {
		if least, worth := tc.q.Borrow(); least != tc.least || worth != tc.worth {
			t.Errorf("%s: %d, %v", name, least, worth)
		}
	}
}

func TestBatchFollowsSpeed(t *testing.T) {
	for _, tc := range []struct {
		speed int64
		want  int
	}{{0, 16}, {1, 4}, {50_000, 4}, {500_000, 48}, {100 << 20, 64}} {
		if got := Batch(tc.speed, 64); got != tc.want {
			t.Errorf("%d at %d bytes a second", got, tc.speed)
		}
	}
	if Batch(1<<40, 5) != 5 || Batch(0, 5) != 5 {
		t.Error("more than the most")
	}
}

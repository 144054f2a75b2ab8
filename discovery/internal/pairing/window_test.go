package pairing

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// model follows a window from outside: what was let in, what was tested.
type model struct {
	t        *rapid.T
	w        *Window
	now      time.Time
	from     map[int]string
	live     map[int]string // "queued", "waiting", "running", "confirmed"
	guesses  map[string]int // tested and wrong, by address
	total    int
	closed   bool
	reported int
}

func (m *model) step(event any) {
	for _, effect := range m.w.Step(m.now, event) {
		switch e := effect.(type) {
		case Start:
			if m.closed || m.live[e.ID] != "waiting" {
				m.t.Fatalf("started an exchange that is %q; closed: %v", m.live[e.ID], m.closed)
			}
			for id, state := range m.live {
				if state == "running" || state == "confirmed" {
					m.t.Fatalf("%d and %d run at once", id, e.ID)
				}
			}
			m.live[e.ID] = "running"
		case Refuse:
			delete(m.live, e.ID)
		case Report:
			m.reported++
		case Closed:
			if m.closed {
				m.t.Fatal("closed twice")
			}
			m.closed = true
			if len(m.live) > 0 {
				m.t.Fatalf("closed over %v", m.live)
			}
		}
	}
}

func (m *model) pick(states ...string) (int, bool) {
	var ids []int
	for id := range len(m.from) + 1 {
		for _, s := range states {
			if m.live[id] == s {
				ids = append(ids, id)
			}
		}
	}
	if len(ids) == 0 {
		return 0, false
	}
	return rapid.SampledFrom(ids).Draw(m.t, "exchange"), true
}

func (m *model) act() {
	switch rapid.SampledFrom([]string{"arrive", "arrive", "ready", "wrong", "wrong", "wrong", "harmless", "hang up", "time"}).Draw(m.t, "what") {
	case "arrive":
		id := len(m.from) + 1
		m.from[id] = fmt.Sprint("address ", rapid.IntRange(0, 14).Draw(m.t, "address"))
		m.live[id] = "queued"
		m.step(Arrived{ID: id, From: m.from[id]})
	case "ready":
		if id, ok := m.pick("queued"); ok {
			m.live[id] = "waiting"
			m.step(Ready{id})
		}
	case "wrong":
		if id, ok := m.pick("running"); ok {
			delete(m.live, id)
			m.guesses[m.from[id]]++
			m.total++
			m.step(Ended{ID: id, Err: ErrWrongCode})
		}
	case "harmless":
		if id, ok := m.pick("running"); ok {
			delete(m.live, id)
			m.step(Ended{ID: id, Err: ErrOtherHome, Harmless: true})
		}
	case "hang up":
		if id, ok := m.pick("queued", "waiting"); ok {
			delete(m.live, id)
			m.step(Ended{ID: id, Err: ErrAborted, Harmless: true})
		}
	case "time":
		m.now = m.now.Add(time.Duration(rapid.IntRange(0, 5).Draw(m.t, "seconds")) * time.Second)
		m.step(Tick{})
	}
}

func TestWindowNeverExceedsItsLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := time.Unix(1700000000, 0)
		m := &model{t: t, w: NewWindow(start, WindowTime), now: start, from: map[int]string{}, live: map[int]string{}, guesses: map[string]int{}}
		for range rapid.IntRange(0, 300).Draw(t, "events") {
			m.act()
			if m.total > MaxFailures || m.reported > maxReports {
				t.Fatalf("%d guesses, %d reports", m.total, m.reported)
			}
			for from, n := range m.guesses {
				if n > MaxAddressFailures {
					t.Fatalf("%d guesses from %s", n, from)
				}
			}
			if len(m.live) > maxWaiting {
				t.Fatalf("%d exchanges at once", len(m.live))
			}
		}
		if m.total == MaxFailures && !m.closed {
			t.Fatal("30 failures, still open")
		}
		m.now = m.w.Expires()
		for id := range m.live {
			delete(m.live, id)
		}
		for _, effect := range m.w.Step(m.now, Tick{}) {
			if c, ok := effect.(Closed); ok && !errors.Is(c.Err, ErrExpired) {
				t.Fatal(c.Err)
			}
		}
		if got := m.w.Step(m.now, Arrived{ID: -1, From: "late"}); len(got) != 1 {
			t.Fatalf("after the end: %v", got)
		}
	})
}

// A person who takes long over the question does not lose the window to its expiry.
func TestWindowWaitsForWhoeverHasProvenTheCode(t *testing.T) {
	now := time.Unix(1700000000, 0)
	w := NewWindow(now, WindowTime)
	w.Step(now, Arrived{ID: 1, From: "a"})
	w.Step(now, Ready{1})
	w.Step(now, Confirmed{1})
	late := w.Expires().Add(time.Second)
	if got := w.Step(late, Tick{}); len(got) != 0 {
		t.Errorf("at the expiry: %v", got)
	}
	got := w.Step(late, Ended{ID: 1})
	if len(got) != 1 || got[0] != (Closed{}) {
		t.Errorf("when it has joined: %v", got)
	}
}

func TestCodes(t *testing.T) {
	for range 100 {
		c := NewCode("K7")
		got, err := ParseCode(c.String())
		if err != nil || got != c || c.Nameplate() == "K7" {
			t.Fatal(c, got, err)
		}
	}
	want, err := ParseCode("K0-41P-X2R")
	if err != nil {
		t.Fatal(err)
	}
	for _, typed := range []string{"k041px2r", "ko4ipx2r", " K0 4LP–X2R ", "KO-4iP-x2r\n", "k 0 4 1 p x 2 r"} {
		if got, err := ParseCode(typed); err != nil || got != want {
			t.Errorf("%q: %v, %v", typed, got, err)
		}
	}
	for typed, says := range map[string]string{
		"":             "0 of 8 characters",
		"K7-4MP-X2":    "7 of 8 characters",
		"K7-4MP-X2RR":  "longer than 8",
		"K7-4MP-X2U":   `'U' is not used`,
		"K7-4MP-X2*":   `'*' is not used`,
		"Ⅻ7-4MP-X2R":   "is not used",
		"K7-4MP-X2R é": "'é' is not used",
	} {
		_, err := ParseCode(typed)
		if !errors.Is(err, ErrBadCode) {
			t.Errorf("%q: %v", typed, err)
		} else if !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v; want %q", typed, err, says)
		}
	}
}

func TestDeviceIsLockedOutOnAllItsAddresses(t *testing.T) {
	now := time.Now()
	w := NewWindow(now, WindowTime)
	for id, from := range []string{"10.0.0.3", "fe80::3", "10.0.0.3"} {
		w.Step(now, Arrived{ID: id, From: from, Peer: "mallory"})
		w.Step(now, Ready{id})
		w.Step(now, Ended{ID: id, Err: ErrWrongCode})
	}
	if got := w.Step(now, Arrived{ID: 9, From: "fe80::3", Peer: "mallory"}); len(got) != 1 || got[0] != (Refuse{9, ErrLockedOut}) {
		t.Errorf("a fourth try of one device: %v", got)
	}
	if got := w.Step(now, Arrived{ID: 10, From: "10.0.0.3", Peer: "ben"}); len(got) != 0 {
		t.Errorf("another device with the address of two failures: %v", got)
	}
}

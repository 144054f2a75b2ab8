package syncproto

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"homeroll/store/media"
)

// simHolder sends what it is leased at a speed of its own.
type simHolder struct {
	holder
	name   string
	speed  float64       // groups a second
	stalls time.Duration // when it falls silent; 0 = never
	credit float64
	came   int64 // groups, first ones only
}

// leaseSim is time going by in small steps.
type leaseSim struct {
	t       fataler
	l       *leases
	twice   int64 // groups that came although they were here
	holders []*simHolder
	now     time.Time
	passed  time.Duration
}

type fataler interface{ Fatalf(string, ...any) }

const simStep = 5 * time.Millisecond

func (s *leaseSim) run() {
	for s.l.left > 0 {
		if s.passed > time.Hour {
			s.t.Fatalf("%d groups are left after an hour", s.l.left)
		}
		s.step()
	}
}

func (s *leaseSim) step() {
	s.l.holders = int64(len(s.holders))
	slices.SortStableFunc(s.holders, func(a, b *simHolder) int { return cmp.Compare(b.rate, a.rate) })
	for _, h := range s.holders {
		for len(h.out) < runsAhead && s.lease(h) {
		}
	}
	s.now, s.passed = s.now.Add(simStep), s.passed+simStep
	for _, h := range s.holders {
		s.send(h)
	}
}

func (s *leaseSim) lease(h *simHolder) bool {
	free := len(s.l.free) > 0
	ls := s.l.next(&h.holder, s.now)
	if ls == nil {
		return false
	}
	for i := ls.first; i < ls.end; i++ {
		owed := 0
		for _, o := range s.l.out {
			if o.next <= i && i < o.end {
				owed++
			}
		}
		if s.l.have[i] || owed > 2 || owed == 2 && free {
			s.t.Fatalf("group %d (here: %v) is leased %d times while some are free: %v", i, s.l.have[i], owed, free)
		}
	}
	return true
}

func (s *leaseSim) send(h *simHolder) {
	if len(h.out) == 0 || h.stalls > 0 && s.passed > h.stalls {
		h.credit = 0
		return
	}
	for h.credit += h.speed * simStep.Seconds(); h.credit >= 1 && len(h.out) > 0; h.credit-- {
		ls := h.out[0]
		if s.l.proven(ls.next) {
			h.came++
		} else {
			s.twice++
		}
		s.l.arrived(ls, ls.next, s.now)
		h.rate = h.speed * media.GroupSize
		if ls.next == ls.end {
			s.l.close(ls)
		}
	}
}

// Whatever the holders' speeds, all are used to the end: the time is that of
// their sum, and what comes twice is what the slow ones had under way.
func TestHoldersSendInProportionToTheirSpeeds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		groups := rapid.Int64Range(1, 4000).Draw(t, "groups")
		s := &leaseSim{t: t, l: newLeases(groups), now: time.Unix(1000, 0)}
		sum, fastest, slowest := 0.0, 0.0, 1e3
		for i := range rapid.IntRange(1, 5).Draw(t, "holders") {
			speed := rapid.Float64Range(2, 500).Draw(t, "speed")
			s.holders = append(s.holders, &simHolder{name: fmt.Sprint(i), speed: speed})
			sum, fastest, slowest = sum+speed, max(fastest, speed), min(slowest, speed)
		}
		s.run()
		// Until the first group has come from it, nobody knows that a holder is slow: that may
		// cost a small item the fastest one's time for what the slow one was first asked for; the
		// slow one's, where several were asked for all of it before anything came.
		ideal, lost := float64(groups)/sum, 2+2*runsAhead*firstRun/fastest
		if groups <= int64(len(s.holders))*runsAhead*firstRun {
			lost = max(lost, runsAhead*firstRun/slowest)
		}
		if late := s.passed.Seconds() - ideal; late > 0.15*ideal+lost {
			t.Fatalf("%.2fs for %.2fs", s.passed.Seconds(), ideal)
		}
		for _, h := range s.holders {
			want := h.speed * s.passed.Seconds()
			if slack := 0.15*want + 2*h.speed + runsAhead*maxRun; float64(h.came) < want-slack || float64(h.came) > want+slack {
				t.Fatalf("%d groups from a holder of %.1f/s in %.1fs", h.came, h.speed, s.passed.Seconds())
			}
		}
		if most := int64(len(s.holders)) * runsAhead * maxRun; s.twice > most {
			t.Fatalf("%d groups came twice", s.twice)
		}
	})
}

func TestLeasesOfTheSilentAndTheGoneAreTakenOver(t *testing.T) {
	silent := &simHolder{name: "silent", speed: 100, stalls: 2 * time.Second}
	good := &simHolder{name: "good", speed: 50}
	gone := &simHolder{name: "gone", speed: 80}
	s := &leaseSim{t: t, l: newLeases(1500), now: time.Unix(1000, 0), holders: []*simHolder{silent, good, gone}}
	for s.l.left > 1000 {
		s.step()
	}
	for len(gone.out) > 0 {
		s.l.close(gone.out[0])
	}
	s.holders = []*simHolder{silent, good}
	s.run()
	if most := 1500/50*time.Second + 5*time.Second; s.passed > most {
		t.Errorf("it took %s", s.passed)
	}
	if silent.came > 210 || good.came < 800 || s.twice > runsAhead*maxRun {
		t.Errorf("%d from the silent one, %d from the good one, %d twice", silent.came, good.came, s.twice)
	}
}

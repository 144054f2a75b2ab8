package access

import (
	"math"
	"net/netip"
	"time"
)

// How often somebody may try. One address has a few tries, and then waits twice
// as long after each. All addresses together have a bucket of tries, so that
// many of them gain little; those from which people have signed in lately do
// not draw from it, so that a stranger cannot keep them out.
const (
	freeTries  = 4
	firstWait  = 2 * time.Second
	longest    = 10 * time.Minute
	forgetting = 2 * time.Hour    // after the last try of an address
	bucket     = 20               // tries
	refill     = 10 * time.Second // gives one back
	addresses  = 1024             // that are remembered
)

// throttle is a pure function of the tries and their times. Its zero value is
// ready.
type throttle struct {
	by   map[netip.Prefix]*tries
	debt time.Duration // until the bucket is full
	as   time.Time
}

// tries are those of one address.
type tries struct {
	wrong int
	last  time.Time
	next  time.Time // no try before
}

// debit pays for one try, or returns how long to wait for it.
func (t *throttle) debit(from netip.Addr, known bool, now time.Time) time.Duration {
	who := neighbourhood(from)
	t.drain(now)
	if t.by == nil {
		t.by = map[netip.Prefix]*tries{}
	}
	mine := t.by[who]
	if mine != nil && now.Sub(mine.last) > forgetting {
		mine = nil
	}
	if mine != nil && now.Before(mine.next) {
		return mine.next.Sub(now)
	}
	if most := (bucket - 1) * refill; !known && t.debt > most {
		return t.debt - most
	}
	if mine == nil {
		t.makeRoom(now)
		mine = &tries{}
		t.by[who] = mine
	}
	if !known {
		t.debt += refill
	}
	mine.wrong++
	mine.last = now
	mine.next = now.Add(waitAfter(mine.wrong))
	return 0
}

// waitAfter is how long an address waits after so many wrong tries.
func waitAfter(wrong int) time.Duration {
	over := wrong - freeTries
	if over < 0 {
		return 0
	}
	return min(longest, time.Duration(float64(firstWait)*math.Pow(2, float64(min(over, 20)))))
}

// forgive forgets the tries of an address, the last of which was right.
func (t *throttle) forgive(from netip.Addr, known bool) {
	delete(t.by, neighbourhood(from))
	if !known {
		t.debt = max(0, t.debt-refill)
	}
}

// drain gives back what time refills.
func (t *throttle) drain(now time.Time) {
	if !t.as.IsZero() && now.After(t.as) {
		t.debt = max(0, t.debt-now.Sub(t.as))
	}
	t.as = now
}

// makeRoom forgets addresses that may be forgotten, or else the one that tried
// longest ago.
func (t *throttle) makeRoom(now time.Time) {
	if len(t.by) < addresses {
		return
	}
	var oldest netip.Prefix
	var last time.Time
	for who, tried := range t.by {
		if now.Sub(tried.last) > forgetting {
			delete(t.by, who)
		} else if last.IsZero() || tried.last.Before(last) {
			oldest, last = who, tried.last
		}
	}
	if len(t.by) >= addresses {
		delete(t.by, oldest)
	}
}

// neighbourhood is what counts as one address: an IPv6 host has 2⁶⁴ of them.
func neighbourhood(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // the zero Prefix for the zero Addr
	return p
}

// Package policy decides, and does nothing: what to fetch from whom, how many
// copies count, and which one word and sentence tell a person how things
// stand. Everything in it is a pure function of what it is given, time
// included, so a simulator can drive it and golden files can hold it.
//
// Start with [Plan] (what to do now), [Count] (what the records say) and
// [Assess] (the status).
package policy

import (
	"time"

	"homeroll/store/media"
)

// Keep says what a device keeps of the other devices' media.
type Keep string

// What a device may keep.
const (
	KeepOriginals Keep = "originals"
	KeepNothing   Keep = "nothing"
)

// Wanted is an item that this device lacks and may fetch.
type Wanted struct {
	Item    media.Item
	Holders []media.Device // active ones
	Named   bool           // false: no device names it any more
	Newest  time.Time      // of the files that are it; zero = unknown
}

// Flight is an item that is being received now.
type Flight struct {
	Item   media.Item
	From   []media.Device // who is asked for it
	Since  time.Time
	Opened bool // room for it is taken, so Room is without it
	Landed bool // all its bytes are here; only its commit is awaited
}

// Room is what the vault may still take, in bytes.
type Room struct {
	Used    int64
	Budget  int64 // 0 = no limit
	Free    int64 // on the vault's disk; -1 = unknown
	Room    int64 // considering budget, reserve, and flights that are opened; negative counts as none
	Reserve int64
}

// Obstacle is why an item cannot be received although a peer offers it.
type Obstacle string

// The obstacles.
const (
	NoObstacle   Obstacle = ""
	BudgetFull   Obstacle = "budget" // the vault's budget
	DiskFull     Obstacle = "disk"   // the reserve of its disk
	HeldOff      Obstacle = "held off"
	NobodyOnline Obstacle = "nobody online"
)

// obstacle tells which limit keeps an item of size bytes out.
func (r Room) obstacle(size int64) Obstacle {
	if size <= r.Room {
		return NoObstacle
	}
	if r.Budget > 0 && r.Used+size > r.Budget {
		return BudgetFull
	}
	return DiskFull
}

// View is what a plan is made from.
type View struct {
	Now      time.Time
	Wanted   []Wanted // a page of them is enough, as [Sort] puts them
	InFlight []Flight
	Begun    Begun
	Online   []media.Device
	Speed    map[media.Device]int64 // bytes a second, as measured; none or 0 = not known
	Groups   Groups
	Room     Room
	Ledger   *Ledger // of failures; nil = none
	Paused   bool
}

// Begun counts the items that were begun to be fetched so far, in each lane.
type Begun struct{ Small, Large int64 }

// Rules are the limits of a plan. A zero limit means its default.
type Rules struct {
	Keep   Keep
	Copies int   // wanted in the whole home
	Items  int   // in flight at most
	Bytes  int64 // in flight at most, large items aside
	Large  int64 // from this size an item is large
	Larges int   // large items in flight at most
	Landed int   // items whose commit is awaited at most
	Divide int64 // from this size an item is asked of all its holders at once
	Files  int   // that may be open, of which each item in flight or landed may have one; 0 is any number
}

// LargeItem is from which size, in bytes, an item is large by default.
const LargeItem = 64 << 20

func (r Rules) withDefaults() Rules {
	if r.Keep == "" {
		r.Keep = KeepOriginals
	}
	r.Copies = orElse(r.Copies, 2)
	r.Items = orElse(r.Items, 1024)
	r.Bytes = orElse(r.Bytes, 256<<20)
	r.Large = orElse(r.Large, LargeItem)
	r.Larges = orElse(r.Larges, 2)
	r.Landed = orElse(r.Landed, 1536)
	r.Divide = orElse(r.Divide, 8<<20)
	if r.Files > 0 {
		r.Items, r.Landed = min(r.Items, r.Files), min(r.Landed, r.Files)
	}
	return r
}

func orElse[T int | int64](v, d T) T {
	if v == 0 {
		return d
	}
	return v
}

// Action is a Fetch, a Join, a Withhold or a Wake.
type Action interface{ action() }

// Fetch asks for the item from one holder or several at once, now.
type Fetch struct {
	Item media.Item
	From []media.Device
}

// Join asks one more holder for an item in flight.
type Join struct {
	Item media.Item
	From media.Device
}

// Withhold tells that an item cannot be received until something gives way.
type Withhold struct {
	Item media.Item
	Why  Obstacle
}

// Wake asks for another plan at a time, when the first back-off ends.
type Wake struct{ At time.Time }

func (Fetch) action()    {}
func (Join) action()     {}
func (Withhold) action() {}
func (Wake) action()     {}

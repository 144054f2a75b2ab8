package policy

import (
	"slices"
	"time"

	"homeroll/store/media"
)

// State is the one word for what a node is doing.
type State string

// The states, in the order in which they are tried: the first that is true is
// the node's.
const (
	Starting  State = "starting"
	Paused    State = "paused"
	Attention State = "attention" // something a person must do
	BackingUp State = "backing-up"
	Scanning  State = "scanning"
	Waiting   State = "waiting"
	Complete  State = "complete"
)

// Facts are all that a status is decided from.
type Facts struct {
	Now time.Time // its location is that of the sentences

	Starting    bool
	Paused      bool
	PausedUntil time.Time // zero = until resumed
	BySchedule  bool      // and not by a person

	Expelled       bool // removed from its home, and in no other one
	Twin           bool // another running node has this device's identity
	Problems       int
	FirstProblem   string   // a sentence without its full stop
	MissingFolders []string // paths
	HaltedFolders  []Halted
	VaultMoving    bool // nothing is fetched until it is in its new place

	Counts   Counts
	Copies   int // wanted
	Groups   Groups
	Others   []Other
	Flights  int // items being received
	Unplaced int64
	Withheld map[Obstacle]Amount
	Room     Room

	LastMove time.Time // a peer came, or a byte of media travelled
	Since    time.Time // this run of the node began

	Scanning      bool
	Files, Hashed int64 // of the running scan

	QuietAfter time.Duration // 0 = never
}

// Halted is a folder of which so much is gone that a person must say whether
// that was meant.
type Halted struct {
	Path string
	Lost int64  // files
	Why  string // a sentence without its full stop
}

// Other is another active device of the home.
type Other struct {
	Device   media.Device
	Name     string
	Online   bool
	LastSeen time.Time // zero = never
	Known    bool      // its records are known here
	Synced   bool      // online and compared without a difference
	Lacks    string    // why its records cannot be compared, a sentence
	Keep     Keep
}

// lingering is how long nothing may move before a peer that lacks something
// counts as not fetching it.
const lingering = 5 * time.Second

// looking is how long after its start a node looks for the others before it
// speaks for the home without them: what they added meanwhile is not known yet.
const looking = 10 * time.Second

// sending returns what online peers lack of what this device holds and seem
// to be fetching.
func (f *Facts) sending() Amount {
	var sum Amount
	if f.Now.Sub(f.LastMove) >= lingering {
		return sum
	}
	for _, o := range f.Others {
		if o.Online {
			sum.add(f.Counts.Peers[o.Device].Ours)
		}
	}
	return sum
}

// leftToFetch returns what this device would fetch and can within its budget.
func (f *Facts) leftToFetch() Amount {
	left, over := f.Counts.Incoming, f.Withheld[BudgetFull]
	return Amount{max(0, left.Items-over.Items), max(0, left.Bytes-over.Bytes)}
}

// silent returns the counted holders that have not been seen for too long.
func (f *Facts) silent() []Other {
	if f.QuietAfter <= 0 {
		return nil
	}
	return f.others(func(o Other) bool {
		return !o.Online && slices.Contains(f.Counts.Holders, o.Device) && f.Now.Sub(o.LastSeen) > f.QuietAfter
	})
}

func (f *Facts) others(match func(Other) bool) []Other {
	var found []Other
	for _, o := range f.Others {
		if match(o) {
			found = append(found, o)
		}
	}
	return found
}

func (f *Facts) nameOf(d media.Device) string {
	for _, o := range f.Others {
		if o.Device == d {
			return o.Name
		}
	}
	return "this device"
}

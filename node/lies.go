package node

import (
	"time"

	"homeroll/store"
	"homeroll/store/media"
)

// lies are the items that peers sent otherwise than they are. People hear of
// each, also when the item came whole from another holder: a disk that gives
// wrong bytes is no copy.
type lies map[lie]told

type lie struct {
	item media.ID
	by   media.Device
}

// told is what people hear of a lie, and when it was told last.
type told struct {
	store.Problem
	last time.Time
}

// A lie is shown for a while after it was last told, unless the same peer sends
// the item whole, or a person tries again.
const (
	lieShown = 3 * 24 * time.Hour
	maxLies  = 1000
)

// told notes one more.
func (l lies) tell(now time.Time, item media.ID, by media.Device, name string) {
	k := lie{item, by}
	p, known := l[k]
	if !known {
		if l.expire(now); len(l) >= maxLies {
			return
		}
		p.Problem = store.Problem{
			Item: item, Reason: "corrupt", Since: now,
			Detail: "the copy on " + name + " is damaged: its bytes do not match the hash",
			Hint:   "check the disk of " + name + "; another holder is asked where there is one",
		}
	}
	p.Attempts++
	p.last = now
	l[k] = p
}

// proven forgets a lie of one who sent the item whole.
func (l lies) proven(item media.ID, by media.Device) { delete(l, lie{item, by}) }

func (l lies) expire(now time.Time) {
	for k, p := range l {
		if now.Sub(p.last) > lieShown {
			delete(l, k)
		}
	}
}

package policy

import "time"

// Queue is what a device has yet to fetch, as previews see it.
type Queue struct {
	Keep     Keep
	Incoming Amount        // to be fetched
	Withheld bool          // some of it does not fit
	Pace     int64         // bytes of media received a second, 0 = not known
	Waited   time.Duration // for how long there has been something to fetch
	Paused   bool
}

// When previews are borrowed of what will come by itself: where that takes long,
// of items that are large beside their previews.
const (
	selfPreview  = 256 << 10 // an item up to this size is here as soon as its preview
	longQueue    = 15 * time.Second
	shortQueue   = 2 << 20 // bytes; less is not worth the work
	settlesAfter = 2 * time.Second
)

// Borrow reports whether to borrow previews of what is not here, and of items
// from how many bytes on.
func (q Queue) Borrow() (least int64, worth bool) {
	switch {
	case q.Paused:
		return 0, false
	case q.Keep == KeepNothing, q.Withheld:
		return 1, true
	case q.Incoming.Bytes < shortQueue || q.Waited < settlesAfter:
		return 0, false // also while the pace is a guess
	case q.Pace > 0 && q.Incoming.Bytes/q.Pace < int64(longQueue/time.Second):
		return 0, false
	}
	return selfPreview + 1, true
}

// Sizes of a request for previews.
const (
	previewBytes = 20 << 10 // of one, about
	fewPreviews  = 4
	requestTime  = 4 * time.Second // that one request may take at the peer's speed
)

// Batch returns how many previews to ask a peer for at once, at most most: what
// comes in a moment at its speed beside other media, so that newer pictures need
// not wait long.
func Batch(speed int64, most int) int {
	if speed <= 0 {
		return min(16, most)
	}
	n := speed / 2 * int64(requestTime/time.Second) / previewBytes
	return int(min(max(n, fewPreviews), int64(most)))
}

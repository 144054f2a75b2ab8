package node

import (
	"sync/atomic"

	"homeroll/store/media"
	"homeroll/syncproto"
)

// arrival is an item on its way into the store. It counts what of it is proven
// to be here, also by an earlier flight, so that people see a large file come.
type arrival struct {
	syncproto.Sink
	proven atomic.Int64 // bytes
}

func newArrival(sink syncproto.Sink) *arrival {
	a := &arrival{Sink: sink}
	a.count()
	return a
}

// count looks through the whole item.
func (a *arrival) count() {
	size := a.Item().Size
	proven := size
	for from := int64(0); ; {
		first, n := a.NextMissing(from)
		if n == 0 {
			break
		}
		from = first + n
		proven -= min(from*media.GroupSize, size) - first*media.GroupSize
	}
	a.proven.Store(proven)
}

// SetOutline may prove groups of an earlier flight.
func (a *arrival) SetOutline(o media.Outline) error {
	err := a.Sink.SetOutline(o)
	a.count()
	return err
}

func (a *arrival) Write(i int64, group []byte) error {
	err := a.Sink.Write(i, group)
	if err == nil {
		a.proven.Add(int64(len(group)))
	}
	return err
}

// arrive counts the sink's item as arriving until it is held or given back.
func (t *transfers) arrive(sink syncproto.Sink) *arrival {
	a := newArrival(sink)
	t.mu.Lock()
	t.arrivals[a.Item().ID] = a
	t.mu.Unlock()
	return a
}

func (t *transfers) arrived(id media.ID) {
	t.mu.Lock()
	delete(t.arrivals, id)
	t.mu.Unlock()
}

// proven sums up what is here of items that are not held yet.
func (t *transfers) proven() (bytes int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, a := range t.arrivals {
		bytes += a.proven.Load()
	}
	return bytes
}

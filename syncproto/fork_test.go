package syncproto

import (
	"testing"
	"testing/synctest"

	"homeroll/store/media"
)

// A device whose old database came back states something else under a number
// that it has used before. Who heard the first and who heard the second agree
// again, although neither is connected to the other or both to the device.
func TestForkedManifestsMeetThroughAThird(t *testing.T) {
	for _, first := range []uint64{1, 2} { // either may have the greater hash
		synctest.Test(t, func(t *testing.T) {
			lan := newLAN()
			a, b, c := newModel(1), newModel(2), newModel(3)
			ea, eb, ec := lan.node(a), lan.node(b), lan.node(c)
			old := a.copy()
			a.write([]media.Record{record(first)}, nil)
			up := connect(ea, eb)
			settled()
			_ = up.stop()

			a.mu.Lock()
			a.shelves = old.shelves
			a.mu.Unlock()
			ea = lan.node(a)
			a.write([]media.Record{record(3 - first)}, nil)
			up = connect(ea, ec)
			settled()
			_ = up.stop()

			near, far := connect(ea, ec), connect(ec, eb)
			settled()
			equalShelves(t, a, b, a.self)
			equalShelves(t, a, c, a.self)
			_, _ = near.stop(), far.stop()
			for _, e := range []*Exchange{ea, eb, ec} {
				e.Close()
			}
			lan.served.Wait()
		})
	}
}

package discovery

import (
	"testing"
)

// A device is removed while it and others are away, and admits a stranger
// meanwhile; when all meet, both are out everywhere.
func TestRemovalReachesThoseWhoWereAway(t *testing.T) {
	a, b, c, d := startHost(t, "a"), startHost(t, "b"), startHost(t, "c"), startHost(t, "d")
	pair(t, a, b)
	pair(t, a, c)
	b.await(t, "hearing of c", func() bool { return b.isMember(c.Device()) })
	connect(t, b, c)
	b.halt(t)
	c.halt(t)
	if err := a.Remove(t.Context(), c.Device()); err != nil {
		t.Fatal(err)
	}
	c = openHost(t, c.cfg)
	a.halt(t) // or c would hear of it before it admits d
	c.start(t)
	pair(t, c, d)
	a, b = openHost(t, a.cfg).start(t), openHost(t, b.cfg).start(t)
	// Each gets the others' new addresses, as multicast would tell.
	meet := func(x, y *testHost) { x.book.give(y.Device(), y.addr()) }
	for _, x := range []*testHost{a, b, c, d} {
		for _, y := range []*testHost{a, b, c, d} {
			if x != y {
				meet(x, y)
			}
		}
		x.urgeAll()
	}
	for _, h := range []*testHost{a, b} {
		h.await(t, "c and d out", func() bool {
			return nudge(h) && len(h.Members()) == 2 && !h.isMember(c.Device()) && !h.isMember(d.Device())
		})
	}
	a.awaitOnline(t, b)
	for _, h := range []*testHost{c, d} {
		h.await(t, "being told", func() bool { return nudge(h) && h.Home() != a.Home() && !h.isMember(a.Device()) })
	}
	t.Logf("c: %v (expelled %v), d: %v (expelled %v)", c.Members(), c.Expelled(), d.Members(), d.Expelled())
}

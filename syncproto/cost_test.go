package syncproto

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"homeroll/store/media"
)

// pairOf returns two nodes that both have n records of the first.
func pairOf(lan *lan, n uint64) (a, b *model, ea, eb *Exchange) {
	a, b = newModel(1), newModel(2)
	a.load(recordRange(0, n))
	s := b.shelf(a.self)
	s.fill(recordRange(0, n))
	s.root, s.known = a.shelf(a.self).root, true
	for _, pair := range [][2]*model{{a, b}, {b, a}} { // each knows the other
		from, to := pair[0].shelf(pair[0].self), pair[1].shelf(pair[0].self)
		to.root, to.known = from.root, true
	}
	return a, b, lan.node(a), lan.node(b)
}

func manifestBytes(e *Exchange) int64 { return e.Stats().ManifestIn + e.Stats().ManifestOut }

// TestCostFollowsTheDifference counts every byte, both ways, of both streams.
func TestCostFollowsTheDifference(t *testing.T) {
	const n = 100_000
	for _, c := range []struct {
		name    string
		changes uint64
		noLog   bool
		most    int64
	}{
		{"equal sets", 0, false, 1500},
		{"10 changes, remembered", 10, false, 3_000},
		{"10 changes, forgotten", 10, true, 5_000},
		{"1,000 changes, forgotten", 1000, true, 120_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lan := newLAN()
				a, b, ea, eb := pairOf(lan, n)
				a.noLog = c.noLog
				if c.changes > 0 {
					a.write(recordRange(n, n+c.changes/2), slices.Clone(a.shelf(a.self).sorted[:c.changes/2]))
				}
				up := connect(ea, eb)
				settled()
				equalShelves(t, a, b, a.self)
				cost := manifestBytes(eb)
				t.Logf("%d bytes", cost)
				if cost > c.most {
					t.Errorf("%d bytes, want at most %d", cost, c.most)
				}
				if err := up.stop(); err != nil {
					t.Error(err)
				}
				lan.served.Wait()
			})
		})
	}
}

func TestNewRecordsArePushedOnceAndNotEchoed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan := newLAN()
		a, b, ea, eb := pairOf(lan, 5000)
		up := connect(ea, eb)
		settled()
		before, fromB := manifestBytes(eb), eb.Stats().ManifestOut
		const pushes = 20
		for i := range uint64(pushes) {
			a.write([]media.Record{record(5000 + i)}, nil)
			synctest.Wait() // no time passes: it is there at once
			equalShelves(t, a, b, a.self)
			time.Sleep(pushEvery)
		}
		if b.applied != pushes || b.sets != 0 {
			t.Errorf("%d deltas applied, %d subtrees set; want %d and none", b.applied, b.sets, pushes)
		}
		if cost := (manifestBytes(eb) - before) / pushes; cost > 350 {
			t.Errorf("%d bytes a push", cost)
		}
		if echo := eb.Stats().ManifestOut - fromB; echo > 0 {
			t.Errorf("%d bytes went back", echo)
		}
		if err := up.stop(); err != nil {
			t.Error(err)
		}
		lan.served.Wait()
	})
}

// TestManyChangesAreStatedTogether: what changes all the time costs the peer few
// transactions, and is there soon after all the same.
func TestManyChangesAreStatedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan := newLAN()
		a, b, ea, eb := pairOf(lan, 5000)
		up := connect(ea, eb)
		settled()
		const writes, every = 100, 20 * time.Millisecond
		for i := range uint64(writes) {
			a.write([]media.Record{record(5000 + i)}, nil)
			time.Sleep(every)
		}
		time.Sleep(pushEvery)
		synctest.Wait()
		equalShelves(t, a, b, a.self)
		if most := int(writes*every/pushEvery) + pushBurst + 2; b.applied > most || b.sets != 0 {
			t.Errorf("%d deltas applied, %d subtrees set; want at most %d and none", b.applied, b.sets, most)
		}
		if err := up.stop(); err != nil {
			t.Error(err)
		}
		lan.served.Wait()
	})
}

func TestOneWalkServesPeersThatOfferTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan := newLAN()
		a, b, ea, eb := pairOf(lan, 20_000)
		c := newModel(3)
		ec := lan.node(c)
		up := connect(ea, eb, ec)
		settled()
		equalShelves(t, a, c, a.self)
		equalShelves(t, b, c, b.self)
		// The records are about 60 bytes each and do not shrink much below 40.
		if in := ec.Stats().ManifestIn; in > 20_000*100 {
			t.Errorf("%d bytes received: fetched from both?", in)
		}
		if err := up.stop(); err != nil {
			t.Error(err)
		}
		lan.served.Wait()
	})
}

package node_test

import (
	"fmt"
	"testing"

	"homeroll/node/api"
	"homeroll/node/nodetest"
)

// A device that comes back is not complete before it has compared records with the peer that it
// meets: what the peer got meanwhile is still to be fetched.
func TestCompleteIsNotSaidBeforeRecordsAreCompared(t *testing.T) {
	_, a, b := pairOf(t)
	for round := range 4 {
		a.Stop()
		name := fmt.Sprintf("away-%d.jpg", round)
		b.Write(name, nodetest.Photo(name, uint64(500+round), 30), taken)
		items := int64(12 + round + 1)
		b.Await("knowing the new picture", func(s *api.Status) bool { return sum(s.Copies.ByHolders) == items })
		a.Start()
		for {
			s := a.Status()
			if s.State != api.StateComplete || !s.Peers[0].Online {
				continue
			}
			if s.Copies.ByHolders[2] != items {
				t.Fatalf("round %d: complete with %v of %d items", round, s.Copies.ByHolders, items)
			}
			break
		}
	}
}

func sum(counts []int64) (n int64) {
	for _, c := range counts {
		n += c
	}
	return n
}

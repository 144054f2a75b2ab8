package node_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"homeroll/node/api"
	"homeroll/node/nodetest"
)

// Both pause and resume again and again while items of all sizes travel both ways. Whatever a
// pause meets, the transfers end, and go on after it.
func TestManyPausesWhileMediaTravel(t *testing.T) {
	h := nodetest.New(t)
	a, b := h.Device("anna"), h.Device("ben")
	for i, d := range []*nodetest.Device{a, b} {
		for n := range 40 {
			name := fmt.Sprintf("IMG_%02d.png", n)
			d.Write(name, nodetest.Photo(name, uint64(1000*i+n), []int{20, 90, 300, 700}[n%4]), taken)
		}
		d.Await("knowing its pictures", func(s *api.Status) bool { return s.Library.Items == 40 })
	}
	h.Pair(a, b)
	random := rand.New(rand.NewPCG(11, 12))
	ctx := t.Context()
	for range 40 {
		d := []*nodetest.Device{a, b}[random.IntN(2)]
		if err := d.Client.Pause(ctx, 0); err != nil {
			t.Fatal(err)
		}
		for range random.IntN(4) {
			if s := d.Status(); s.State != api.StatePaused && s.State != api.StateAttention {
				t.Fatalf("after pause: %s, %s", s.State, s.Reason)
			}
		}
		if err := d.Client.Resume(ctx); err != nil {
			t.Fatal(err)
		}
		for range random.IntN(10) {
			d.Status()
		}
	}
	resumed := time.Now()
	for _, d := range []*nodetest.Device{a, b} {
		s := d.AwaitState(api.StateComplete)
		if s.Vault.Items != 40 || s.ProblemCount != 0 {
			t.Errorf("%s: %d items in the vault, problems %+v", d.Name, s.Vault.Items, s.Problems)
		}
	}
	t.Logf("complete %v after the last pause", time.Since(resumed).Round(time.Millisecond))
	sameAs(t, a, b)
	sameAs(t, b, a)
}

package node

import (
	"testing"
	"time"

	"homeroll/node/policy"
	"homeroll/store"
	"homeroll/store/media"
)

// A lie is forgotten when its teller sends the item whole, alone: not when an item
// came of which it may have sent nothing.
func TestLieIsForgottenOnlyWhenItsTellerSentTheItem(t *testing.T) {
	const liar, honest = media.Device("liar"), media.Device("honest")
	it := media.Item{ID: media.ID{1}, Size: 1 << 20}
	for name, tc := range map[string]struct {
		from  []media.Device
		joins bool
		told  int
	}{
		"from the liar alone":    {[]media.Device{liar}, false, 0},
		"from another alone":     {[]media.Device{honest}, false, 1},
		"from another, at first": {[]media.Device{honest}, true, 1},
		"from both":              {[]media.Device{honest, liar}, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			tr := &transfers{
				low: make(chan struct{}, 1), flights: map[media.ID]*flight{}, got: map[media.ID]bool{},
				problems: map[media.ID]store.Problem{}, lies: lies{},
			}
			tr.lies.tell(time.Now(), it.ID, liar, "liar")
			f := newFlight(policy.Flight{Item: it, From: tc.from})
			tr.flights[it.ID] = f
			if tc.joins {
				tr.join(policy.Join{Item: it, From: liar})
			}
			tr.end(f, nil)
			if got := len(tr.openProblems()); got != tc.told {
				t.Errorf("%d problems, want %d", got, tc.told)
			}
		})
	}
}

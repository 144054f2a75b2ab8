package policy

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"homeroll/store/media"
)

func disks(ids ...byte) media.Profile {
	var p media.Profile
	for _, id := range ids {
		p.Disks = append(p.Disks, media.Disk{id})
	}
	return p
}

func TestDevicesThatShareADiskCountOnce(t *testing.T) {
	g := GroupByDisk(devices("a", "b", "c", "d"), map[media.Device]media.Profile{
		"a": disks(1), "b": disks(3), "c": disks(1, 2), "d": disks(2, 9), "gone": disks(3, 9),
	})
	if got := g.Shared(); !reflect.DeepEqual(got, [][]media.Device{devices("a", "c", "d")}) {
		t.Errorf("shared: %v", got)
	}
	if n := g.Len(); n != 2 {
		t.Errorf("%d groups", n)
	}
	if got := g.Counted(devices("d", "b", "gone", "a")); !slices.Equal(got, devices("a", "b")) {
		t.Errorf("counted: %v", got)
	}
}

func TestCount(t *testing.T) {
	h := Home{
		Self: "me", Others: devices("nas", "tv"), Copies: 2,
		Groups: GroupByDisk(devices("me", "nas", "tv"), nil),
		Keep:   map[media.Device]Keep{"tv": KeepNothing},
		Known:  map[media.Device]bool{"nas": true},
	}
	got := Count([]Row{
		{Holders: devices("me", "nas"), Named: true, Amount: Amount{100, 1000}},
		{Holders: devices("me"), Named: true, Amount: Amount{7, 70}},
		{Holders: devices("nas"), Named: true, Wanted: true, Amount: Amount{5, 50}},
		{Holders: devices("nas"), Named: true, Wanted: false, Amount: Amount{2, 20}}, // let go here, named elsewhere
		{Holders: devices("nas", "removed"), Wanted: false, Amount: Amount{3, 30}},   // kept
		{Holders: devices("tv"), Wanted: true, Amount: Amount{1, 10}},                // kept, offered
		{Holders: devices("removed"), Named: true, Wanted: true, Amount: Amount{9, 90}},
		{Named: true, Wanted: true, Amount: Amount{4, 40}},
	}, h)
	want := Counts{
		All:      Amount{114, 1140},
		Short:    Amount{14, 140},
		Kept:     Amount{4, 40},
		ByCopies: []int64{0, 14, 100},
		Incoming: Amount{6, 60},
		Outgoing: &Amount{7, 70},
		Peers: map[media.Device]PeerCount{
			"nas": {Held: Amount{110, 1100}, Missing: Amount{7, 70}, Ours: Amount{7, 70}},
			"tv":  {Held: Amount{1, 10}},
		},
		Holders: devices("nas", "tv"),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	h.Known = nil
	if got := Count(nil, h); got.Outgoing != nil {
		t.Error("outgoing is known although nobody's records are")
	}
}

// Complete may be said only where every promise of it holds, whatever else is
// true.
func TestCompleteMeansComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		flag := func(label string) bool { return rapid.Bool().Draw(t, label) }
		var rows []Row
		for range rapid.IntRange(0, 4).Draw(t, "rows") {
			holders := rapid.SliceOfDistinct(rapid.SampledFrom([]string{"me", "a", "b", "gone"}), rapid.ID[string]).Draw(t, "holders")
			rows = append(rows, Row{Holders: devices(holders...), Named: flag("named"), Wanted: flag("wanted"), Amount: Amount{1, 1}})
		}
		var others []Other
		for _, name := range []string{"a", "b"} {
			if flag("there") {
				o := Other{Device: media.Device(name), Name: name, Online: flag("online"), Known: flag("known"), Keep: KeepOriginals}
				o.Synced = o.Online && flag("synced")
				o.LastSeen = noon.Add(-rapid.SampledFrom([]time.Duration{time.Hour, 200 * time.Hour}).Draw(t, "silence"))
				others = append(others, o)
			}
		}
		f := homeOf(rows, others...)
		f.Unplaced = rapid.Int64Range(0, 1).Draw(t, "unplaced")
		f.Problems = rapid.IntRange(0, 1).Draw(t, "problems")
		state, reason := Assess(f)
		if state != Complete {
			if reason == "" {
				t.Fatalf("%s without a reason", state)
			}
			return
		}
		if len(others) == 0 || f.Unplaced > 0 || f.Problems > 0 || f.Counts.Short.Items > 0 || f.Counts.Incoming.Items > 0 {
			t.Fatalf("complete with %+v", f)
		}
		for _, o := range others {
			if !o.Known || o.Online && !o.Synced || !o.Online && noon.Sub(o.LastSeen) > f.QuietAfter && f.Counts.Peers[o.Device].Held.Items > 0 {
				t.Fatalf("complete with %+v", o)
			}
		}
	})
}

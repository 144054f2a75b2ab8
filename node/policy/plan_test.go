package policy

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"homeroll/store/media"
)

// item returns a distinct item that String and the golden file call by n.
func item(n byte, size int64) media.Item { return media.Item{ID: media.ID{n}, Size: size} }

func want(n byte, size int64, holders ...string) Wanted {
	return Wanted{Item: item(n, size), Holders: devices(holders...), Named: true}
}

func ample(v View) View {
	for i := range v.InFlight {
		if v.InFlight[i].Since.IsZero() {
			v.InFlight[i].Since = noon.Add(-time.Second)
		}
	}
	v.Now, v.Room = noon, Room{Room: 1 << 50, Free: 1 << 50}
	v.Groups = GroupByDisk(devices("me", "a", "b", "c"), nil)
	if v.Online == nil {
		v.Online = devices("a", "b")
	}
	return v
}

func roomFor(v View, room Room) View {
	v = ample(v)
	v.Room = room
	return v
}

func TestPlanWords(t *testing.T) {
	failed := func(f Fault, times int, from ...media.Device) *Ledger {
		l := &Ledger{}
		for range times {
			for _, d := range from {
				l.Failed(noon, item(1, 0).ID, d, f)
			}
		}
		return l
	}
	few := Rules{Items: 3, Bytes: 100, Large: 1000, Larges: 1}
	cases := []struct {
		name  string
		view  View
		rules Rules
	}{
		{"nothing is wanted", ample(View{}), Rules{}},
		{"short items first, then small ones; kept ones last", ample(View{Wanted: []Wanted{
			want(1, 10, "a", "b"), {Item: item(2, 5), Holders: devices("a")}, want(3, 30, "a"), want(4, 20, "b"), want(5, 20, "b"),
		}}), Rules{}},
		{"three copies are wanted, so two are short", ample(View{Wanted: []Wanted{want(1, 30, "a"), want(2, 20, "a", "b")}}), Rules{Copies: 3}},
		{"holders that share a disk count once", with2(ample(View{Wanted: []Wanted{want(1, 20, "a", "b"), want(2, 10, "a", "c")}}), func(v *View) {
			v.Groups = GroupByDisk(devices("me", "a", "b", "c"), map[media.Device]media.Profile{"a": {Disks: []media.Disk{{1}}}, "b": {Disks: []media.Disk{{1}}}})
		}), Rules{}},
		{"holders share the load", ample(View{Wanted: []Wanted{
			want(1, 10, "a", "b"), want(2, 10, "a", "b"), want(3, 10, "a", "b"), want(4, 10, "b"),
		}}), Rules{}},
		{"the load in flight counts", ample(View{
			InFlight: []Flight{{Item: item(9, 1<<20), From: devices("a")}},
			Wanted:   []Wanted{want(1, 10, "a", "b"), want(2, 10, "a", "b"), want(9, 1<<20, "a", "b")},
		}), Rules{}},
		{"nobody online has it", ample(View{Wanted: []Wanted{want(1, 10, "c")}}), Rules{}},
		{"at most three items", ample(View{
			InFlight: []Flight{{Item: item(9, 1), From: devices("a")}},
			Wanted:   []Wanted{want(1, 10, "a"), want(2, 10, "a"), want(3, 10, "a")},
		}), few},
		{"at most 100 bytes", ample(View{Wanted: []Wanted{want(1, 60, "a"), want(2, 60, "a")}}), few},
		{"one that is larger than the bytes flies alone", ample(View{Wanted: []Wanted{want(1, 500, "a"), want(2, 600, "a")}}), few},
		{"a large one does not keep small ones waiting", ample(View{
			InFlight: []Flight{{Item: item(9, 5000), From: devices("a")}},
			Wanted:   []Wanted{want(1, 4000, "a"), want(2, 60, "a")},
		}), few},
		{"commits that are awaited do not take a lane", ample(View{
			InFlight: []Flight{{Item: item(7, 60), From: devices("a"), Landed: true}, {Item: item(8, 60), From: devices("a"), Landed: true}, {Item: item(9, 60), From: devices("a"), Landed: true}},
			Wanted:   []Wanted{want(1, 60, "a")},
		}), few},
		{"too many commits are awaited", ample(View{
			InFlight: []Flight{{Item: item(8, 60), From: devices("a"), Landed: true}, {Item: item(9, 60), From: devices("a"), Landed: true}},
			Wanted:   []Wanted{want(1, 60, "a")},
		}), Rules{Landed: 2}},
		{"few files may be open, in flight", ample(View{Wanted: []Wanted{want(1, 60, "a"), want(2, 60, "a"), want(3, 60, "a")}}), Rules{Files: 2}},
		{"few files may be open, of commits", ample(View{
			InFlight: []Flight{{Item: item(8, 60), From: devices("a"), Landed: true}, {Item: item(9, 60), From: devices("a"), Landed: true}},
			Wanted:   []Wanted{want(1, 60, "a")},
		}), Rules{Files: 2, Landed: 5}},
		{"what does not fit the budget is withheld, smaller ones go on", roomFor(View{Wanted: []Wanted{want(1, 80, "a"), want(2, 20, "a", "b")}},
			Room{Room: 50, Used: 50, Budget: 100, Free: 1000}), Rules{}},
		{"what does not fit the disk is withheld", roomFor(View{Wanted: []Wanted{want(1, 80, "a")}},
			Room{Room: 50, Used: 50, Budget: 1000, Free: 150, Reserve: 100}), Rules{}},
		{"room is promised once", roomFor(View{
			InFlight: []Flight{{Item: item(9, 40), From: devices("a")}},
			Wanted:   []Wanted{want(1, 30, "a"), want(2, 35, "a"), want(3, 5, "a", "b")},
		}, Room{Room: 80, Free: 80}), Rules{}},
		{"an opened flight has its room already", roomFor(View{
			InFlight: []Flight{{Item: item(9, 40), From: devices("a"), Opened: true}},
			Wanted:   []Wanted{want(1, 30, "a"), want(2, 35, "a"), want(3, 5, "a", "b")},
		}, Room{Room: 80, Free: 80}), Rules{}},
		{"a failed pair waits, another holder is asked", ample(View{Wanted: []Wanted{want(1, 10, "a", "b")}, Ledger: failed(Lost, 1, "a")}), Rules{}},
		{"both failed: later", ample(View{Wanted: []Wanted{want(1, 10, "a", "b")}, Ledger: failed(Corrupt, 2, "a", "b")}), Rules{}},
		{"a streak holds the peer off for other items", ample(View{Wanted: []Wanted{want(2, 10, "a")}, Ledger: failed(Lost, streakFree, "a")}), Rules{}},
		{"speed decides: what a slow peer owes is soon too much", ample(View{
			Speed:  map[media.Device]int64{"a": 100 << 20, "b": 5 << 20},
			Wanted: []Wanted{want(1, 5<<20, "a", "b"), want(2, 5<<20, "a", "b"), want(3, 5<<20, "a", "b"), want(4, 5<<20, "a", "b")},
		}), Rules{}},
		{"one that is not measured is tried a little", ample(View{
			Speed:  map[media.Device]int64{"a": 1 << 20},
			Wanted: []Wanted{want(1, 3<<20, "a", "b"), want(2, 3<<20, "a", "b"), want(3, 3<<20, "a", "b"), want(4, 3<<20, "a", "b"), want(5, 3<<20, "a", "b")},
		}), Rules{}},
		{"a divided item is asked of all who may be asked", ample(View{Wanted: []Wanted{want(1, 20<<20, "a", "b", "c")}}), Rules{}},
		{"a divided item in flight is asked of who has come", ample(View{
			InFlight: []Flight{{Item: item(1, 20<<20), From: devices("a")}}, Wanted: []Wanted{want(1, 20<<20, "a", "b")},
		}), Rules{}},
		{"an overdue item is asked of another, one that is not is not", ample(View{
			InFlight: []Flight{{Item: item(1, 10), From: devices("a"), Since: noon.Add(-time.Minute)}, {Item: item(2, 10), From: devices("a")}},
			Wanted:   []Wanted{want(1, 10, "a", "b"), want(2, 10, "a", "b")},
		}), Rules{}},
		{"the newest day first, of a day the small ones", ample(View{Wanted: []Wanted{
			dated(want(1, 10, "a"), 48), dated(want(2, 20, "a"), 1), dated(want(3, 10, "a"), 2), dated(want(4, 30, "a"), 0), want(5, 1, "a"),
		}}), Rules{}},
		{"every eighth is the last", ample(View{Begun: Begun{Small: 7}, Wanted: []Wanted{want(1, 10, "a"), want(2, 20, "a"), want(3, 30, "a")}}), Rules{}},
		{"who sent three items corrupt is asked for what nobody else has", ample(View{
			Wanted: []Wanted{want(10, 10, "a"), want(11, 10, "a", "b"), want(12, 20<<20, "a", "b")}, Ledger: liar("a"),
		}), Rules{}},
		{"paused", ample(View{Paused: true, Wanted: []Wanted{want(1, 10, "a")}}), Rules{}},
		{"keep nothing", ample(View{Wanted: []Wanted{want(1, 10, "a")}}), Rules{Keep: KeepNothing}},
	}
	var out bytes.Buffer
	for _, c := range cases {
		fmt.Fprintln(&out, c.name)
		for _, a := range sortAndPlan(c.view, c.rules) {
			fmt.Fprintf(&out, "\t%s\n", describe(a))
		}
	}
	golden(t, "plan.golden", out.Bytes())
}

// dated gives an item an age in hours.
func dated(w Wanted, hours int) Wanted {
	w.Newest = noon.Add(-time.Duration(hours) * time.Hour)
	return w
}

// liar returns a ledger in which three items came corrupt from a peer, ten minutes ago.
func liar(d media.Device) *Ledger {
	l := &Ledger{}
	for n := range byte(liesFree) {
		l.Failed(noon.Add(-10*time.Minute), item(100+n, 0).ID, d, Corrupt)
	}
	return l
}

func sortAndPlan(v View, r Rules) []Action {
	Sort(v.Wanted, v.Groups, r.withDefaults().Copies)
	return Plan(v, r)
}

func with2(v View, change func(*View)) View {
	change(&v)
	return v
}

func describe(a Action) string {
	switch a := a.(type) {
	case Fetch:
		return fmt.Sprintf("fetch %d from %s", a.Item.ID[0], strings.Trim(fmt.Sprint(a.From), "[]"))
	case Join:
		return fmt.Sprintf("fetch %d from %s, too", a.Item.ID[0], a.From)
	case Withhold:
		return fmt.Sprintf("withhold %d: %s", a.Item.ID[0], a.Why)
	case Wake:
		return fmt.Sprintf("wake after %s", a.At.Sub(noon))
	}
	return "?"
}

func TestPlanKeepsItsRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"a", "b", "c"}
		v := ample(View{Ledger: &Ledger{}})
		v.Online = devices(rapid.SliceOfDistinct(rapid.SampledFrom(names), rapid.ID[string]).Draw(t, "online")...)
		v.Room = Room{Room: rapid.Int64Range(-10, 2000).Draw(t, "room")}
		for n := range rapid.IntRange(0, 40).Draw(t, "wanted") {
			holders := rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 3, rapid.ID[string]).Draw(t, "holders")
			w := want(byte(n), rapid.Int64Range(0, 300).Draw(t, "size"), holders...)
			if rapid.Bool().Draw(t, "flies") {
				f := Flight{Item: w.Item, From: w.Holders[:1], Opened: rapid.Bool().Draw(t, "opened")}
				f.Landed = f.Opened && rapid.Bool().Draw(t, "landed")
				v.InFlight = append(v.InFlight, f)
			}
			if rapid.Bool().Draw(t, "failed") {
				v.Ledger.Failed(noon, w.Item.ID, w.Holders[0], Lost)
			}
			v.Wanted = append(v.Wanted, w)
		}
		r := Rules{Items: 5, Bytes: 500, Large: 200, Larges: 2, Landed: 10}
		actions := sortAndPlan(v, r)
		if again := Plan(v, r); !reflect.DeepEqual(actions, again) {
			t.Fatalf("two plans of one view differ:\n%v\n%v", actions, again)
		}
		checkPlan(t, v, r, actions)
	})
}

func checkPlan(t *rapid.T, v View, r Rules, actions []Action) {
	flying := slices.Clone(v.InFlight)
	before := len(flying)
	for _, a := range actions {
		f, ok := a.(Fetch)
		if !ok {
			continue
		}
		i := slices.IndexFunc(v.Wanted, func(w Wanted) bool { return w.Item == f.Item })
		for _, d := range f.From {
			if !slices.Contains(v.Wanted[i].Holders, d) || !slices.Contains(v.Online, d) {
				t.Fatalf("fetch %v from %s, which is no holder online", f.Item, d)
			}
			if _, blocked := v.Ledger.blocked(v.Now, f.Item.ID, d); blocked {
				t.Fatalf("fetch %v from %s in spite of its back-off", f.Item, d)
			}
		}
		if slices.ContainsFunc(flying, func(g Flight) bool { return g.Item == f.Item }) {
			t.Fatalf("fetch %v twice", f.Item)
		}
		flying = append(flying, Flight{Item: f.Item, From: f.From})
	}
	if len(flying) == before {
		return
	}
	var promised int64
	items, bytes, larges := 0, int64(0), 0
	for _, f := range flying {
		if !f.Opened {
			promised += f.Item.Size
		}
		switch {
		case f.Landed:
		case f.Item.Size >= r.Large:
			larges++
		default:
			items++
			bytes += f.Item.Size
		}
	}
	if promised > v.Room.Room {
		t.Fatalf("%d bytes promised of a room of %d", promised, v.Room.Room)
	}
	for _, f := range flying[before:] {
		if f.Item.Size >= r.Large && larges > r.Larges {
			t.Fatalf("%d large items in flight", larges)
		}
		if f.Item.Size < r.Large && items > 1 && (items > r.Items || bytes > r.Bytes) {
			t.Fatalf("%d items of %d bytes in flight", items, bytes)
		}
	}
}

func TestLedger(t *testing.T) {
	id := item(1, 0).ID
	var l Ledger
	last := time.Duration(0)
	for n := 1; n < 100; n++ {
		if got := l.Failed(noon, id, "a", Corrupt); got != n {
			t.Fatalf("failure %d counts as %d", n, got)
		}
		until, blocked := l.blocked(noon, id, "a")
		if wait := until.Sub(noon); !blocked || wait < last || wait > time.Hour {
			t.Fatalf("failure %d waits %s after %s", n, wait, last)
		} else {
			last = wait
		}
	}
	l.Reconnected("a")
	if _, blocked := l.blocked(noon, id, "a"); !blocked {
		t.Error("a new connection forgave corrupt bytes")
	}
	l.Succeeded(id, "b")
	if _, blocked := l.blocked(noon, id, "a"); blocked {
		t.Error("the item is here and still blocked")
	}
	l.Failed(noon, id, "a", Lost)
	l.Reconnected("a")
	if _, blocked := l.blocked(noon, id, "a"); blocked {
		t.Error("a new connection did not forgive a lost one")
	}
	for n := range maxFailures + 10 {
		l.Failed(noon, media.ID{byte(n), byte(n >> 8), byte(n >> 16)}, "a", Lost)
	}
	if len(l.failures) > maxFailures {
		t.Errorf("the ledger grew to %d items", len(l.failures))
	}
}

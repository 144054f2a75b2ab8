package policy

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"homeroll/store/media"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.FixedZone("", 3600))

// twoDevices are the facts of a home of this device ("me") and a NAS that hold
// the same ten items.
func twoDevices(rows ...Row) Facts {
	if rows == nil {
		rows = []Row{{Holders: devices("me", "nas"), Named: true, Amount: Amount{10, 50e6}}}
	}
	return homeOf(rows, Other{Device: "nas", Name: "nas", Online: true, LastSeen: noon, Known: true, Synced: true, Keep: KeepOriginals})
}

func homeOf(rows []Row, others ...Other) Facts {
	f := Facts{Now: noon, Copies: 2, Others: others, QuietAfter: 7 * 24 * time.Hour}
	h := Home{Self: "me", Copies: 2, Keep: map[media.Device]Keep{}, Known: map[media.Device]bool{}}
	for _, o := range others {
		h.Others = append(h.Others, o.Device)
		h.Keep[o.Device], h.Known[o.Device] = o.Keep, o.Known
	}
	h.Groups = GroupByDisk(append(devices("me"), h.Others...), nil)
	f.Groups, f.Counts = h.Groups, Count(rows, h)
	return f
}

func devices(names ...string) []media.Device {
	ds := make([]media.Device, len(names))
	for i, n := range names {
		ds[i] = media.Device(n)
	}
	return ds
}

func mine(n, bytes int64) Row {
	return Row{Holders: devices("me"), Named: true, Amount: Amount{n, bytes}}
}

func theirs(n, bytes int64) Row {
	return Row{Holders: devices("nas"), Named: true, Wanted: true, Amount: Amount{n, bytes}}
}

func with(f Facts, change func(*Facts)) Facts {
	change(&f)
	return f
}

func offlineSince(f Facts, d time.Duration) Facts {
	f.Others[0].Online, f.Others[0].Synced, f.Others[0].LastSeen = false, false, noon.Add(-d)
	return f
}

func TestAssessWords(t *testing.T) {
	shared := map[media.Device]media.Profile{"me": {Disks: []media.Disk{{1}}}, "nas": {Disks: []media.Disk{{2}, {1}}}}
	cases := []struct {
		name  string
		facts Facts
	}{
		{"started just now, the other not met yet", with(offlineSince(twoDevices(), time.Hour), func(f *Facts) { f.Since = noon.Add(-9 * time.Second) })},
		{"started a while ago, the other not met", with(offlineSince(twoDevices(), time.Hour), func(f *Facts) { f.Since = noon.Add(-10 * time.Second) })},
		{"starting wins over all", with(twoDevices(), func(f *Facts) { f.Starting, f.Paused, f.Problems = true, true, 3 })},
		{"paused for a while", with(twoDevices(), func(f *Facts) { f.Paused, f.PausedUntil = true, noon.Add(125*time.Minute).UTC() })},
		{"paused until another day", with(twoDevices(), func(f *Facts) { f.Paused, f.PausedUntil = true, noon.Add(20*time.Hour) })},
		{"paused by the schedule", with(twoDevices(), func(f *Facts) { f.Paused, f.BySchedule, f.PausedUntil = true, true, noon.Add(10*time.Hour) })},
		{"paused by a schedule without an end", with(twoDevices(), func(f *Facts) { f.Paused, f.BySchedule = true, true })},
		{"paused without an end, with a problem", with(twoDevices(), func(f *Facts) { f.Paused, f.Problems = true, 1 })},
		{"one problem while fetching", with(twoDevices(theirs(3, 9e6)), func(f *Facts) {
			f.Flights, f.Problems, f.FirstProblem = 3, 1, "/p/a.jpg is unreadable: permission denied"
		})},
		{"many problems", with(twoDevices(), func(f *Facts) { f.Problems, f.FirstProblem = 1200, "/p/a.jpg is unreadable" })},
		{"a folder is missing", with(twoDevices(), func(f *Facts) { f.MissingFolders = []string{"/mnt/sd"} })},
		{"two folders are missing", with(twoDevices(), func(f *Facts) { f.MissingFolders = []string{"/mnt/sd", "/mnt/x"} })},
		{"a folder is halted", with(twoDevices(), func(f *Facts) {
			f.Problems, f.HaltedFolders = 1, []Halted{{Path: "/mnt/sd", Lost: 300, Why: "300 of its 1000 files are gone all at once"}}
		})},
		{"the vault is being moved", with(twoDevices(), func(f *Facts) { f.VaultMoving = true })},
		{"two instances of one key", with(twoDevices(), func(f *Facts) { f.Twin = true })},
		{"fetching", with(twoDevices(theirs(1204, 5e9)), func(f *Facts) { f.Flights = 256 })},
		{"sending to a peer that fetches", with(twoDevices(mine(1, 4e6)), func(f *Facts) { f.LastMove = noon.Add(-4 * time.Second) })},
		{"both ways while scanning", with(twoDevices(mine(2, 4e6), theirs(3, 9e6)), func(f *Facts) {
			f.LastMove, f.Flights, f.Scanning = noon, 1, true
		})},
		{"placing names", with(twoDevices(), func(f *Facts) { f.Unplaced = 12 })},
		{"scanning", with(twoDevices(), func(f *Facts) { f.Scanning, f.Hashed, f.Files = true, 12, 1204 })},
		{"scanning before anything is found", with(twoDevices(), func(f *Facts) { f.Scanning = true })},
		{"scanning alone", with(homeOf(nil), func(f *Facts) { f.Scanning, f.Hashed, f.Files = true, 0, 1 })},
		{"alone", homeOf([]Row{mine(10, 5e6)})},
		{"alone with nothing", homeOf(nil)},
		{"removed from its home", with(homeOf(nil), func(f *Facts) { f.Expelled = true })},
		{"short, the only other device is offline", offlineSince(twoDevices(mine(10, 5e6)), 2*time.Hour+time.Minute)},
		{"to fetch, the holder is offline", offlineSince(twoDevices(theirs(10, 5e6)), 3*time.Minute)},
		{"short, two are offline", with(homeOf([]Row{mine(1, 1)},
			Other{Device: "a", Name: "attic", Known: true, LastSeen: noon.Add(-70 * time.Hour)},
			Other{Device: "b", Name: "barn", Known: true, LastSeen: noon.Add(-time.Hour)}), func(*Facts) {})},
		{"paired, never connected", homeOf([]Row{mine(1, 1)}, Other{Device: "nas", Name: "nas"})},
		{"paired, records still to come, nothing of its own", homeOf(nil, Other{Device: "nas", Name: "nas", Online: true, LastSeen: noon})},
		{"records that cannot be read", homeOf(nil, Other{Device: "nas", Name: "nas", Online: true, Lacks: "it is too old (0.1)"})},
		{"one disk", with(twoDevices(mine(10, 5e6)), func(f *Facts) { f.Groups = GroupByDisk(devices("me", "nas"), shared) })},
		{"three copies wanted of two devices", with(twoDevices(), func(f *Facts) {
			f.Copies, f.Counts.Short = 3, Amount{10, 5e6}
		})},
		{"the other keeps nothing", with(twoDevices(mine(10, 5e6)), func(f *Facts) { f.Others[0].Keep = KeepNothing })},
		{"vault full by its budget, short", with(twoDevices(theirs(3, 12e6)), func(f *Facts) {
			f.Withheld, f.Room = map[Obstacle]Amount{BudgetFull: {3, 12e6}}, Room{Budget: 110e9}
		})},
		{"vault full by its disk", with(twoDevices(theirs(1, 12e6)), func(f *Facts) {
			f.Withheld, f.Room = map[Obstacle]Amount{DiskFull: {1, 12e6}}, Room{Free: 900e6, Reserve: 1e9}
		})},
		{"the peer is connected and does not fetch", with(twoDevices(mine(3, 12e6)), func(f *Facts) { f.LastMove = noon.Add(-time.Minute) })},
		{"held off after failures", twoDevices(theirs(3, 12e6))},
		{"a counted holder is silent", offlineSince(twoDevices(), 8*24*time.Hour)},
		{"complete", twoDevices()},
		{"complete, the peer slept for a day", offlineSince(twoDevices(), 24*time.Hour)},
		{"complete, a kept item is held once", twoDevices(
			Row{Holders: devices("me", "nas"), Named: true, Amount: Amount{10, 5e6}},
			Row{Holders: devices("nas"), Amount: Amount{1, 4e6}})},
		{"complete, safe items beyond the budget", with(homeOf(
			[]Row{{Holders: devices("a", "b"), Named: true, Wanted: true, Amount: Amount{3, 12e6}}},
			Other{Device: "a", Name: "attic", Online: true, Known: true, Synced: true, LastSeen: noon},
			Other{Device: "b", Name: "barn", Online: true, Known: true, Synced: true, LastSeen: noon}), func(f *Facts) {
			f.Withheld = map[Obstacle]Amount{BudgetFull: {3, 12e6}}
		})},
	}
	var out bytes.Buffer
	for _, c := range cases {
		state, reason := Assess(c.facts)
		fmt.Fprintf(&out, "%s\n\t%s: %s\n", c.name, state, reason)
	}
	golden(t, "assess.golden", out.Bytes())
}

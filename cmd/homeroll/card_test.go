package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"homeroll/node/api"
)

var update = flag.Bool("update", false, "write golden files anew")

// golden compares with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want = bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n")); !bytes.Equal(got, want) {
		t.Errorf("%s differs; got\n%s\nwant\n%s", name, got, want)
	}
}

var testNow = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func before(d time.Duration) *time.Time {
	then := testNow.Add(-d)
	return &then
}

func some[T any](v T) *T { return &v }

// The card of each state, from statuses as nodes give them.
func TestCards(t *testing.T) {
	for name, s := range testStatuses() {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			renderCard(&b, s, testNow, false)
			golden(t, "card/"+name+".golden", b.Bytes())
		})
	}
}

func testStatuses() map[string]*api.Status {
	device := api.Device{ID: "12D3KooWAnna", Name: "anna-laptop", Version: "0.1.0", Role: "originals"}
	library := api.Library{Items: 1234, Bytes: 5678901234, Folders: []api.Folder{
		{Path: "/home/anna/Pictures", Label: "Pictures", Items: 1200, Files: 1210, Bytes: 5e9, State: "watching"},
		{Path: "/mnt/camera", Label: "camera", Items: 34, Files: 34, Bytes: 678901234, State: "missing", Detail: "the directory is not there"},
	}}
	vault := api.Vault{Path: "/home/anna/Homeroll", Items: 900, Bytes: 4e9, Budget: some(int64(110e9)), Free: some(int64(80e9))}
	nas := api.Peer{ID: "12D3KooWNas", Name: "nas", Role: "originals", Online: true, Address: some("192.168.1.20:8471"), LastSeen: before(0), Held: 1234, AsOf: before(0)}
	old := api.Peer{ID: "12D3KooWOld", Name: "Großmutters PC", Role: "originals", LastSeen: before(9 * 24 * time.Hour), Held: 800, Missing: 434, AsOf: before(9 * 24 * time.Hour), Version: "0.0.9", Lacks: []string{"reduced copies"}}
	return map[string]*api.Status{
		"alone": {
			Device: device, State: api.StateWaiting, Reason: "No other device yet: run homeroll pair",
			Library: api.Library{Items: 1, Bytes: 4e6, Folders: []api.Folder{{Path: "/home/anna/Pictures", Items: 1, State: "watching"}}},
			Vault:   api.Vault{Path: "/home/anna/Homeroll", Budget: some(int64(110e9))},
			Copies:  api.Copies{Wanted: 2, Short: 1, ByHolders: []int64{0, 1}},
		},
		"complete": {
			Device: device, State: api.StateComplete,
			Library: library, Vault: vault, Peers: []api.Peer{nas},
			Copies:  api.Copies{Wanted: 2, Kept: 3, ByHolders: []int64{0, 0, 1100, 134}},
			Skipped: []api.Skipped{{Type: "pdf", Files: 3}, {Type: "empty", Files: 1}},
		},
		"backing-up": {
			Device: device, State: api.StateBackingUp, Reason: "Fetching 340 items from nas",
			Library: library, Vault: vault, Peers: []api.Peer{nas, old},
			Copies:   api.Copies{Wanted: 2, Short: 340, ByHolders: []int64{0, 340, 894}},
			Incoming: api.Flow{Items: some(int64(340)), Bytes: some(int64(1.2e9)), BytesPerSecond: 50e6},
			Outgoing: api.Flow{BytesPerSecond: 12e6},
			Progress: api.Progress{Done: 12, Total: 352, ETASeconds: some(int64(60))},
		},
		"attention": {
			Device: device, State: api.StateAttention, Reason: "7 files cannot be backed up",
			Library: api.Library{}, Vault: api.Vault{Path: "/srv/homeroll"}, Peers: []api.Peer{old},
			Copies:       api.Copies{Wanted: 2},
			ProblemCount: 7,
			Problems: []api.Problem{
				{Path: some("/home/anna/Pictures/a\x1b[31m.jpg"), Reason: "unreadable", Detail: "permission denied", Hint: "let this user read it: chmod u+r", Since: *before(time.Hour), Attempts: 3},
				{Hash: some("af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"), Reason: "unavailable", Since: *before(time.Hour)},
				{Reason: "two instances"}, {Reason: "x"}, {Reason: "y"}, {Reason: "z"},
			},
			Phones: []api.Phone{{Name: "Anna's phone", LastUpload: before(2 * time.Hour), Items: 9}},
		},
	}
}

func TestNumbersForPeople(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 9949: "9.9 kB", 110e9: "110 GB", 999_600_000: "1.0 GB", 5678901234: "5.7 GB", 3e12: "3.0 TB"} {
		if got := bytesText(n); got != want {
			t.Errorf("%d bytes are %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1204: "-1,204"} {
		if got := countText(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

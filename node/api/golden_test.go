package api

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func ptr[T any](v T) *T { return &v }

// documents are one of each, with every field at work in at least one.
var documents = map[string]any{
	"status-complete": Status{
		Schema: Schema,
		Device: Device{ID: "12D3KooWExampleExampleExampleExampleExampleExample01", Name: "anna-laptop", Version: "0.1.0", Role: "originals", Held: 2100},
		State:  StateComplete,
		Library: Library{Items: 1200, Bytes: 5_678_901_234, Folders: []Folder{
			{Path: "/home/anna/Pictures", Label: "Pictures", Items: 1200, Files: 1204, Bytes: 5_678_901_234, State: "watching", Ignore: []string{"*.tmp"}},
		}},
		Vault:    Vault{Path: "/home/anna/Homeroll", Items: 900, Bytes: 4_000_000_000, Free: ptr[int64](80_000_000_000), Reserve: ptr[int64](10_000_000_000)},
		Copies:   Copies{Wanted: 2, Short: 0, Kept: 3, ByHolders: []int64{0, 0, 1966, 134}},
		Incoming: Flow{Items: ptr[int64](0), Bytes: ptr[int64](0)},
		Outgoing: Flow{Items: ptr[int64](0), Bytes: ptr[int64](0)},
		Progress: Progress{Done: 2100, Total: 2100, BytesDone: ptr[int64](9_000_000_000), BytesTotal: ptr[int64](9_000_000_000)},
		Skipped:  []Skipped{{Type: "pdf", Files: 3, Paths: []string{"/home/anna/Pictures/bill.pdf"}}},
		Problems: []Problem{},
		Peers: []Peer{{
			ID: "12D3KooWExampleExampleExampleExampleExampleExample02", Name: "nas", Role: "originals", Online: true,
			Address: ptr("192.168.1.9:8471"), LastSeen: ptr(at("2026-11-23T10:00:00Z")), Held: 2103, AsOf: ptr(at("2026-11-23T10:00:00Z")), Version: "0.1.0",
		}},
		Phones:  []Phone{},
		Address: Address{Listen: []string{"/ip4/192.168.1.4/tcp/8471/p2p/12D3KooWExampleExampleExampleExampleExampleExample01"}},
	},
	"status-line-attention": Status{
		Schema: Schema, Type: "status",
		Device:   Device{ID: "12D3KooWExampleExampleExampleExampleExampleExample01", Name: "anna-laptop", Version: "0.1.0", Role: "originals", Held: 1200},
		State:    StateAttention,
		Reason:   "1 problem: /home/anna/Pictures/a.jpg: permission denied",
		Library:  Library{Folders: []Folder{{Path: "/mnt/sd", Label: "sd", State: "missing", Detail: "no such directory"}}},
		Vault:    Vault{Path: "/home/anna/Homeroll", Budget: ptr[int64](110_000_000_000)},
		Copies:   Copies{Wanted: 2, Short: 1, ByHolders: []int64{0, 1, 0}},
		Incoming: Flow{Items: ptr[int64](12), Bytes: ptr[int64](48_000_000), BytesPerSecond: 11_000_000},
		Progress: Progress{Done: 12, Total: 340, BytesDone: ptr[int64](40_000_000), BytesTotal: ptr[int64](900_000_000), ETASeconds: ptr[int64](5)},
		Skipped:  []Skipped{}, ProblemCount: 1,
		Problems: []Problem{{
			Path: ptr("/home/anna/Pictures/a.jpg"), Reason: "unreadable", Detail: "permission denied",
			Hint: "let the user who runs homeroll read it", Since: at("2026-11-23T09:00:00Z"), Attempts: 3,
		}},
		Peers: []Peer{{
			ID: "12D3KooWExampleExampleExampleExampleExampleExample02", Name: "nas", Role: "originals", Missing: 1,
			Lacks: []string{"nas (0.9) cannot send compressed media to this version"},
		}},
		Phones:  []Phone{{Name: "anna's phone", LastUpload: ptr(at("2026-11-22T20:15:00Z")), Items: 9}},
		Address: Address{Web: ptr("http://127.0.0.1:8470"), Listen: []string{}},
	},
	"error":         Error{Schema, "error", ExitCode, "wrong code", "read it again on the other device"},
	"pair-code":     PairEvent{Schema: Schema, Type: EventCode, Code: "K7-4MP-X2R", Expires: ptr(at("2026-11-23T10:05:00Z"))},
	"pair-attempt":  PairEvent{Schema: Schema, Type: EventAttempt, From: "192.168.1.77", Message: "wrong code"},
	"pair-progress": PairEvent{Schema: Schema, Type: EventProgress, Message: "looking for the device that shows K7"},
	"pair-confirm":  PairEvent{Schema: Schema, Type: EventConfirm, From: "nas", Members: []string{"nas", "tv"}, Session: "Q2M7ZK"},
	"pair-paired":   PairEvent{Schema: Schema, Type: EventPaired, Device: &Peer{ID: "12D3KooWExampleExampleExampleExampleExampleExample02", Name: "nas"}},
	"copies": CopiesInfo{
		Schema: Schema, Hash: "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262", Size: 4_123_456, Copies: 2, Wanted: 2,
		Holders: []Holder{{
			Device: "anna-laptop", ID: "12D3KooWExampleExampleExampleExampleExampleExample01", Online: true, Self: true, Counted: true,
			Verified: ptr(at("2026-11-23T09:59:58Z")), Paths: []string{"/home/anna/Pictures/2026/IMG_1.jpg"},
		}, {
			Device: "nas", ID: "12D3KooWExampleExampleExampleExampleExampleExample02", Counted: true, Paths: []string{},
		}},
		Names: []ItemName{{Device: "anna-laptop", Folder: "Pictures", Path: "2026/IMG_1.jpg", MTime: at("2026-11-20T17:30:01Z")}},
	},
	"problems": ProblemsDoc{
		Schema: Schema,
		Problems: []Problem{{
			Hash: ptr("af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"), Reason: "corrupt",
			Detail: "the copy on nas is damaged: its bytes do not match the hash", Hint: "check the disk of nas", Since: at("2026-11-23T09:00:00Z"), Attempts: 1,
		}},
		Skipped: []Skipped{{Type: "empty", Files: 1, Paths: []string{"/home/anna/Pictures/x.jpg"}}},
	},
	"show": ShowInfo{
		Schema: Schema, Hash: "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262", Size: 2_123_456,
		Type: ptr("image/heic"), Width: ptr(4032), Height: ptr(3024), Orientation: ptr(6),
		Taken: &Taken{
			Local: ptr("2024-10-16T11:34:05.758"), UTC: ptr(at("2024-10-16T09:34:05.758Z")), Offset: ptr("+02:00"), Source: "EXIF SubSecDateTimeOriginal",
		},
		Make: ptr("Apple"), Model: ptr("iPhone 12"), Lens: ptr("iPhone 12 back dual wide camera 4.2mm f/1.6"),
		GPS: &Position{59.91390, -10.7522}, DurationSeconds: ptr(1.5),
		Group: &Group{Kind: "live-photo", Members: []string{
			"af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262", "44e1707eee447d78914c57c3f888ecd587c63118f5e7a41d8636ca96a919696b",
		}},
		Payload: ptr("c1d0f2b3a4958677c1d0f2b3a4958677c1d0f2b3a4958677c1d0f2b3a4958677"), Look: ptr("0f1e2d3c4b5a6978"), Note: ptr("broken-picture"),
		Names:   []ItemName{{Device: "anna-laptop", Folder: "Pictures", Path: "2024/IMG_1.HEIC", MTime: at("2024-10-16T09:34:06Z")}},
		Holders: []string{"anna-laptop", "nas"}, Held: true, Preview: "own",
	},
	"show-unknown": ShowInfo{
		Schema: Schema, Hash: "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262", Size: 2_123_456, Names: []ItemName{}, Holders: []string{"nas"}, Preview: "borrowed",
	},
	"bench": BenchInfo{
		Schema: Schema, Type: EventBench, Running: true,
		Hash: BenchHash{Cores: 4, OneCore: 3_500_000_000, AllCores: 9_800_000_000},
		Disk: &BenchDisk{Path: "/home/anna/Homeroll", Write: ptr[int64](450_000_000), Read: ptr[int64](520_000_000), FilesPerSecond: ptr[int64](900)},
		Links: []BenchLink{
			{Device: "nas", ID: "12D3KooWExampleExampleExampleExampleExampleExample02", Online: true, RoundTrip: ptr(0.0004), Down: ptr[int64](112_000_000), Up: ptr[int64](2_500_000), Limited: true},
			{Device: "ben-pc", ID: "12D3KooWExampleExampleExampleExampleExampleExample03", Online: true, Problem: "it is paused"},
		},
		Verdict: []string{"From nas to here, the link, or the limit that is set for it, is likely the bottleneck: 112 MB/s."},
	},
	"bench-no-vault": BenchInfo{
		Schema: Schema, Type: EventBench, Hash: BenchHash{Cores: 1, OneCore: 740_000_000, AllCores: 740_000_000},
		Links: []BenchLink{}, Verdict: []string{"Only hashing could be measured."},
	},
	"trash": TrashInfo{
		Schema: Schema, Items: 2,
		Listed: []TrashedItem{{
			Hash: "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262", Size: 4_123_456, Since: at("2026-11-20T17:30:01Z"),
			Purge: ptr(at("2027-01-19T17:30:01Z")), InVault: true,
			Names: []ItemName{{Device: "anna-laptop", Folder: "Pictures", Path: "2026/IMG_1.jpg", MTime: at("2026-11-20T17:30:01Z")}},
		}, {
			Hash: "44e1707eee447d78914c57c3f888ecd587c63118f5e7a41d8636ca96a919696b", Since: at("2026-11-19T17:30:01Z"), InFolder: true, Names: []ItemName{},
		}},
	},
	"trash-changed": TrashChanged{Schema, 2},
	"trash-emptied": TrashEmptied{Schema, 3, 12_000_000},
	"setting":       SettingDoc{Schema, "copies.wanted", "2"},
}

// A document that changes its fields breaks somebody's script: see docs/json.md.
func TestDocumentsKeepTheirForm(t *testing.T) {
	for name, doc := range documents {
		got, err := json.MarshalIndent(doc, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, '\n')
		path := filepath.Join("testdata", name+".json")
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want = bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs:\n%s", path, got)
		}
		back := reflect.New(reflect.TypeOf(doc))
		if err := json.Unmarshal(want, back.Interface()); err != nil || !reflect.DeepEqual(back.Elem().Interface(), doc) {
			t.Errorf("%s reads back as %+v, %v", path, back.Elem(), err)
		}
	}
}

// An older client reads what a newer node says, fields that it does not know
// included.
func TestUnknownFieldsAreNoError(t *testing.T) {
	var s Status
	if err := json.Unmarshal([]byte(`{"schema":1,"state":"complete","new":{"x":1},"vault":{"newer":[1]}}`), &s); err != nil || s.State != StateComplete {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestWhereTheSocketIs(t *testing.T) {
	state := t.TempDir()
	if got := addressesIn(state); len(got) != 1 || got[0] != filepath.Join(state, SocketName) {
		t.Errorf("without an address file: %q", got)
	}
	if err := os.WriteFile(filepath.Join(state, AddressName), []byte("/elsewhere/control.sock\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := addressesIn(state); len(got) != 2 || got[0] != "/elsewhere/control.sock" {
		t.Errorf("with an address file: %q", got)
	}
	t.Setenv("HOMEROLL_STATE", "/somewhere")
	if got, err := DefaultState(); err != nil || got != "/somewhere" {
		t.Errorf("default state %q, %v", got, err)
	}
	if _, err := Dial(t.TempDir()); err != ErrNoNode {
		t.Errorf("where nothing runs Dial says %v", err)
	}
}

package ui

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"homeroll/node/api"
)

var update = flag.Bool("update", false, "write the golden files anew")

func ptr[T any](v T) *T { return &v }

// The words of every state, in both languages.
func TestWordsOfTheStates(t *testing.T) {
	now := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	nas := api.Peer{ID: "1", Name: "nas", Online: true, Held: 340, LastSeen: &now}
	away := api.Peer{ID: "2", Name: "barn", LastSeen: ptr(now.Add(-3 * time.Hour)), Held: 12, Missing: 3}
	base := api.Status{
		Device: api.Device{ID: "0", Name: "anna", Held: 343}, Library: api.Library{Items: 343}, Copies: api.Copies{Wanted: 2, ByHolders: []int64{0, 3, 340}},
		Vault: api.Vault{Free: ptr(int64(80e9)), Items: 0}, Peers: []api.Peer{nas},
	}
	with := func(change func(*api.Status)) api.Status {
		s := base
		change(&s)
		return s
	}
	cases := []struct {
		name string
		doc  api.Status
	}{
		{"starting", with(func(s *api.Status) { s.State = api.StateStarting })},
		{"paused", with(func(s *api.Status) { s.State, s.Reason = api.StatePaused, "Paused until 15:00" })},
		{"one problem", with(func(s *api.Status) { s.State, s.ProblemCount = api.StateAttention, 1 })},
		{"three problems and a lost folder", with(func(s *api.Status) {
			s.State, s.ProblemCount = api.StateAttention, 3
			s.Library.Folders = []api.Folder{{State: "missing"}}
		})},
		{"backing up", with(func(s *api.Status) {
			s.State, s.Progress = api.StateBackingUp, api.Progress{Done: 12, Total: 1340, ETASeconds: ptr(int64(100))}
			s.Incoming = api.Flow{Items: ptr(int64(1328)), BytesPerSecond: 12_300_000}
		})},
		{"scanning", with(func(s *api.Status) {
			s.State, s.Progress = api.StateScanning, api.Progress{Done: 1, Total: 9, ETASeconds: ptr(int64(1))}
		})},
		{"scanning, nothing found yet", with(func(s *api.Status) { s.State = api.StateScanning })},
		{"off", with(func(s *api.Status) { s.State, s.Peers = api.StateWaiting, nil })},
		{"off without a photo", with(func(s *api.Status) {
			s.State, s.Peers, s.Device.Held, s.Copies.ByHolders = api.StateWaiting, nil, 0, nil
		})},
		{"waiting for a device", with(func(s *api.Status) {
			s.State, s.Reason, s.Peers, s.Copies.Short = api.StateWaiting, "Waiting for barn, last seen 3 h ago", []api.Peer{nas, away}, 3
		})},
		{"waiting for two", with(func(s *api.Status) {
			s.State, s.Peers, s.Copies.Short = api.StateWaiting, []api.Peer{away, away}, 3
		})},
		{"waiting for something else", with(func(s *api.Status) {
			s.State, s.Reason = api.StateWaiting, "The vault is being moved; what is to be fetched waits"
		})},
		{"complete", with(func(s *api.Status) { s.State, s.Copies.ByHolders = api.StateComplete, []int64{0, 0, 1340, 3} })},
		{"complete without a photo", with(func(s *api.Status) { s.State, s.Device.Held, s.Copies.ByHolders = api.StateComplete, 0, nil })},
	}
	u, err := New()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, c := range cases {
		fmt.Fprintf(&text, "%s\n", c.name)
		for _, l := range languages {
			v := u.Speaker(l).NewStatus(&c.doc, now)
			fmt.Fprintf(&text, "  %s [%s %s] %s | %s | %s", l, v.Tone(), v.Icon(), v.Headline(), v.Detail(), v.Left())
			for _, f := range v.Short() {
				fmt.Fprintf(&text, " | %s", f.Text)
			}
			fmt.Fprintf(&text, " | %s\n", v.Safety())
			for _, part := range []string{"status-card", "status-page"} {
				var html strings.Builder
				if err := u.Part(&html, l, part, v); err != nil {
					t.Errorf("%s: %v", c.name, err)
				} else if !strings.Contains(html.String(), strings.ReplaceAll(v.Headline(), "'", "&#39;")) {
					t.Errorf("%s: %s does not say %q", c.name, part, v.Headline())
				}
			}
		}
	}
	golden(t, "states.golden", text.String())
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.ReplaceAll(string(want), "\r\n", "\n"); text != got {
		t.Errorf("%s differs:\n%s", path, got)
	}
}

func TestNumbersAndTimes(t *testing.T) {
	u, err := New()
	if err != nil {
		t.Fatal(err)
	}
	en, de := u.Speaker("en"), u.Speaker("de")
	now := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	for got, want := range map[string]string{
		en.Count(0): "0", en.Count(1204): "1,204", de.Count(1234567): "1.234.567", en.Count(-1000): "-1,000",
		en.Bytes(999): "999\u00a0B", en.Bytes(5_678_901_234): "5.7\u00a0GB", de.Bytes(5_678_901_234): "5,7\u00a0GB", en.Bytes(999_600): "1\u00a0MB", en.Bytes(12_000_000): "12\u00a0MB",
		en.Duration(time.Second): "1 second", de.Duration(12 * time.Minute): "12 Minuten", en.Duration(40 * time.Hour): "2 days",
		en.Ago(nil, now): "never", en.Ago(&now, now): "just now", de.Ago(ptr(now.Add(-3*time.Hour)), now): "vor 3 Stunden",
		en.Day(now): "23 November 2026", de.Day(now): "23. November 2026", en.Clock(now, now): "14:00",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

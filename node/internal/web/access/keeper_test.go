package access

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var here = netip.MustParseAddr("192.168.1.2")

// world is a Keeper's file and clock.
type world struct {
	t    *testing.T
	file string
	now  time.Time
}

func newWorld(t *testing.T) *world {
	return &world{t, filepath.Join(t.TempDir(), "web", "access.json"), time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
}

func (w *world) open() *Keeper {
	w.t.Helper()
	k, err := Open(Config{File: w.file, Cost: Cost{Passes: 1, Memory: 8, Threads: 1}, Now: func() time.Time { return w.now }})
	if err != nil {
		w.t.Fatal(err)
	}
	return k
}

func TestSurvivesARestart(t *testing.T) {
	w := newWorld(t)
	k := w.open()
	// The same word, composed on one keyboard and decomposed on another.
	if err := k.SetUp(context.Background(), here, k.SetupToken(), "gr\u00fcne \u00c4pfel"); err != nil {
		t.Fatal(err)
	}
	secret, s, err := k.Begin(ByPassword, "a browser\xff", here, "")
	if err != nil {
		t.Fatal(err)
	}
	again := w.open()
	if got, ok := again.Session(secret, here); !ok || got.ID != s.ID || got.Label != "a browser" || again.Instance() != k.Instance() || again.SetupToken() != "" {
		t.Errorf("after a restart: %v %+v", ok, got)
	}
	if err := again.SignIn(context.Background(), here, "gru\u0308ne A\u0308pfel"); err != nil {
		t.Errorf("the password, decomposed: %v", err)
	}
	text, err := os.ReadFile(w.file)
	if err != nil {
		t.Fatal(err)
	}
	for _, leak := range []string{secret, "pfel"} {
		if strings.Contains(string(text), leak) {
			t.Errorf("%q is in the file", leak)
		}
	}
	if info, err := os.Stat(w.file); err != nil || os.PathSeparator == '/' && info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode: %v, %v", info, err)
	}
}

func TestSessionsEnd(t *testing.T) {
	w := newWorld(t)
	k := w.open()
	idle, _, _ := k.Begin(ByLink, "", here, "")
	w.now = w.now.Add(idleFor + time.Hour)
	if _, ok := k.Session(idle, here); ok {
		t.Error("one that nobody used goes on")
	}
	used, _, _ := k.Begin(ByLink, "", here, "")
	for began := w.now; w.now.Sub(began) <= lastsFor; w.now = w.now.Add(idleFor - time.Hour) {
		if _, ok := k.Session(used, here); !ok {
			t.Fatalf("one that is used ends after %v", w.now.Sub(began))
		}
	}
	if _, ok := k.Session(used, here); ok {
		t.Error("one lasts for ever")
	}
	first, _, _ := k.Begin(ByLink, "", here, "")
	for range maxSessions {
		w.now = w.now.Add(time.Second)
		if _, _, err := k.Begin(ByLink, "", here, ""); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := k.Session(first, here); ok || len(k.Sessions()) != maxSessions {
		t.Errorf("%d sessions", len(k.Sessions()))
	}
}

func TestChangingThePassword(t *testing.T) {
	w := newWorld(t)
	k := w.open()
	ctx := context.Background()
	_, byLink, _ := k.Begin(ByLink, "", here, "")
	other, _, _ := k.Begin(ByPassword, "", here, "")
	if err := k.ChangePassword(ctx, here, byLink, "", "correct horse"); err != nil {
		t.Fatal(err)
	}
	if _, ok := k.Session(other, here); ok {
		t.Error("the other session goes on")
	}
	w.now = w.now.Add(freshFor + time.Second)
	if err := k.ChangePassword(ctx, here, byLink, "wrong horse", "another horse"); !errors.Is(err, ErrWrong) {
		t.Errorf("without the old one: %v", err)
	}
	if err := k.ChangePassword(ctx, here, byLink, "correct horse", "another horse"); err != nil {
		t.Error(err)
	}
	if err := k.SignIn(ctx, here, "correct horse"); !errors.Is(err, ErrWrong) {
		t.Errorf("the old one: %v", err)
	}
}

func TestLinksWorkOnceAndEnd(t *testing.T) {
	w := newWorld(t)
	k := w.open()
	token, ends := k.Link()
	if !k.Redeem(token) || k.Redeem(token) || k.Redeem("") {
		t.Error("not once")
	}
	late, _ := k.Link()
	w.now = ends
	if k.Redeem(late) {
		t.Error("it does not end")
	}
	oldest, _ := k.Link()
	for range maxLinks {
		k.Link()
	}
	if k.Redeem(oldest) {
		t.Error("there is no bound")
	}
}

func TestDamagedFiles(t *testing.T) {
	for text, opens := range map[string]bool{
		"": true, "{": true, `{"version":1,"password":{"argon2id":{"memory":4294967295}}}`: true, `{"version":2}`: false,
	} {
		w := newWorld(t)
		if err := os.MkdirAll(filepath.Dir(w.file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(w.file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		k, err := Open(Config{File: w.file})
		if (err == nil) != opens || err == nil && (k.HasPassword() || k.SetupToken() == "") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Whatever strangers do, nobody waits for longer than the bound, the table stays
// bounded, and in a day they have no more tries than the bucket gives back.
func TestThrottleBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var th throttle
		now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
		start, allowed := now, 0
		for range rapid.IntRange(1, 3000).Draw(t, "tries") {
			now = now.Add(time.Duration(rapid.IntRange(0, 20000).Draw(t, "ms")) * time.Millisecond)
			from := netip.AddrFrom4([4]byte{10, 0, byte(rapid.IntRange(0, 8).Draw(t, "c")), byte(rapid.IntRange(0, 255).Draw(t, "d"))})
			wait := th.debit(from, false, now)
			if wait == 0 {
				allowed++
			}
			if wait > longest {
				t.Fatalf("a wait of %v", wait)
			}
		}
		if most := bucket + int(now.Sub(start)/refill); allowed > most {
			t.Fatalf("%d tries, at most %d", allowed, most)
		}
		if len(th.by) > addresses {
			t.Fatalf("%d addresses", len(th.by))
		}
	})
}

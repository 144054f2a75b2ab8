package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"homeroll/discovery"
	"homeroll/node/api"
	"homeroll/node/config"
	"homeroll/node/policy"
	"homeroll/store"
	"homeroll/store/media"
	"homeroll/syncproto"
)

func TestOneNodeForEachState(t *testing.T) {
	dir := t.TempDir()
	began := time.Date(2026, 11, 23, 9, 0, 0, 0, time.Local)
	first, err := lockState(dir, began)
	if err != nil {
		t.Fatal(err)
	}
	_, err = lockState(dir, time.Now())
	var locked *LockedError
	if !errors.As(err, &locked) {
		t.Fatalf("the second node got %v", err)
	}
	want := fmt.Sprintf("node already runs (pid %d since 2026-11-23 09:00:00) on %s", os.Getpid(), dir)
	if locked.Error() != want {
		t.Errorf("got  %s\nwant %s", locked, want)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := lockState(dir, time.Now())
	if err != nil {
		t.Fatalf("the lock outlived its holder: %v", err)
	}
	_ = again.Close()
}

func TestPauseOutlivesARestartAndEndsByItself(t *testing.T) {
	dir, now := t.TempDir(), time.Now().UTC()
	p, err := openPause(dir, policy.Schedule{})
	if err != nil {
		t.Fatal(err)
	}
	transfer, cancel, ok := p.allow(t.Context(), now)
	if !ok {
		t.Fatal("a new node is paused")
	}
	defer cancel()
	if err := p.set(now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	<-transfer.Done()
	if _, _, ok := p.allow(t.Context(), now); ok {
		t.Error("media travel during a pause")
	}
	p, err = openPause(dir, policy.Schedule{})
	if err != nil {
		t.Fatal(err)
	}
	if h := p.state(now.Add(59 * time.Minute)); !h.on || h.bySchedule || !h.until.Equal(now.Add(time.Hour)) {
		t.Errorf("after a restart: %+v", h)
	}
	if p.state(now.Add(time.Hour)).on {
		t.Error("the pause did not end by itself")
	}
	if err := errors.Join(p.set(time.Time{}), p.clear(now)); err != nil {
		t.Fatal(err)
	}
	if p, err = openPause(dir, policy.Schedule{}); err != nil || p.on {
		t.Errorf("after resume and restart: on %v, %v", p.on, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "pause.json"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if p, err = openPause(dir, policy.Schedule{}); err != nil || !p.on {
		t.Errorf("a torn pause file: on %v, %v", p.on, err)
	}
}

func TestTwinsAreNoticedAndRestoresAreNot(t *testing.T) {
	now := time.Now()
	var restored twins
	for range 10 {
		restored.outrun(now, 7) // every peer tells of the same past
	}
	if restored.alive(now) {
		t.Error("a restored database is taken for a second node")
	}
	var two twins
	for epoch := range uint64(4) {
		two.outrun(now, 2*epoch+1)
	}
	if !two.alive(now) || two.alive(now.Add(2*twinMemory)) {
		t.Error("a second node is not noticed, or never forgotten")
	}
}

func TestDevicesByNameOrID(t *testing.T) {
	members := []discovery.Member{
		{Device: "12D3KooWaaaaXY", Name: "Laptop"}, {Device: "12D3KooWbbbbXY", Name: "laptop"}, {Device: "12D3KooWccccZZ", Name: "NAS"},
	}
	for text, want := range map[string]string{
		"laptop": "12D3KooWbbbbXY", "Laptop": "12D3KooWaaaaXY", "nas": "12D3KooWccccZZ", "ccZZ": "12D3KooWccccZZ",
		"12D3KooWb": "12D3KooWbbbbXY", "12D3KooWaaaaXY": "12D3KooWaaaaXY",
		"LAPTOP": "means 2 devices: Laptop (WaaaaXY)", "12D3": "means 3 devices", "ZZ": `no device of the home is called "ZZ"`,
	} {
		m, err := findDevice(members, text)
		if err != nil {
			want = strings.Replace(want, "WaaaaXY", "oWaaaaXY", 1)
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		if string(m.Device) != want {
			t.Errorf("%s means %s, want %s", text, m.Device, want)
		}
	}
}

func TestErrorsHaveTheirExitCode(t *testing.T) {
	var c commands
	for err, code := range map[error]int{
		fmt.Errorf("join: %w", discovery.ErrWrongCode):      api.ExitCode,
		fmt.Errorf("join: %w", discovery.ErrNotFound):       api.ExitUnreachable,
		fmt.Errorf("connect: %w", discovery.ErrUnreachable): api.ExitUnreachable,
		usage("no such device", ""):                         api.ExitUsage,
		errors.New("the disk is on fire"):                   api.ExitFailed,
		context.Canceled:                                    api.ExitInterrupted,
	} {
		got := c.Explain(err)
		if got.Code != code || got.Message == "" {
			t.Errorf("%v: %+v", err, got)
		}
	}
	for _, e := range explanations {
		if e.hint == "" {
			t.Errorf("%v has no hint", e.err)
		}
	}
}

func TestFaultsOfFetches(t *testing.T) {
	fromPeer := func(err error) error { return &syncproto.PeerError{Peer: "a", Doing: "fetch", Err: err} }
	for err, want := range map[error]policy.Fault{
		fromPeer(media.ErrCorrupt):            policy.Corrupt,
		fromPeer(media.ErrNotHeld):            policy.NotThere,
		fromPeer(syncproto.ErrPaused):         policy.Busy,
		fromPeer(errors.New("reset")):         policy.Lost,
		errors.New("permission denied"):       policy.Local,
		fmt.Errorf("x: %w", media.ErrCorrupt): policy.Local,
	} {
		if got := faultOf(err); got != want {
			t.Errorf("%v is fault %d, want %d", err, got, want)
		}
	}
}

// Package config may not import the store, so nothing but this keeps their defaults the same.
func TestConfigAndStoreKnowTheSameMedia(t *testing.T) {
	if got, want := store.Types(config.Default().Media), store.DefaultTypes(); !reflect.DeepEqual(got, want) {
		t.Errorf("config says %+v\nstore says  %+v", got, want)
	}
}

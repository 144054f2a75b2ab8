package control

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"homeroll/node/api"
)

// fakeNode answers what the tests ask; anything else panics.
type fakeNode struct {
	Node
	paused  time.Duration
	folders []string
	states  chan api.State
}

var errFake = errors.New("it is broken")

func (f *fakeNode) Status(context.Context) (*api.Status, error) {
	return &api.Status{Schema: api.Schema, State: api.StateComplete}, nil
}

func (f *fakeNode) Follow(ctx context.Context, emit func(*api.Status) error) error {
	for {
		select {
		case s := <-f.states:
			if err := emit(&api.Status{Schema: api.Schema, State: s}); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (f *fakeNode) Pause(_ context.Context, d time.Duration) error {
	f.paused = d
	return nil
}

func (f *fakeNode) AddFolder(_ context.Context, path string, ignore []string) error {
	f.folders = append([]string{path}, ignore...)
	return nil
}

func (f *fakeNode) Leave(context.Context) error { return errFake }

func (f *fakeNode) Join(_ context.Context, r api.PairRequest, emit func(api.PairEvent), confirm func(api.PairEvent) bool) (*api.Peer, error) {
	emit(api.PairEvent{Type: api.EventProgress, Message: "looking for " + r.Code})
	if !confirm(api.PairEvent{From: "nas", Members: []string{"nas"}}) {
		return nil, errFake
	}
	return &api.Peer{Name: "nas"}, nil
}

func (f *fakeNode) Invite(ctx context.Context, emit func(api.PairEvent)) (*api.Peer, error) {
	emit(api.PairEvent{Type: api.EventCode, Code: "K7-4MP-X2R"})
	<-ctx.Done()
	return nil, ctx.Err()
}

func (f *fakeNode) Explain(err error) *api.Error {
	return &api.Error{Code: api.ExitTooFew, Message: err.Error(), Hint: "mend it"}
}

// serve runs a server on a state directory until the test ends.
func serve(t *testing.T, state string, node Node) *api.Client {
	t.Helper()
	l, err := Listen(state)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- New(node, slog.New(slog.DiscardHandler)).Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if _, err := api.Dial(state); !errors.Is(err, api.ErrNoNode) {
			t.Errorf("after the end Dial says %v", err)
		}
	})
	client, err := api.Dial(state)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestCommandsReachTheNode(t *testing.T) {
	f := &fakeNode{}
	c, ctx := serve(t, t.TempDir(), f), t.Context()
	if s, err := c.Status(ctx); err != nil || s.State != api.StateComplete {
		t.Errorf("status: %+v, %v", s, err)
	}
	if err := c.Pause(ctx, 90*time.Second); err != nil || f.paused != 90*time.Second {
		t.Errorf("pause: %s, %v", f.paused, err)
	}
	abs, _ := filepath.Abs("pictures")
	if err := c.AddFolder(ctx, "pictures", []string{"*.tmp"}); err != nil || !reflect.DeepEqual(f.folders, []string{abs, "*.tmp"}) {
		t.Errorf("folder: %q, %v", f.folders, err)
	}
	var e *api.Error
	want := api.Error{Schema: 1, Type: "error", Code: api.ExitTooFew, Message: "it is broken", Hint: "mend it"}
	if err := c.Leave(ctx); !errors.As(err, &e) || *e != want {
		t.Errorf("leave: %#v", err)
	}
}

func TestFollowStreamsEachChange(t *testing.T) {
	f := &fakeNode{states: make(chan api.State)}
	c := serve(t, t.TempDir(), f)
	go func() {
		for _, s := range []api.State{api.StateScanning, api.StateWaiting, api.StateComplete} {
			f.states <- s
		}
	}()
	var seen []api.State
	err := c.Follow(t.Context(), func(s *api.Status) bool {
		seen = append(seen, s.State)
		return s.State != api.StateComplete && s.Type == "status"
	})
	if err != nil || len(seen) != 3 {
		t.Errorf("saw %v, %v", seen, err)
	}
}

func TestJoinAsksBeforeItConfirms(t *testing.T) {
	for _, yes := range []bool{true, false} {
		c := serve(t, t.TempDir(), &fakeNode{})
		var events []string
		err := c.Join(t.Context(), api.PairRequest{Code: "K7"}, func(e api.PairEvent) { events = append(events, e.Type+" "+e.Message) },
			func(e api.PairEvent) bool {
				events = append(events, e.Type+" "+e.From)
				return yes
			})
		want := []string{"progress looking for K7", "confirm nas"}
		if yes {
			want = append(want, "paired ")
		}
		var e *api.Error
		if !reflect.DeepEqual(events, want) || yes != (err == nil) || !yes && !errors.As(err, &e) {
			t.Errorf("answered %v: events %q, error %v", yes, events, err)
		}
	}
}

func TestInviteEndsWithItsClient(t *testing.T) {
	c := serve(t, t.TempDir(), &fakeNode{}) // its cleanup waits for the handler
	ctx, cancel := context.WithCancel(t.Context())
	err := c.Invite(ctx, func(e api.PairEvent) {
		if e.Code == "K7-4MP-X2R" {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestSocketOfALongPathAndAfterAKill(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("pipes have no path")
	}
	for _, state := range []string{t.TempDir(), filepath.Join(t.TempDir(), strings.Repeat("long/", 40))} {
		if err := os.MkdirAll(state, 0o700); err != nil {
			t.Fatal(err)
		}
		killed, err := Listen(state)
		if err != nil {
			t.Fatal(err)
		}
		c := serve(t, state, &fakeNode{}) // although the first one was never closed
		if _, err := c.Status(t.Context()); err != nil {
			t.Error(err)
		}
		old := killed.Addr().String()
		if info, err := os.Stat(old); err == nil && info.Mode().Perm() != 0o600 {
			t.Errorf("the socket is %v", info.Mode())
		}
		if len(state) > api.MaxSocketPath {
			if _, err := os.Stat(filepath.Dir(old)); err == nil {
				t.Errorf("%s was left behind", old)
			}
		}
	}
}

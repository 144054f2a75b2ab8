package discovery

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"homeroll/store/media"
)

// testHost is a real host on loopback without multicast.
type testHost struct {
	*Host
	cfg  Config
	stop context.CancelFunc
	done chan error
}

const echoProtocol = "/test/echo/1"

func testLog(t *testing.T, name string) *slog.Logger {
	if !testing.Verbose() {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug})).With("host", name)
}

func newConfig(t *testing.T, name string) Config {
	return Config{
		State: t.TempDir(), Name: name, Listen: []string{"127.0.0.1:0"}, NoMDNS: true,
		Version: "test", Log: testLog(t, name),
	}
}

func openHost(t *testing.T, cfg Config) *testHost {
	t.Helper()
	h, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	h.Handle(echoProtocol, func(ctx context.Context, from media.Device, conn net.Conn) {
		_, _ = io.Copy(conn, conn)
	})
	return &testHost{Host: h, cfg: cfg}
}

func (h *testHost) start(t *testing.T) *testHost {
	t.Helper()
	var ctx context.Context
	ctx, h.stop = context.WithCancel(context.Background())
	h.done = make(chan error, 1)
	go func() { h.done <- h.Run(ctx) }()
	select {
	case <-h.Ready():
	case err := <-h.done:
		t.Fatal(err)
	}
	t.Cleanup(func() { h.halt(t) })
	return h
}

// halt stops the host and waits for all of it; more than once is fine.
func (h *testHost) halt(t *testing.T) {
	h.stop()
	select {
	case err := <-h.done:
		if err != nil {
			t.Error(err)
		}
		h.done <- nil
	case <-time.After(20 * time.Second):
		t.Error("Run did not return")
	}
}

func startHost(t *testing.T, name string) *testHost {
	t.Helper()
	return openHost(t, newConfig(t, name)).start(t)
}

// makeHome makes members of one home of hosts, by hand.
func makeHome(t *testing.T, founder *testHost, others ...*testHost) {
	t.Helper()
	for _, o := range others {
		if _, err := founder.roster.Admit(o.Device(), o.cfg.Name, ""); err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range others {
		if err := o.roster.Replace(founder.Home(), founder.roster.Statements()); err != nil {
			t.Fatal(err)
		}
	}
}

func (h *testHost) addr() string { return net.JoinHostPort("127.0.0.1", fmt.Sprint(h.Port())) }

// await waits until ok, looking again at each change of h.
func (h *testHost) await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	timeout := time.After(30 * time.Second)
	for {
		changed := h.Changed()
		if ok() {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			t.Fatalf("%s: waited in vain for: %s", h.cfg.Name, what)
		}
	}
}

func (h *testHost) online(d media.Device) bool {
	return slices.ContainsFunc(h.Members(), func(m Member) bool { return m.Device == d && m.Online })
}

func (h *testHost) awaitOnline(t *testing.T, o *testHost) {
	t.Helper()
	h.await(t, o.cfg.Name+" online", func() bool { return h.online(o.Device()) })
}

// echo sends a line to o and reads it back.
func (h *testHost) echo(o *testHost) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	conn, err := h.Dial(ctx, o.Device(), echoProtocol)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("hello")); err != nil {
		return err
	}
	b := make([]byte, 5)
	if _, err := io.ReadFull(conn, b); err != nil {
		return err
	}
	if string(b) != "hello" {
		return fmt.Errorf("echo of %q", b)
	}
	return nil
}

func connect(t *testing.T, a, b *testHost) {
	t.Helper()
	if err := a.Connect(t.Context(), b.Device(), b.addr()); err != nil {
		t.Fatal(err)
	}
	a.awaitOnline(t, b)
	b.awaitOnline(t, a)
}

func TestMembersConnectAndSpeak(t *testing.T) {
	peers := make(chan media.Device, 16)
	a, b := openHost(t, newConfig(t, "a")), openHost(t, newConfig(t, "b"))
	makeHome(t, a, b)
	for _, h := range []*testHost{a, b} {
		h.OnPeer(func(ctx context.Context, d media.Device) { peers <- d; <-ctx.Done() })
		h.start(t)
	}
	connect(t, a, b)
	got := []media.Device{<-peers, <-peers}
	if !slices.Contains(got, a.Device()) || !slices.Contains(got, b.Device()) {
		t.Errorf("OnPeer told of %v", got)
	}
	if err := errors.Join(a.echo(b), b.echo(a)); err != nil {
		t.Error(err)
	}
	if _, err := a.Dial(t.Context(), b.Device(), "/test/unknown/1"); !errors.Is(err, ErrRefused) {
		t.Errorf("unknown protocol: %v", err)
	}
	if err := a.SetSetting(t.Context(), "copies.wanted", "3"); err != nil {
		t.Fatal(err)
	}
	b.await(t, "the setting", func() bool { v, _ := b.Setting("copies.wanted"); return v == "3" })
}

// Whoever dialed, a member's address is where it listens.
func TestAddressIsWhereAMemberListens(t *testing.T) {
	a, b := openHost(t, newConfig(t, "a")), openHost(t, newConfig(t, "b"))
	makeHome(t, a, b)
	a.start(t)
	b.start(t)
	connect(t, a, b)
	for _, h := range []*testHost{a, b} {
		o := map[*testHost]*testHost{a: b, b: a}[h]
		if got := h.Members()[1].Address; got != o.addr() {
			t.Errorf("%s says that %s is at %s, and it listens on %s", h.cfg.Name, o.cfg.Name, got, o.addr())
		}
	}
	a.halt(t)
	if got := a.Members()[1].Address; got != b.addr() {
		t.Errorf("remembered: %s", got)
	}
}

func TestSimultaneousDialsLeaveOneConnection(t *testing.T) {
	for range 5 {
		a, b := openHost(t, newConfig(t, "a")), openHost(t, newConfig(t, "b"))
		makeHome(t, a, b)
		a.start(t)
		b.start(t)
		a.book.give(b.Device(), b.addr())
		b.book.give(a.Device(), a.addr())
		// Without politeness: both at once.
		tries := make(chan error, 2)
		for _, p := range []*pursuit{{h: a.Host, device: b.Device()}, {h: b.Host, device: a.Device()}} {
			go func() { tries <- p.attempt(t.Context()) }()
		}
		<-tries
		<-tries
		// Which of them it is, one may learn a moment before the other.
		a.await(t, "one connection, the same on both sides, that carries streams", func() bool {
			x, y := a.only(b), b.only(a)
			return nudge(a) && x != nil && y != nil && x.conn.Dialed() != y.conn.Dialed() && a.echo(b) == nil && b.echo(a) == nil
		})
		a.halt(t)
		b.halt(t)
	}
}

// only returns the live session to o if there is no other.
func (h *testHost) only(o *testHost) *session {
	if len(h.all(func(*session) bool { return true })) != 1 {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.live[o.Device()]
}

// nudge makes await look again soon, for what has no signal of its own.
func nudge(h *testHost) bool {
	time.AfterFunc(10*time.Millisecond, h.signal)
	return true
}

func TestThirdMemberIsAdmittedByItsChain(t *testing.T) {
	a, b, c := openHost(t, newConfig(t, "a")), openHost(t, newConfig(t, "b")), openHost(t, newConfig(t, "c"))
	makeHome(t, a, b)
	if _, err := b.roster.Admit(c.Device(), "c", ""); err != nil {
		t.Fatal(err)
	}
	if err := c.roster.Replace(b.Home(), b.roster.Statements()); err != nil {
		t.Fatal(err)
	}
	a.start(t) // b stays off
	c.start(t)
	if a.isMember(c.Device()) {
		t.Fatal("a knows c already")
	}
	connect(t, c, a)
	if err := errors.Join(a.echo(c), c.echo(a)); err != nil {
		t.Error(err)
	}
	if len(a.Members()) != 3 {
		t.Errorf("members: %v", a.Members())
	}
}

func TestRestartReconnectsOnRememberedAddresses(t *testing.T) {
	a, b := openHost(t, newConfig(t, "a")), openHost(t, newConfig(t, "b"))
	makeHome(t, a, b)
	a.start(t)
	b.start(t)
	connect(t, a, b)
	seen := a.Members()[1].LastSeen
	a.halt(t)
	b.await(t, "a offline", func() bool { return !b.online(a.Device()) })
	again := openHost(t, a.cfg)
	if m := again.Members()[1]; m.Online || m.LastSeen.Before(seen.Add(-2*time.Second)) || m.Address == "" {
		t.Errorf("remembered: %+v", m)
	}
	again.start(t)
	again.awaitOnline(t, b)
	if err := again.echo(b); err != nil {
		t.Error(err)
	}
}

func TestRemovalDisconnectsAtOnce(t *testing.T) {
	a, b, c := openHost(t, newConfig(t, "a")), openHost(t, newConfig(t, "b")), openHost(t, newConfig(t, "c"))
	makeHome(t, a, b, c)
	for _, h := range []*testHost{a, b, c} {
		h.start(t)
	}
	connect(t, a, b)
	connect(t, a, c)
	connect(t, b, c)
	stream, err := c.Dial(t.Context(), a.Device(), echoProtocol)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := a.Remove(t.Context(), c.Device()); err != nil {
		t.Fatal(err)
	}
	if a.online(c.Device()) || a.isMember(c.Device()) {
		t.Error("c is still there on a")
	}
	b.await(t, "c gone", func() bool { return !b.isMember(c.Device()) })
	c.await(t, "hearing of it", c.Expelled)
	if len(c.Members()) != 1 || c.Home() == a.Home() {
		t.Errorf("c: %v", c.Members())
	}
	_ = stream.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.Copy(io.Discard, stream); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("a stream of the removed device lives on")
	}
	if !a.online(b.Device()) {
		t.Error("a lost b over it")
	}
}

func TestLeave(t *testing.T) {
	a, b := openHost(t, newConfig(t, "a")), openHost(t, newConfig(t, "b"))
	makeHome(t, a, b)
	a.start(t)
	b.start(t)
	connect(t, a, b)
	if err := b.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.await(t, "b gone", func() bool { return len(a.Members()) == 1 })
	if len(b.Members()) != 1 || b.Home() == a.Home() || b.Expelled() || b.Members()[0].Name != "b" {
		t.Errorf("b: %+v, expelled %v", b.Members(), b.Expelled())
	}
	if err := b.Leave(t.Context()); !errors.Is(err, ErrAlone) {
		t.Errorf("leaving alone: %v", err)
	}
}

func TestRunLeavesNothingBehind(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	a, b := openHost(t, newConfig(t, "a")), openHost(t, newConfig(t, "b"))
	makeHome(t, a, b)
	ended := make(chan struct{}, 2)
	for _, h := range []*testHost{a, b} {
		h.OnPeer(func(ctx context.Context, d media.Device) { <-ctx.Done(); ended <- struct{}{} })
		h.start(t)
	}
	connect(t, a, b)
	conn, err := a.Dial(t.Context(), b.Device(), echoProtocol) // left open
	if err != nil {
		t.Fatal(err)
	}
	_, code := a.invite(t, t.Context(), nil)
	a.halt(t)
	b.halt(t)
	<-code
	if len(ended) < 2 {
		t.Error("Run returned before OnPeer did")
	}
	if _, err := conn.Write([]byte("x")); err == nil {
		t.Error("a stream outlived its host")
	}
}

func TestTakenPort(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	cfg := newConfig(t, "a")
	cfg.Listen = []string{taken.Addr().String()}
	h := openHost(t, cfg).start(t)
	if h.Port() == 0 || h.addr() == taken.Addr().String() {
		t.Errorf("listens on %s", h.addr())
	}
	h.halt(t)
	cfg.FixedPort = true
	err = openHost(t, cfg).Run(t.Context())
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	if err == nil || !strings.Contains(err.Error(), port) || !strings.Contains(err.Error(), "--listen") {
		t.Errorf("fixed port taken: %v", err)
	}
}

func TestIdentityFile(t *testing.T) {
	cfg := newConfig(t, "a")
	h := openHost(t, cfg)
	path := filepath.Join(cfg.State, keyFile)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v %v", info.Mode(), err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if again := openHost(t, cfg); again.Device() != h.Device() {
		t.Error("another identity after a restart")
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("key left readable: %v", info.Mode())
	}
	if err := os.WriteFile(path, []byte("-----BEGIN nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(cfg); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("damaged key: %v", err)
	}
}

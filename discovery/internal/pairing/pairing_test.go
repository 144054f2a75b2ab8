package pairing

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"homeroll/discovery/internal/pairing/internal/pairpb"
	"homeroll/discovery/internal/roster"
	"homeroll/store/media"
)

type signer struct{ key ed25519.PrivateKey }

func (s signer) Device() media.Device { return media.DeviceOf(s.key.Public().(ed25519.PublicKey)) }
func (s signer) Sign(m []byte) []byte { return ed25519.Sign(s.key, m) }
func newSigner(seed byte) media.Signer {
	return signer{ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, 32))}
}

// device is one that pairs.
type device struct {
	*roster.Roster
	path   string
	signer media.Signer
	name   string
}

func newDevice(t testing.TB, seed byte, name string) *device {
	t.Helper()
	d := &device{path: filepath.Join(t.TempDir(), roster.FileName), signer: newSigner(seed), name: name}
	r, err := roster.Create(d.path, d.signer, name)
	if err != nil {
		t.Fatal(err)
	}
	d.Roster = r
	return d
}

func (d *device) restart(t *testing.T) {
	t.Helper()
	r, err := roster.Load(d.path, d.signer)
	if err != nil {
		t.Fatal(err)
	}
	d.Roster = r
}

// attempts collects what the inviter's person is told.
type attempts struct {
	mu   sync.Mutex
	from []string
	errs []error
}

func (a *attempts) add(from string, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.from, a.errs = append(a.from, from), append(a.errs, err)
}

func (a *attempts) last() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.errs) == 0 {
		return nil
	}
	return a.errs[len(a.errs)-1]
}

func (d *device) invite() (*Invite, *attempts) {
	a := &attempts{}
	return NewInvite(InviteConfig{Roster: d.Roster, Version: "1.2.3", Attempt: a.add}), a
}

func (d *device) config(code Code) JoinConfig {
	return JoinConfig{Roster: d.Roster, Code: code, Name: d.name, Version: "1.2.3"}
}

// meet runs one exchange over a pipe and returns both sides' errors.
func meet(ctx context.Context, inv *Invite, inviter, joiner *device, cfg JoinConfig, from string) (served, joined error) {
	a, b := net.Pipe()
	return meetOver(ctx, a, b, inv, inviter.Self(), joiner.Self(), cfg, from)
}

// meetOver lets the sides see peers that may not be each other.
func meetOver(ctx context.Context, a, b Conn, inv *Invite, inviterSeen, joinerSeen media.Device, cfg JoinConfig, from string) (served, joined error) {
	done := make(chan error, 1)
	go func() { done <- inv.Serve(ctx, a, joinerSeen, from) }()
	_, joined = Join(ctx, b, inviterSeen, cfg)
	return <-done, joined
}

func TestPairing(t *testing.T) {
	h1, h2 := newDevice(t, 1, "anna-laptop"), newDevice(t, 2, "Büro 🖥")
	inv, failed := h1.invite()
	code, err := ParseCode(strings.ToLower(inv.Code().String()))
	if err != nil {
		t.Fatal(err)
	}
	var asked string
	cfg := h2.config(code)
	cfg.Confirm = func(home string, members []string) bool {
		asked = home + ": " + strings.Join(members, ", ")
		if h1.IsMember(h2.Self()) {
			t.Error("admitted before the person agreed")
		}
		return true
	}
	served, joined := meet(t.Context(), inv, h1, h2, cfg, "10.77.0.2")
	if served != nil || joined != nil {
		t.Fatal(served, joined)
	}
	if asked != "anna-laptop: anna-laptop" {
		t.Errorf("asked about %q", asked)
	}
	m, err := inv.Wait(t.Context())
	if err != nil || m.Device != h2.Self() || m.Name != "Büro 🖥" {
		t.Errorf("Wait: %+v, %v", m, err)
	}
	h1.restart(t)
	h2.restart(t)
	if h1.Home() != h2.Home() || h1.Digest() != h2.Digest() || len(h2.Members()) != 2 {
		t.Error("the two do not share a home")
	}
	if failed.last() != nil {
		t.Errorf("reported %v", failed.last())
	}
	if served, joined := meet(t.Context(), inv, h1, newDevice(t, 3, "late"), h2.config(code), "10.77.0.3"); !errors.Is(served, ErrWindowClosed) || !errors.Is(joined, ErrWindowClosed) {
		t.Errorf("second use of the code: %v, %v", served, joined)
	}
}

// Each failure has its own words, the same on both sides and in the report,
// and admits nobody.
func TestFailures(t *testing.T) {
	type scene struct {
		h1, h2   *device
		inv      *Invite
		cfg      JoinConfig
		from     string
		inviter  media.Device // as the joiner's transport sees it
		joiner   media.Device // as the inviter's does
		silently bool         // nothing to report
	}
	rows := []struct {
		name    string
		want    error
		arrange func(t *testing.T, s *scene)
	}{
		{"a wrong secret", ErrWrongCode, func(_ *testing.T, s *scene) { s.cfg.Code.secret = "000000" }},
		{"a wrong nameplate", ErrWrongCode, func(_ *testing.T, s *scene) { s.cfg.Code.nameplate = other(s.cfg.Code.nameplate) }},
		{"a relay that passes messages on", ErrRelay, func(_ *testing.T, s *scene) {
			relay := newSigner(9).Device()
			s.inviter, s.joiner = relay, relay
		}},
		{"a device that already is a member", ErrAlreadyMember, func(t *testing.T, s *scene) {
			inv, _ := s.h1.invite()
			if served, joined := meet(t.Context(), inv, s.h1, s.h2, s.h2.config(inv.Code()), "x"); served != nil || joined != nil {
				t.Fatal(served, joined)
			}
		}},
		{"a device with company in another home", ErrOtherHome, func(t *testing.T, s *scene) {
			if _, err := s.h2.Admit(newSigner(8).Device(), "its friend", ""); err != nil {
				t.Fatal(err)
			}
		}},
		{"a name that is taken", ErrNameTaken, func(_ *testing.T, s *scene) { s.cfg.Name = "ANNA-laptop" }},
		{"a replacement of nobody", ErrNoSuchName, func(_ *testing.T, s *scene) { s.cfg.Replace = "nobody" }},
		{"a name that misleads", ErrBadName, func(_ *testing.T, s *scene) { s.cfg.Name = "a\u202eb" }},
		{"a person who declines", ErrDeclined, func(_ *testing.T, s *scene) { s.cfg.Confirm = func(string, []string) bool { return false } }},
		{"a full home", ErrFull, func(t *testing.T, s *scene) {
			for i := range roster.MaxDevices - 1 {
				d := newSigner(byte(100 + i)).Device()
				if _, err := s.h1.Admit(d, d.Short(), ""); err != nil {
					t.Fatal(err)
				}
			}
		}},
		{"a closed window", ErrWindowClosed, func(_ *testing.T, s *scene) {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			_, _ = s.inv.Wait(ctx)
			s.silently = true
		}},
		{"a joiner that cannot save", ErrNotSaved, func(_ *testing.T, s *scene) { breakPath(t, s.h2) }},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s := &scene{h1: newDevice(t, 1, "anna-laptop"), h2: newDevice(t, 2, "nas"), from: "10.77.0.2"}
			inv, failed := s.h1.invite()
			s.inv, s.cfg = inv, s.h2.config(inv.Code())
			s.inviter, s.joiner = s.h1.Self(), s.h2.Self()
			row.arrange(t, s)
			before := s.h2.Home()
			a, b := net.Pipe()
			served, joined := meetOver(t.Context(), a, b, inv, s.inviter, s.joiner, s.cfg, s.from)
			if !errors.Is(served, row.want) {
				t.Errorf("inviter: %v", served)
			}
			if !errors.Is(joined, row.want) {
				t.Errorf("joiner: %v", joined)
			}
			if !s.silently && (!errors.Is(failed.last(), row.want) || failed.from[0] != s.from) {
				t.Errorf("reported: %v from %v", failed.last(), failed.from)
			}
			if s.h2.Home() != before {
				t.Error("the joiner changed its home")
			}
			if row.want != ErrAlreadyMember && s.h1.IsMember(s.h2.Self()) {
				t.Error("somebody was admitted")
			}
		})
	}
}

func other(nameplate string) string {
	if nameplate == "00" {
		return "11"
	}
	return "00"
}

// breakPath makes saving fail: the roster's directory is gone.
func breakPath(t *testing.T, d *device) {
	t.Helper()
	dir := filepath.Dir(d.path)
	if err := removeAll(dir); err != nil {
		t.Fatal(err)
	}
}

func TestReplacement(t *testing.T) {
	h1, h2, old := newDevice(t, 1, "anna-laptop"), newDevice(t, 2, "nas"), newSigner(3).Device()
	if _, err := h1.Admit(old, "nas", ""); err != nil {
		t.Fatal(err)
	}
	inv, _ := h1.invite()
	if _, joined := meet(t.Context(), inv, h1, h2, h2.config(inv.Code()), "a"); !errors.Is(joined, ErrNameTaken) {
		t.Fatal(joined)
	}
	cfg := h2.config(inv.Code()) // the code still holds: nothing was wrong with it
	cfg.Replace = "nas"
	if served, joined := meet(t.Context(), inv, h1, h2, cfg, "a"); served != nil || joined != nil {
		t.Fatal(served, joined)
	}
	if m, _ := h1.Member(h2.Self()); m.Name != "nas" || h1.IsMember(old) || !h1.WasRemoved(old) {
		t.Errorf("after replacement: %+v", h1.Members())
	}
}

// A relay that rewrites what both sides say of themselves is not noticed by
// comparing IDs, but its two connections have different keys.
func TestRelayThatRewritesFails(t *testing.T) {
	h1, h2 := newDevice(t, 1, "anna-laptop"), newDevice(t, 2, "nas")
	relay := newSigner(9).Device()
	inv, _ := h1.invite()
	a, r1 := net.Pipe()
	r2, b := net.Pipe()
	var wg sync.WaitGroup
	wg.Go(func() { rewriteBoth(r1, r2, h2.Self(), relay, h1.Self()) })
	wg.Go(func() { rewriteBoth(r2, r1, h1.Self(), relay, h2.Self()) })
	served, joined := meetOver(t.Context(), a, b, inv, relay, relay, h2.config(inv.Code()), "10.77.0.9")
	wg.Wait()
	if !errors.Is(served, ErrWrongCode) || !errors.Is(joined, ErrWrongCode) {
		t.Errorf("with a rewriting relay: %v, %v", served, joined)
	}
	if h1.IsMember(h2.Self()) || h1.IsMember(relay) || h2.Home() == h1.Home() {
		t.Error("somebody was admitted")
	}
}

// rewriteBoth passes a sender's messages on: its own ID becomes the relay's,
// and the relay's becomes the receiver's, by way of a hole of the same length.
func rewriteBoth(dst, src net.Conn, sender, relay, receiver media.Device) {
	defer dst.Close()
	defer src.Close()
	hole := strings.Repeat("?", len(relay))
	buf := make([]byte, 64<<10)
	for {
		n, err := src.Read(buf)
		if err != nil {
			return
		}
		s := strings.NewReplacer(string(relay), hole, string(sender), string(relay)).Replace(string(buf[:n]))
		s = strings.ReplaceAll(s, hole, string(receiver))
		if _, err := dst.Write([]byte(s)); err != nil {
			return
		}
	}
}

func TestThreeFailuresLockOutOneAddress(t *testing.T) {
	h1, h2, h3 := newDevice(t, 1, "h1"), newDevice(t, 2, "h2"), newDevice(t, 3, "h3")
	inv, failed := h1.invite()
	wrong := h3.config(inv.Code())
	wrong.Code.secret = "ZZZZZZ"
	for range MaxAddressFailures {
		if served, joined := meet(t.Context(), inv, h1, h3, wrong, "10.77.0.3"); !errors.Is(served, ErrWrongCode) || !errors.Is(joined, ErrWrongCode) {
			t.Fatal(served, joined)
		}
	}
	if !errors.Is(failed.last(), ErrLockedOut) || failed.from[2] != "10.77.0.3" {
		t.Errorf("the lock-out is not reported: %v", failed.last())
	}
	if _, joined := meet(t.Context(), inv, h1, h3, h3.config(inv.Code()), "10.77.0.3"); !errors.Is(joined, ErrLockedOut) {
		t.Errorf("fourth try, even with the right code: %v", joined)
	}
	if served, joined := meet(t.Context(), inv, h1, h2, h2.config(inv.Code()), "10.77.0.2"); served != nil || joined != nil {
		t.Errorf("the other device is disturbed: %v, %v", served, joined)
	}
}

// 100 attackers abort as soon as they have sent a guess, all at once, each from
// its own address, and try again while they are told to wait.
func TestParallelAbortsGuessThirtyTimes(t *testing.T) {
	h1 := newDevice(t, 1, "h1")
	inv, failed := h1.invite()
	var wg sync.WaitGroup
	var mu sync.Mutex
	guesses := 0
	for n := range 100 {
		attacker := newSigner(byte(n + 50)).Device()
		wg.Go(func() {
			for {
				a, b := net.Pipe()
				done := make(chan error, 1)
				go func() { done <- inv.Serve(t.Context(), a, attacker, attacker.Short()) }()
				guessed := guessAndAbort(t, b, h1.Self(), attacker, inv.Code().Nameplate())
				err := <-done
				if guessed {
					mu.Lock()
					guesses++
					mu.Unlock()
				}
				if !errors.Is(err, ErrBusy) {
					return
				}
			}
		})
	}
	wg.Wait()
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := inv.Wait(over); !errors.Is(err, ErrWindowLocked) {
		t.Errorf("Wait: %v", err)
	}
	if guesses != MaxFailures {
		t.Errorf("%d guesses were tested", guesses)
	}
	if len(failed.errs) < MaxFailures {
		t.Errorf("%d attempts reported", len(failed.errs))
	}
}

func TestExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h1, h2 := newDevice(t, 1, "h1"), newDevice(t, 2, "h2")
		inv, failed := h1.invite()
		if _, err := inv.Wait(t.Context()); !errors.Is(err, ErrExpired) {
			t.Errorf("Wait: %v", err)
		}
		served, joined := meet(t.Context(), inv, h1, h2, h2.config(inv.Code()), "a")
		if !errors.Is(served, ErrExpired) || !errors.Is(joined, ErrExpired) {
			t.Errorf("after the expiry: %v, %v", served, joined)
		}
		if failed.last() != nil {
			t.Error(failed.last())
		}
	})
}

// A peer that says nothing holds the window for five seconds.
func TestSilentPeerTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h1, h2, h3 := newDevice(t, 1, "h1"), newDevice(t, 2, "h2"), newDevice(t, 3, "h3")
		inv, failed := h1.invite()
		a, b := net.Pipe()
		go func() { _, _ = Join(t.Context(), muted{b}, h1.Self(), h3.config(inv.Code())) }()
		silent := make(chan error, 1)
		go func() { silent <- inv.Serve(t.Context(), a, h3.Self(), "10.77.0.3") }()
		synctest.Wait()
		if served, joined := meet(t.Context(), inv, h1, h2, h2.config(inv.Code()), "10.77.0.2"); served != nil || joined != nil {
			t.Errorf("the next in the queue: %v, %v", served, joined)
		}
		if err := <-silent; !errors.Is(err, ErrAborted) {
			t.Error(err)
		}
		if !errors.Is(failed.last(), ErrAborted) {
			t.Errorf("reported: %v", failed.last())
		}
		b.Close()
		synctest.Wait()
	})
}

// muted sends its first message and no other.
type muted struct{ net.Conn }

func (m muted) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("1.2.3")) {
		return m.Conn.Write(b)
	}
	return len(b), nil
}

// Whoever shows the nameplate without knowing the code learns neither the
// joiner's name nor its consent.
func TestInviterThatDoesNotKnowTheCode(t *testing.T) {
	fake, h2 := newDevice(t, 9, "fake"), newDevice(t, 2, "h2")
	inv := NewInvite(InviteConfig{Roster: fake.Roster, Code: Code{"K7", "000000"}})
	cfg := h2.config(Code{"K7", "4MPX2R"})
	cfg.Confirm = func(string, []string) bool { t.Error("the person is asked"); return true }
	a, b := net.Pipe()
	done := make(chan error, 1)
	go func() {
		_, err := Join(t.Context(), b, fake.Self(), cfg)
		done <- err
	}()
	x := &inviting{stream: newStream(a, ""), invite: inv, peer: h2.Self()}
	x.gate = &gate{conn: a, refused: make(chan struct{})}
	version, err := x.hello()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.exchange(version); !errors.Is(err, ErrWrongCode) {
		t.Fatal(err)
	}
	lie := &pairpb.Welcome{Tag: make([]byte, 64), Inviter: "anna-laptop"}
	if err := x.send(&pairpb.Message{Body: &pairpb.Message_Welcome{Welcome: lie}}); err != nil {
		t.Fatal(err)
	}
	if m, err := x.receive(maxMessage); !errors.Is(err, ErrWrongCode) {
		t.Errorf("the joiner answers %v, %v", m, err)
	}
	if err := <-done; !errors.Is(err, ErrWrongCode) {
		t.Error(err)
	}
}

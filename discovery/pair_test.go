package discovery

import (
	"context"
	"errors"
	"testing"
	"time"
)

type invited struct {
	m   Member
	err error
}

// invite opens a window on h and returns its code and what becomes of it.
func (h *testHost) invite(t *testing.T, ctx context.Context, attempt func(from, what string)) (string, <-chan invited) {
	t.Helper()
	codes, done := make(chan string, 1), make(chan invited, 1)
	go func() {
		m, err := h.Invite(ctx, InviteUI{
			Show:    func(code string, _ time.Time) { codes <- code },
			Attempt: attempt,
		})
		done <- invited{m, err}
	}()
	select {
	case c := <-codes:
		return c, done
	case r := <-done:
		t.Fatal(r.err)
		return "", nil
	}
}

func pair(t *testing.T, inviter, joiner *testHost) {
	t.Helper()
	code, done := inviter.invite(t, t.Context(), nil)
	m, err := joiner.Join(t.Context(), JoinRequest{Code: code, At: inviter.addr()})
	if err != nil {
		t.Fatal(err)
	}
	if m.Device != inviter.Device() || !m.Online {
		t.Errorf("joined %+v", m)
	}
	r := <-done
	if r.err != nil || r.m.Device != joiner.Device() || r.m.Name != joiner.cfg.Name || !r.m.Online {
		t.Errorf("invited %+v, %v", r.m, r.err)
	}
}

func TestPairByCode(t *testing.T) {
	a, b := startHost(t, "Anna’s laptop"), startHost(t, "böx")
	pair(t, a, b)
	if a.Home() != b.Home() || len(a.Members()) != 2 || len(b.Members()) != 2 {
		t.Errorf("homes %v %v, members %v %v", a.Home(), b.Home(), a.Members(), b.Members())
	}
	if err := errors.Join(a.echo(b), b.echo(a)); err != nil {
		t.Error(err)
	}
	if n := len(a.all(func(*session) bool { return true })); n != 1 {
		t.Errorf("%d connections after pairing", n)
	}
}

func TestThirdMeetsTheFirstAfterPairingWithTheSecond(t *testing.T) {
	a, b, c := startHost(t, "a"), startHost(t, "b"), startHost(t, "c")
	pair(t, a, b)
	pair(t, b, c)
	// c learns of a by the roster; an address is all that multicast would add.
	if err := c.Connect(t.Context(), a.Device(), a.addr()); err != nil {
		t.Fatal(err)
	}
	a.awaitOnline(t, c)
	if err := a.echo(c); err != nil {
		t.Error(err)
	}
}

func TestPairingFailsInItsOwnWords(t *testing.T) {
	a, b, c := startHost(t, "a"), startHost(t, "b"), startHost(t, "c")
	join := func(h *testHost, r JoinRequest) error {
		_, err := h.Join(t.Context(), r)
		return err
	}
	if err := join(b, JoinRequest{Code: "K7-4MP", At: a.addr()}); !errors.Is(err, ErrBadCode) {
		t.Errorf("no code: %v", err)
	}
	if err := join(b, JoinRequest{Code: "K7-4MP-X2R", At: a.addr()}); !errors.Is(err, ErrWindowClosed) {
		t.Errorf("no window: %v", err)
	}
	if err := join(b, JoinRequest{Code: "K7-4MP-X2R", At: "127.0.0.1:1"}); !errors.Is(err, ErrUnreachable) {
		t.Errorf("nobody there: %v", err)
	}
	if err := join(b, JoinRequest{Code: "K7-4MP-X2R"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("no multicast: %v", err)
	}
	attempts := make(chan string, 8)
	code, done := a.invite(t, t.Context(), func(from, what string) { attempts <- from + ": " + what })
	if _, err := a.Invite(t.Context(), InviteUI{}); !errors.Is(err, ErrWindowOpen) {
		t.Errorf("second window: %v", err)
	}
	if err := join(a, JoinRequest{Code: code}); !errors.Is(err, ErrOwnCode) {
		t.Errorf("typed where it is shown: %v", err)
	}
	wrong := code[:len(code)-1] + string("01"[btoi(code[len(code)-1] == '0')])
	if err := join(b, JoinRequest{Code: wrong, At: a.addr()}); !errors.Is(err, ErrWrongCode) {
		t.Errorf("wrong code: %v", err)
	}
	t.Log(<-attempts)
	if a.isMember(b.Device()) || len(b.Members()) != 1 {
		t.Error("a wrong code let it in")
	}
	if err := join(b, JoinRequest{Code: code, At: a.addr()}); err != nil {
		t.Fatal(err)
	}
	if r := <-done; r.err != nil {
		t.Fatal(r.err)
	}
	// b is in a home with others now.
	code, done = c.invite(t, t.Context(), nil)
	if err := join(b, JoinRequest{Code: code, At: c.addr()}); !errors.Is(err, ErrOtherHome) {
		t.Errorf("from a home with others: %v", err)
	}
	c.halt(t)
	if r := <-done; r.err == nil {
		t.Error("the window outlived its host")
	}
}

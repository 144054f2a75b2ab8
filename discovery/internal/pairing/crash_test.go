package pairing

import (
	"errors"
	"fmt"
	"net"
	"testing"

	"homeroll/discovery/internal/admit"
)

// dying is a stream whose side dies instead of sending its n-th message.
type dying struct {
	net.Conn
	left *int
}

var errDied = errors.New("died")

func (d dying) Write(b []byte) (int, error) {
	if *d.left--; *d.left <= 0 {
		_ = d.Conn.Close()
		return 0, errDied
	}
	return d.Conn.Write(b)
}

// Whichever side dies at whichever message, both are in a working home after a
// restart, nobody is half in two, and pairing again completes it.
func TestEitherSideDiesAtAnyMessage(t *testing.T) {
	const joiner, inviter = "joiner", "inviter"
	for who, messages := range map[string]int{joiner: 4, inviter: 3} {
		for n := range messages {
			t.Run(fmt.Sprintf("the %s, instead of its message %d", who, n+1), func(t *testing.T) {
				h1, h2 := newDevice(t, 1, "h1"), newDevice(t, 2, "h2")
				own := h2.Home()
				inv, _ := h1.invite()
				a, b := net.Pipe()
				left := n + 1
				x, y := Conn(a), Conn(b)
				if who == joiner {
					y = dying{b, &left}
				} else {
					x = dying{a, &left}
				}
				served, _ := meetOver(t.Context(), x, y, inv, h1.Self(), h2.Self(), h2.config(inv.Code()), "a")
				if served == nil {
					t.Error("the inviter thinks that all went well")
				}
				h1.restart(t)
				h2.restart(t)
				switch h2.Home() {
				case own:
					if len(h2.Members()) != 1 {
						t.Errorf("the joiner's home: %v", h2.Members())
					}
				case h1.Home():
					if !h1.IsMember(h2.Self()) {
						t.Fatal("the joiner gave up its home for one that does not know it")
					}
					bothAdmit(t, h1, h2)
					inv.Seen(h2.Self())
					if m, err := inv.Wait(t.Context()); err != nil || m.Device != h2.Self() {
						t.Errorf("the invitation of a device that has been seen: %v", err)
					}
					return
				}
				again, _ := h1.invite()
				if served, joined := meet(t.Context(), again, h1, h2, h2.config(again.Code()), "a"); served != nil || joined != nil {
					t.Fatal(served, joined)
				}
				if len(h1.Members()) != 2 || h1.Digest() != h2.Digest() {
					t.Error("pairing again does not complete it")
				}
			})
		}
	}
}

// bothAdmit lets a device that the inviter never heard the last of present itself.
func bothAdmit(t *testing.T, h1, h2 *device) {
	t.Helper()
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	done := make(chan error, 1)
	go func() { done <- admit.Receive(a, h1.Roster, h2.Self()) }()
	if err := admit.Present(b, h2.Roster, h1.Self()); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

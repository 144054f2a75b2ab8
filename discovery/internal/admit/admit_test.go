package admit

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"homeroll/discovery/internal/roster"
	"homeroll/store/media"
	"homeroll/store/media/formattest"
)

type signer struct{ key ed25519.PrivateKey }

func (s signer) Device() media.Device { return media.DeviceOf(s.key.Public().(ed25519.PublicKey)) }
func (s signer) Sign(m []byte) []byte { return ed25519.Sign(s.key, m) }

func alone(t testing.TB, seed byte) *roster.Roster {
	t.Helper()
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	r, err := roster.Create(filepath.Join(t.TempDir(), roster.FileName), signer{key}, fmt.Sprint("h", seed))
	must(t, err)
	return r
}

func joined(t testing.TB, by *roster.Roster, seed byte) *roster.Roster {
	t.Helper()
	r := alone(t, seed)
	_, err := by.Admit(r.Self(), fmt.Sprint("h", seed), "")
	must(t, err)
	must(t, r.Replace(by.Home(), by.Statements()))
	return r
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// counted measures what one side sends.
type counted struct {
	net.Conn
	sent *bytes.Buffer
}

func (c counted) Write(b []byte) (int, error) {
	c.sent.Write(b)
	return c.Conn.Write(b)
}

// meet runs the protocol; a presents. told is what b sent.
func meet(a, b *roster.Roster) (told []byte, presented, received error) {
	x, y := net.Pipe()
	defer x.Close()
	sent := &bytes.Buffer{}
	done := make(chan error, 1)
	go func() {
		defer y.Close()
		done <- Receive(counted{y, sent}, b, a.Self())
	}()
	presented = Present(x, a, b.Self())
	received = <-done
	return sent.Bytes(), presented, received
}

// h1 ── h2 ── h3: the ends have never heard of each other.
func TestMembersProveThemselvesByTheirChains(t *testing.T) {
	h1 := alone(t, 1)
	h2 := joined(t, h1, 2)
	h3, h4 := joined(t, h2, 3), joined(t, h1, 4)
	_, a, b := meet(h3, h4)
	if a != nil || b != nil {
		t.Fatal(a, b)
	}
	if !h3.IsMember(h4.Self()) || !h4.IsMember(h3.Self()) {
		t.Error("they do not know each other now")
	}
}

func TestStrangersAreToldNothing(t *testing.T) {
	h1 := alone(t, 1)
	told, a, b := meet(alone(t, 9), h1)
	if !errors.Is(a, ErrStranger) || !errors.Is(b, ErrStranger) {
		t.Errorf("%v, %v", a, b)
	}
	if len(told) > 4 {
		t.Errorf("a stranger is told %x", told)
	}
}

// Show 10 of a removal: the removed device and the one it admitted meet a
// member, from either side; both come to know it, with proof.
func TestTheRemovedAreTold(t *testing.T) {
	for _, presents := range []string{"the removed", "the member"} {
		t.Run(presents+" presents", func(t *testing.T) {
			h1 := alone(t, 1)
			h3 := joined(t, h1, 3)
			must(t, h1.Remove(h3.Self()))
			s := joined(t, h3, 5)
			for _, out := range []*roster.Roster{s, h3} {
				var theirs, ours error
				if presents == "the removed" {
					_, theirs, ours = meet(out, h1)
				} else {
					_, ours, theirs = meet(h1, out)
				}
				if !errors.Is(theirs, ErrRemoved) || !errors.Is(ours, ErrPeerRemoved) {
					t.Errorf("removed: %v; member: %v", theirs, ours)
				}
				if out.IsMember(out.Self()) || h1.IsMember(out.Self()) {
					t.Error("still a member")
				}
			}
			if len(h1.Members()) != 1 {
				t.Errorf("h1 sees %v", h1.Members())
			}
		})
	}
}

// What a removed device answers changes nothing, however well it is signed.
func TestTheRemovedAreNotHeard(t *testing.T) {
	h1 := alone(t, 1)
	h2 := joined(t, h1, 2)
	h3 := joined(t, h1, 3)
	must(t, h1.Remove(h3.Self()))
	must(t, h3.Remove(h1.Self()))
	_, a, b := meet(h1, h3)
	if !errors.Is(a, ErrStranger) || !errors.Is(b, ErrPeerRemoved) {
		t.Errorf("%v, %v", a, b)
	}
	if !h1.IsMember(h1.Self()) || !h1.IsMember(h2.Self()) {
		t.Error("a removed device removed a member")
	}
}

func TestLeaversSayGoodbye(t *testing.T) {
	for _, presents := range []string{"the leaver", "the member"} {
		t.Run(presents+" presents", func(t *testing.T) {
			h1 := alone(t, 1)
			h2 := joined(t, h1, 2)
			must(t, h2.Leave())
			must(t, h2.Found("h2"))
			if presents == "the member" {
				if _, a, b := meet(h1, h2); !errors.Is(a, ErrPeerRemoved) || !errors.Is(b, ErrStranger) {
					t.Errorf("%v, %v", a, b)
				}
			} else {
				if _, a, _ := meet(h2, h1); !errors.Is(a, ErrStranger) {
					t.Error(a)
				}
				if _, a, b := meet(h1, h2); !errors.Is(a, ErrPeerRemoved) || !errors.Is(b, ErrStranger) {
					t.Errorf("%v, %v", a, b)
				}
			}
			if h1.IsMember(h2.Self()) {
				t.Error("h1 has not heard of it")
			}
		})
	}
}

func TestBounds(t *testing.T) {
	h1 := alone(t, 1)
	t.Run("a message over 8 KiB", func(t *testing.T) {
		x, y := net.Pipe()
		go func() {
			_, _ = x.Write([]byte{0x81, 0x40}) // 8193 bytes follow
			_, _ = io.Copy(io.Discard, x)
		}()
		err := Receive(y, h1, alone(t, 9).Self())
		y.Close()
		if err == nil || errors.Is(err, ErrStranger) {
			t.Error(err)
		}
	})
	t.Run("silence", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			x, y := net.Pipe()
			defer x.Close()
			if err := Receive(y, h1, "x"); err == nil || time.Since(start) != Timeout {
				t.Errorf("%v after %v", err, time.Since(start))
			}
		})
	})
}

// A chain of 30 admissions still fits.
func TestLongChain(t *testing.T) {
	h1 := alone(t, 1)
	last := h1
	for seed := byte(10); seed < 40; seed++ {
		last = joined(t, last, seed)
	}
	if _, a, b := meet(last, h1); a != nil || b != nil {
		t.Error(a, b)
	}
}

// What an admission may allocate, in bytes: anybody may open one.
const admissionMemory = 1 << 20

func FuzzReceive(f *testing.F) {
	h1 := alone(f, 1)
	h2 := joined(f, h1, 2)
	x, y := net.Pipe()
	var sent bytes.Buffer
	go func() { _ = Present(counted{x, &sent}, h2, h1.Self()); x.Close() }()
	_ = Receive(y, h1, h2.Self())
	y.Close()
	f.Add(sent.Bytes())
	f.Add([]byte{0})
	stranger := alone(f, 9).Self()
	f.Fuzz(func(t *testing.T, b []byte) {
		formattest.Bounded(t, admissionMemory, func() {
			if err := Receive(script{bytes.NewReader(b)}, h1, stranger); err == nil || h1.IsMember(stranger) {
				t.Errorf("noise is admitted: %v", err)
			}
		})
	})
}

func FuzzPresent(f *testing.F) {
	h1 := alone(f, 1)
	h2 := joined(f, h1, 2)
	told, _, _ := meet(h2, h1)
	f.Add(told)
	f.Add([]byte{2, 8, 3})
	stranger := alone(f, 9).Self()
	f.Fuzz(func(t *testing.T, b []byte) {
		formattest.Bounded(t, admissionMemory, func() {
			if err := Present(script{bytes.NewReader(b)}, h1, stranger); err == nil || h1.IsMember(stranger) || !h1.IsMember(h1.Self()) {
				t.Errorf("noise is believed: %v", err)
			}
		})
	})
}

// script is a peer that says what it says.
type script struct{ *bytes.Reader }

func (script) Write(b []byte) (int, error)   { return len(b), nil }
func (script) Close() error                  { return nil }
func (script) SetDeadline(_ time.Time) error { return nil }

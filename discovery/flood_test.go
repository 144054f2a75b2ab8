package discovery

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"homeroll/discovery/internal/pairing"
)

// guesser hangs up right after it has sent its proof of a code, which is its
// second message, and counts that.
func guesser(guesses *atomic.Int32) func(pairing.Conn) pairing.Conn {
	return func(c pairing.Conn) pairing.Conn {
		n := 0
		return bent{c, func(p []byte, on func([]byte) (int, error)) (int, error) {
			m, err := on(p)
			if n++; n == 2 && err == nil {
				guesses.Add(1)
				_ = c.Close()
			}
			return m, err
		}}
	}
}

// sources are addresses that this machine can dial from.
func sources() []string {
	if runtime.GOOS != "linux" {
		return []string{"127.0.0.1"} // elsewhere the others have to be set up
	}
	var out []string
	for i := range 20 {
		out = append(out, fmt.Sprint("127.0.0.", 2+i))
	}
	return out
}

// A hundred who guess and hang up, all at once, from many addresses, again and
// again, get no more guesses than the window allows, and leave nothing behind.
func TestAHundredParallelGuessers(t *testing.T) {
	a := startHost(t, "a")
	_ = newVisitor(t, "127.0.0.1").join(t.Context(), a, "K7-4MP-X2R", nil) // until then, not all of the host runs
	a.await(t, "quiet", func() bool { return nudge(a) && a.idleOfStrangers() })
	goroutines, memory := runtime.NumGoroutine(), heap()
	var reports, guesses atomic.Int32
	from := sync.Map{}
	code, done := a.invite(t, t.Context(), func(source, _ string) {
		reports.Add(1)
		from.Store(source, true)
	})
	wrong, bend, over := mistyped(code), guesser(&guesses), atomic.Bool{}
	var all sync.WaitGroup
	addresses := sources()
	for i := range 100 {
		v := newVisitor(t, addresses[i%len(addresses)])
		all.Go(func() {
			for !over.Load() {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				err := v.join(ctx, a, wrong, bend)
				cancel()
				if errors.Is(err, ErrLockedOut) || errors.Is(err, ErrWindowLocked) {
					return
				}
			}
		})
	}
	if len(addresses)*pairing.MaxAddressFailures > pairing.MaxFailures {
		if r := <-done; !errors.Is(r.err, ErrWindowLocked) {
			t.Errorf("the window ended with %v", r.err)
		}
	}
	over.Store(true)
	all.Wait()
	if n := guesses.Load(); n == 0 || n > pairing.MaxFailures {
		t.Errorf("%d guesses", n)
	}
	t.Logf("%d guesses, %d reports", guesses.Load(), reports.Load())
	from.Range(func(source, _ any) bool {
		if !strings.HasPrefix(source.(string), "127.0.0.") {
			t.Errorf("reported from %v", source)
		}
		return true
	})
	a.await(t, "nothing left of them", func() bool { return nudge(a) && a.idleOfStrangers() })
	a.await(t, "no goroutine of theirs", func() bool {
		return nudge(a) && runtime.NumGoroutine() <= goroutines+2 // nudge's own
	})
	if now := heap(); now > memory+8<<20 {
		t.Errorf("%d KiB of memory before, %d after", memory>>10, now>>10)
	}
	if len(a.Members()) != 1 {
		t.Errorf("admitted: %v", a.Members())
	}
	pair(t, a, startHost(t, "b")) // all works as before
}

// Thirty wrong codes lock the window; who has a place in it and has not said a
// word yet reads why it closes.
func TestTheThirtiethWrongCodeLocksTheWindow(t *testing.T) {
	addresses := sources()
	if len(addresses)*pairing.MaxAddressFailures < pairing.MaxFailures {
		t.Skip("too few addresses to dial from")
	}
	a := startHost(t, "a")
	var last atomic.Value
	code, done := a.invite(t, t.Context(), func(from, what string) { last.Store(from + ": " + what) })
	speak, opened, silent := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	v := newVisitor(t, "127.0.0.1")
	go func() { silent <- v.join(t.Context(), a, code, holding(opened, speak)) }()
	<-opened
	for i := range pairing.MaxFailures {
		err := newVisitor(t, addresses[i/pairing.MaxAddressFailures]).join(t.Context(), a, mistyped(code), nil)
		if !errors.Is(err, ErrWrongCode) {
			t.Fatalf("wrong code %d: %v", i+1, err)
		}
	}
	if r := <-done; !errors.Is(r.err, ErrWindowLocked) {
		t.Errorf("the inviter reads: %v", r.err)
	}
	close(speak)
	if err := <-silent; !errors.Is(err, ErrWindowLocked) {
		t.Errorf("who was there reads: %v", err)
	}
	if said := last.Load().(string); !strings.HasPrefix(said, addresses[9]+": wrong code") {
		t.Errorf("the last report is %q", said)
	}
	if err := newVisitor(t, "127.0.0.1").join(t.Context(), a, code, nil); !errors.Is(err, ErrRefused) {
		t.Errorf("afterwards: %v", err)
	}
}

// holding keeps the first message back until told.
func holding(opened chan<- struct{}, speak <-chan struct{}) func(pairing.Conn) pairing.Conn {
	return func(c pairing.Conn) pairing.Conn {
		return bent{c, func(p []byte, on func([]byte) (int, error)) (int, error) {
			if opened != nil {
				close(opened)
				opened = nil
			}
			<-speak
			return on(p)
		}}
	}
}

// idleOfStrangers reports that nothing is held for strangers.
func (h *testHost) idleOfStrangers() bool {
	none := func(t *tally[string]) bool {
		t.mu.Lock()
		defer t.mu.Unlock()
		return t.total == 0 && len(t.by) == 0
	}
	sessions := h.all(func(*session) bool { return true })
	return len(sessions) == 0 && none(h.strangers) && none(h.handshakes) && h.strangerPurse.Used() == 0
}

// heap returns the bytes in use after a collection.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

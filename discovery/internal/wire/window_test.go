package wire

import (
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestWindowsKeepALinkBusy: on a link as slow to answer as a bad Wi-Fi, one stream
// takes nearly all that the link can carry, however its windows have grown.
func TestWindowsKeepALinkBusy(t *testing.T) {
	const (
		rate  = 20e6 / 8 // bytes a second
		delay = 90 * time.Millisecond
		size  = 48 << 20
	)
	synctest.Test(t, func(t *testing.T) {
		near, far, wait := slowLink(rate, delay)
		defer wait()
		x, y := newParty(t), newParty(t)
		x.purse, y.purse = NewPurse(192<<20), NewPurse(192<<20)
		type result struct {
			c   *Conn
			err error
		}
		accepted := make(chan result, 1)
		go func() {
			c, err := Secure(t.Context(), far, Handshake{Identity: y.id, Purse: y.purse})
			accepted <- result{c, err}
		}()
		from, err := Secure(t.Context(), near, Handshake{Identity: x.id, Dialed: true, Expect: y.device, Purse: x.purse})
		to := <-accepted
		if err := errors.Join(err, to.err); err != nil {
			t.Fatal(err)
		}
		defer from.Close()
		defer to.c.Close()

		go func() {
			s, err := from.Open(t.Context(), "/bytes")
			if err != nil {
				return
			}
			for piece := make([]byte, 256<<10); err == nil; {
				_, err = s.Write(piece)
			}
		}()
		in, err := to.c.Accept()
		if err != nil {
			t.Fatal(err)
		}
		s, err := in.Negotiate(func(string) bool { return true })
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(io.Discard, s, 8<<20); err != nil { // the windows grow
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := io.CopyN(io.Discard, s, size); err != nil {
			t.Fatal(err)
		}
		busy := size / rate / time.Since(start).Seconds()
		t.Logf("the link is busy for %.3f of the time, with %d KiB of window", busy, to.c.purse.Load().Used()>>10)
		if busy < 0.97 {
			t.Errorf("the link is busy for %.3f of the time", busy)
		}
	})
}

// slowLink returns both ends of a link of so many bytes a second each way, each of
// which comes after a delay. wait returns when both are closed.
func slowLink(rate float64, delay time.Duration) (near, far net.Conn, wait func()) {
	near, a := net.Pipe()
	b, far := net.Pipe()
	var ways sync.WaitGroup
	ways.Go(func() { carry(b, a, rate, delay) })
	ways.Go(func() { carry(a, b, rate, delay) })
	return near, far, ways.Wait
}

// carry takes bytes as fast as the link does, and hands them over a delay later.
func carry(to, from net.Conn, rate float64, delay time.Duration) {
	type piece struct {
		due  time.Time
		data []byte
	}
	way := make(chan piece, 1<<12)
	var arrivals sync.WaitGroup
	defer arrivals.Wait()
	defer close(way)
	arrivals.Go(func() {
		defer to.Close()
		for p := range way {
			<-time.After(time.Until(p.due))
			if _, err := to.Write(p.data); err != nil {
				from.Close()
			}
		}
	})
	for free := time.Now(); ; {
		data := make([]byte, 16<<10)
		n, err := from.Read(data)
		if err != nil {
			return
		}
		if now := time.Now(); free.Before(now) {
			free = now
		}
		free = free.Add(time.Duration(float64(n) / rate * 1e9))
		<-time.After(time.Until(free))
		way <- piece{time.Now().Add(delay), data[:n]}
	}
}

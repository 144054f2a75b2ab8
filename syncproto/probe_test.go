package syncproto

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestProbeKeepsToTheLimitsOfBothEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, a *model, ea, eb *Exchange) {
		ea.SetLimits(Limits{Up: 2e6})
		eb.SetLimits(Limits{Up: 1e6})
		began := time.Now()
		l, err := eb.Probe(context.Background(), a.self)
		if err != nil {
			t.Fatal(err)
		}
		if !near(l.Down, 2e6, 0.15) || !near(l.Up, 1e6, 0.15) {
			t.Errorf("%.0f down, %.0f up", l.Down, l.Up)
		}
		if took := time.Since(began); took > 3*probeTime {
			t.Errorf("took %v", took)
		}
	})
}

func TestProbeMovesAtMostItsBytes(t *testing.T) {
	_, _, eb, lan := fetchPair(t, tcpPipe(t))
	var most sync.Mutex
	var passed int64
	lan.wrap = func(x, y net.Conn) (net.Conn, net.Conn) {
		return x, &counted{Conn: y, add: func(n int) { most.Lock(); passed += int64(n); most.Unlock() }}
	}
	l, err := eb.Probe(context.Background(), newModel(1).self)
	if err != nil || l.Down <= 0 || l.Up <= 0 || l.RoundTrip <= 0 {
		t.Fatalf("%+v, %v", l, err)
	}
	if passed > 2*maxProbe+1<<20 {
		t.Errorf("%d bytes", passed)
	}
}

type counted struct {
	net.Conn
	add func(int)
}

func (c *counted) Read(p []byte) (int, error)  { n, err := c.Conn.Read(p); c.add(n); return n, err }
func (c *counted) Write(p []byte) (int, error) { n, err := c.Conn.Write(p); c.add(n); return n, err }

// Who is paused, busy or asked for too much says so at once, and nothing is sent.
func TestProbesAreRefused(t *testing.T) {
	inBubble(t, func(t *testing.T, a *model, ea, eb *Exchange) {
		refused := func(want error) {
			t.Helper()
			began := time.Now()
			if _, err := eb.Probe(context.Background(), a.self); !errors.Is(err, want) || time.Since(began) > time.Second {
				t.Errorf("%v after %v, want %v", err, time.Since(began), want)
			}
		}
		ea.SetPaused(true)
		refused(ErrPaused)
		ea.SetPaused(false)
		ea.throttle.probing.Store(true)
		refused(ErrBusy)
		ea.throttle.probing.Store(false)
		eb.SetPaused(true)
		refused(ErrPaused)
	})
}

// The bytes of the protocol. The answerer gives the one place back after each stream, however it ends.
func TestProbeBytes(t *testing.T) {
	for _, tc := range []struct{ name, sent, answer string }{
		{"two echoes", "01 00000002 0102030405060708 1112131415161718", "00 0102030405060708 1112131415161718"},
		{"a few bytes to the asker", "02 00000003", "00 00000003 4fbde9 00000000"},
		{"a few bytes from the asker", "03 00000009 00000002 aabb 00000001 cc 00000000", "00 0000000000000003"},
		{"nothing", "02 00000000", "01"},
		{"more than 64 MiB", "02 04000001", "01"},
		{"too many echoes", "01 00000041", "01"},
		{"an unknown kind", "09 00000001", "01"},
		{"a block that is too long", "03 00000009 00010001", "00"},
		{"a stream that is cut", "03 00000009 00000002 aa", "00"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, ea, _, _ := fetchPair(t, net.Pipe)
				for range 2 {
					if got := exchangeBytes(t, ea, unhex(t, tc.sent)); !bytes.Equal(got, unhex(t, tc.answer)) {
						t.Errorf("answered %x", got)
					}
				}
			})
		})
	}
}

func unhex(t *testing.T, s string) []byte {
	b, err := hex.DecodeString(string(bytes.ReplaceAll([]byte(s), []byte(" "), nil)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// exchangeBytes sends a whole stream to an answerer and returns what comes back.
func exchangeBytes(t *testing.T, e *Exchange, sent []byte) []byte {
	ours, theirs := net.Pipe()
	var all sync.WaitGroup
	all.Go(func() { _ = e.Serve(context.Background(), newModel(2).self, ProbeProtocol, theirs) })
	var got bytes.Buffer
	all.Go(func() { _, _ = io.Copy(&got, ours) })
	_, _ = ours.Write(sent)
	synctest.Wait()
	_ = ours.Close()
	all.Wait()
	return got.Bytes()
}

// Whatever an asker sends, the answerer ends and has its place free again.
func FuzzProbe(f *testing.F) {
	f.Add([]byte{1, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8})
	f.Add([]byte{2, 0, 0, 0, 9})
	f.Add([]byte{3, 0, 0, 0, 9, 0, 0, 0, 1, 7, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, sent []byte) {
		if len(sent) > 1<<10 || len(sent) > 2 && sent[0] == probeDown && sent[2] > 0 {
			t.Skip("long, and no more telling")
		}
		synctest.Test(t, func(t *testing.T) {
			_, ea, _, _ := fetchPair(t, net.Pipe)
			exchangeBytes(t, ea, sent)
			if ea.throttle.probing.Load() {
				t.Error("the place is still taken")
			}
		})
	})
}

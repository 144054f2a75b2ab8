package syncproto

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"homeroll/store/media"
)

const group = media.GroupSize

func fetchPair(t testing.TB, pipe func() (net.Conn, net.Conn)) (a *model, ea, eb *Exchange, lan *lan) {
	lan, a = newLAN(), newModel(1)
	lan.pipe = pipe
	ea, eb = lan.node(a), lan.node(newModel(2))
	t.Cleanup(func() {
		eb.Close()
		ea.Close()
		lan.served.Wait()
	})
	return a, ea, eb, lan
}

func mustFetch(t testing.TB, e *Exchange, from media.Device, c *content) *memSink {
	t.Helper()
	s := newSink(c.item)
	if err := e.Fetch(context.Background(), from, s); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(s.data, c.data) {
		t.Fatalf("%v arrived otherwise", c.item)
	}
	return s
}

func TestTwoThousandSmallItemsAndALargeOneOverTCP(t *testing.T) {
	a, _, eb, lan := fetchPair(t, tcpPipe(t))
	streams := new(atomic.Int64)
	lan.wrap = func(x, y net.Conn) (net.Conn, net.Conn) { streams.Add(1); return x, y }
	var items []*content
	for i := range 2000 {
		items = append(items, a.hold(noise(1+i*37%20_000, uint64(i))))
	}
	items = append(items, a.hold(noise(70*group+13, 9)), a.hold(nil), a.hold(noise(group, 10)), a.hold(noise(2*group, 11)))
	var wg sync.WaitGroup
	for _, c := range items {
		wg.Go(func() {
			s := newSink(c.item)
			if err := eb.Fetch(context.Background(), a.self, s); err != nil {
				t.Error(err)
			} else if !bytes.Equal(s.data, c.data) {
				t.Errorf("%v differs", c.item)
			}
		})
	}
	wg.Wait()
	if n := streams.Load(); n > smallLanes+largeLanes {
		t.Errorf("%d streams", n)
	}
}

func TestFlippedByteNeverReachesTheSinkAndNamesThePeer(t *testing.T) {
	for _, size := range []int{100, group, 3*group + 5, 100 * group} {
		for _, at := range []int{0, size / 2, size - 1} {
			t.Run(fmt.Sprintf("%d of %d bytes", at, size), func(t *testing.T) {
				a, _, eb, _ := fetchPair(t, net.Pipe)
				good := noise(size, 1)
				c := a.hold(bytes.Clone(good))
				c.data[at] ^= 0x10
				s := newSink(c.item)
				err := eb.Fetch(context.Background(), a.self, s)
				var peer *PeerError
				if !errors.Is(err, media.ErrCorrupt) || !errors.As(err, &peer) || peer.Peer != a.self || !Misbehaved(err) {
					t.Fatalf("%v", err)
				}
				bad := at / group
				for i, have := range s.have {
					if have && (i == bad || !bytes.Equal(s.data[i*group:min(size, (i+1)*group)], good[i*group:min(size, (i+1)*group)])) {
						t.Errorf("group %d was taken", i)
					}
					if i < bad && !have {
						t.Errorf("group %d, before the bad one, is lost", i)
					}
				}
				c.data[at] ^= 0x10
				if err := eb.Fetch(context.Background(), a.self, s); err != nil || !bytes.Equal(s.data, good) {
					t.Errorf("after repair: %v", err)
				}
			})
		}
	}
}

func TestForgedOutlineIsRefused(t *testing.T) {
	a, _, eb, _ := fetchPair(t, net.Pipe)
	c := a.hold(noise(9*group, 1))
	c.outline = slices.Clone(c.outline)
	c.outline[4][0] ^= 1
	s := newSink(c.item)
	if err := eb.Fetch(context.Background(), a.self, s); !errors.Is(err, media.ErrCorrupt) || s.whole {
		t.Error(err)
	}
}

// cable is a stream that breaks after some bytes have been read from it.
type cable struct {
	net.Conn
	left *atomic.Int64
	cut  func()
}

func (c cable) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.left.Add(-int64(n)) < 0 {
		c.cut()
		_ = c.Close()
	}
	return n, err
}

func TestFetchResumesAfterACutWithoutRepeatingWhatIsProven(t *testing.T) {
	a, _, eb, lan := fetchPair(t, tcpPipe(t))
	c := a.hold(noise(60*group+77, 1))
	left := new(atomic.Int64)
	left.Store(25*group + 1000)
	lan.wrap = func(x, y net.Conn) (net.Conn, net.Conn) {
		return cable{x, left, func() { lan.mu.Lock(); lan.down = true; lan.mu.Unlock() }}, y
	}
	s := newSink(c.item)
	if err := eb.Fetch(context.Background(), a.self, s); err == nil {
		t.Fatal("no error without a connection")
	}
	_, n := s.NextMissing(0)
	if n > 36 || n < 35 {
		t.Errorf("%d groups missing", n)
	}
	lan.mu.Lock()
	lan.down = false
	lan.mu.Unlock()
	left.Store(1 << 40)
	before := eb.Stats().MediaIn
	if err := eb.Fetch(context.Background(), a.self, s); err != nil || !bytes.Equal(s.data, c.data) {
		t.Fatal(err)
	}
	if again := eb.Stats().MediaIn - before; again > n*group+1000 {
		t.Errorf("%d bytes for %d groups", again, n)
	}
}

func TestRefusalsHaveTheirOwnErrors(t *testing.T) {
	a, ea, eb, _ := fetchPair(t, net.Pipe)
	c := a.hold(noise(5*group, 1))
	fetch := func(it media.Item) error { return eb.Fetch(context.Background(), a.self, newSink(it)) }
	if err := fetch(media.Item{ID: media.ID{1}, Size: 5}); !errors.Is(err, media.ErrNotHeld) {
		t.Error(err)
	}
	if err := fetch(media.Item{ID: c.item.ID, Size: 5}); !errors.Is(err, ErrSizeDiffers) {
		t.Error(err)
	}
	ea.SetPaused(true)
	if err := fetch(c.item); !errors.Is(err, ErrPaused) {
		t.Error(err)
	}
	ea.SetPaused(false)
	c.fail = errors.New("disk on fire")
	if err := fetch(c.item); !errors.Is(err, ErrUnreadable) || Misbehaved(err) {
		t.Error(err)
	}
	c.fail = nil
	c.data = c.data[:4*group] // truncated behind our back
	if err := fetch(c.item); !errors.Is(err, ErrUnreadable) {
		t.Error(err)
	}
	mustFetch(t, eb, a.self, a.hold(noise(10, 2))) // the streams live on
	if err := eb.Fetch(context.Background(), "stranger", newSink(c.item)); err == nil {
		t.Error("fetched from nowhere")
	}
}

func TestPauseStopsARunAtItsNextGroup(t *testing.T) {
	a, ea, eb, _ := fetchPair(t, net.Pipe)
	c := a.hold(noise(64*group, 1))
	s := newSink(c.item)
	s.wrote = func(i int64) { ea.SetPaused(i == 3) }
	if err := eb.Fetch(context.Background(), a.self, s); !errors.Is(err, ErrPaused) {
		t.Fatal(err)
	}
	if _, n := s.NextMissing(0); n < 55 {
		t.Errorf("only %d groups are missing", n)
	}
	ea.SetPaused(false)
	s.wrote = nil
	if err := eb.Fetch(context.Background(), a.self, s); err != nil || !bytes.Equal(s.data, c.data) {
		t.Error(err)
	}
}

func TestCancelledFetchLeavesTheSinkAloneAndOthersGoOn(t *testing.T) {
	a, _, eb, _ := fetchPair(t, tcpPipe(t))
	var large []*content
	for i := range uint64(6) {
		large = append(large, a.hold(noise(40*group, i)))
	}
	ctx, cancel := context.WithCancel(context.Background())
	first := newSink(large[0].item)
	first.wrote = func(i int64) {
		if i == 2 {
			cancel()
		}
	}
	var returned atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := eb.Fetch(ctx, a.self, first); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		returned.Store(true)
		first.wrote = func(int64) { t.Error("written after the fetch returned") }
	})
	for _, c := range large[1:] {
		wg.Go(func() { mustFetch(t, eb, a.self, c) })
	}
	wg.Wait()
	if !returned.Load() || first.have[39] {
		t.Error("the cancelled fetch went on")
	}
}

func TestSinkErrorEndsItsItemAlone(t *testing.T) {
	a, _, eb, _ := fetchPair(t, tcpPipe(t))
	full := errors.New("disk full")
	var wg sync.WaitGroup
	for i := range uint64(60) {
		c := a.hold(noise(int(i)*9000, i))
		wg.Go(func() {
			s := newSink(c.item)
			if i%3 == 0 {
				s.fail = full
			}
			err := eb.Fetch(context.Background(), a.self, s)
			var peer *PeerError
			if i%3 == 0 && (!errors.Is(err, full) || errors.As(err, &peer)) || i%3 != 0 && err != nil {
				t.Error(i, err)
			}
		})
	}
	wg.Wait()
}

func TestSmallItemsOvertakeALargeOneThatStands(t *testing.T) {
	a, _, eb, _ := fetchPair(t, tcpPipe(t))
	big := a.hold(noise(200*group, 1))
	s := newSink(big.item)
	stuck, release := make(chan struct{}), make(chan struct{})
	s.wrote = func(i int64) {
		if i == 5 {
			close(stuck)
			<-release
		}
	}
	done := make(chan error, 1)
	go func() { done <- eb.Fetch(context.Background(), a.self, s) }()
	<-stuck
	for i := range 50 {
		mustFetch(t, eb, a.self, a.hold(noise(1000*i, uint64(i))))
	}
	close(release)
	if err := <-done; err != nil || !bytes.Equal(s.data, big.data) {
		t.Error(err)
	}
}

func TestCompressionIsChosenByContent(t *testing.T) {
	raw := bytes.Repeat(noise(400, 1), 8*group/400) // a DNG's kind: repeats itself
	like := func(head string, at int) []byte {
		b := bytes.Clone(raw)
		copy(b[at:], head)
		return b
	}
	mixed := append(bytes.Clone(raw[:2*group]), noise(6*group, 2)...)
	for _, c := range []struct {
		name        string
		data        []byte
		least, most float64 // of its size, on the wire
	}{
		{"raw", raw, 0, 0.2},
		{"noise", noise(8*group, 3), 1, 1.01},
		{"JPEG", like("\xff\xd8\xff\xe1", 0), 1, 1.01},
		{"HEIC", like("ftypheic", 4), 1, 1.01},
		{"WebP", like("RIFF____WEBP", 0), 1, 1.01},
		{"a header that shrinks before noise", mixed, 0.7, 0.8},
		{"a short text", bytes.Repeat([]byte("text "), 120), 0, 0.1},
		{"a tiny text", bytes.Repeat([]byte("a"), 300), 1, 1.01},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, _, eb, _ := fetchPair(t, net.Pipe)
			mustFetch(t, eb, a.self, a.hold(c.data))
			overhead := int64(5) // status and block length
			if len(c.data) > group {
				overhead = 8*32 + 8*4
			}
			got := float64(eb.Stats().MediaIn-overhead) / float64(len(c.data))
			if got < c.least-0.01 || got > c.most+0.01 {
				t.Errorf("%.3f of its size travelled, want %v to %v", got, c.least, c.most)
			}
		})
	}
}

func TestIdleStreamsCloseAndOpenAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan, a := newLAN(), newModel(1)
		ea, eb := lan.node(a), lan.node(newModel(2))
		c := a.hold(noise(100, 1))
		mustFetch(t, eb, a.self, c)
		time.Sleep(3 * laneIdle)
		synctest.Wait()
		lan.served.Wait() // the answering end has gone too
		mustFetch(t, eb, a.self, c)
		eb.Close()
		ea.Close()
		lan.served.Wait()
		if err := eb.Fetch(t.Context(), a.self, newSink(c.item)); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	})
}

func TestPeerWithTooManyStreamsIsBusy(t *testing.T) {
	a, _, eb, _ := fetchPair(t, net.Pipe)
	ea := func() *Exchange { return eb.cfg.Dialer.(dialer).lan.nodes[a.self] }()
	ea.enter(eb.cfg.Self, maxFetchStreams)
	c := a.hold(noise(100, 1))
	if err := eb.Fetch(context.Background(), a.self, newSink(c.item)); !errors.Is(err, ErrBusy) {
		t.Error(err)
	}
}

func TestRatesAreOfTheLastSeconds(t *testing.T) {
	var m meter
	start := time.Unix(1000, 0)
	for s := range 10 {
		m.add(4000, start.Add(time.Duration(s)*time.Second))
	}
	if got := m.rate(start.Add(10 * time.Second)); got != 4000 {
		t.Errorf("steady: %d", got)
	}
	if got := m.rate(start.Add(12 * time.Second)); got != 2000 {
		t.Errorf("two silent seconds: %d", got)
	}
	if got := m.rate(start.Add(time.Hour)); got != 0 {
		t.Errorf("an hour later: %d", got)
	}
}

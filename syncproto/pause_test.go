package syncproto

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"homeroll/store/media"
)

// pauser is one of two devices that pause, resume, and call their fetches off.
type pauser struct {
	t       *testing.T
	e       *Exchange
	toggles *toggles // of both devices

	mu  sync.Mutex
	era context.Context // of its fetches, until its next pause
	end context.CancelFunc
	on  bool
}

// toggles tells of the next one.
type toggles struct {
	mu   sync.Mutex
	next chan struct{}
}

func (g *toggles) wait() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.next
}

func (g *toggles) happened() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.next)
	g.next = make(chan struct{})
}

func (p *pauser) begin() (context.Context, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.era, !p.on
}

// toggle does what a node does when a person pauses or resumes it.
func (p *pauser) toggle(on bool) {
	defer p.toggles.happened()
	p.mu.Lock()
	defer p.mu.Unlock()
	if on && !p.on {
		p.end()
		p.era, p.end = context.WithCancel(context.Background())
	}
	p.on = on
	p.e.SetPaused(on)
}

// fetch gets one item, however often that is interrupted, and never for another reason.
func (p *pauser) fetch(from media.Device, c *content, tries *atomic.Int64) {
	s := newSink(c.item)
	for {
		toggled := p.toggles.wait()
		ctx, ok := p.begin()
		if !ok {
			<-toggled
			continue
		}
		tries.Add(1)
		err := p.e.Fetch(ctx, from, s)
		switch {
		case err == nil:
			if !bytes.Equal(s.data, c.data) {
				p.t.Errorf("%v differs", c.item)
			}
			return
		case errors.Is(err, ErrPaused):
			<-toggled
		case errors.Is(err, context.Canceled), errors.Is(err, errReset):
		default:
			p.t.Errorf("%v: %v", c.item, err)
			return
		}
	}
}

// Items of all sizes travel both ways while both sides pause, resume, and call off what they fetch: each fetch ends every
// time, and at last with the item.
func TestPausesOnBothSidesNeverHoldAFetchUp(t *testing.T) {
	_, ea, eb, _ := fetchPair(t, tcpPipe(t))
	both := &toggles{next: make(chan struct{})}
	sides := [2]*pauser{newPauser(t, ea, both), newPauser(t, eb, both)}
	var tries atomic.Int64
	var fetches sync.WaitGroup
	for i, p := range sides {
		from := sides[1-i].e.cfg.Library.(*model)
		for n := range uint64(60) {
			size := []int{100, 20_000, group, 3*group + 1, 5 * group, 40*group + 7}[n%6]
			c := from.hold(noise(size, n+uint64(i)*1000))
			fetches.Go(func() { p.fetch(from.self, c, &tries) })
		}
	}
	done := make(chan struct{})
	go func() { fetches.Wait(); close(done) }()
	random := rand.New(rand.NewPCG(3, 3))
	for range 300 {
		sides[random.IntN(2)].toggle(random.IntN(2) == 0)
		select {
		case <-done:
		case <-time.After(time.Duration(random.IntN(3000)) * time.Microsecond):
		}
	}
	for _, p := range sides {
		p.toggle(false)
	}
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("fetches still run a minute after the last pause")
	}
	t.Logf("%d fetches for 120 items", tries.Load())
}

func newPauser(t *testing.T, e *Exchange, both *toggles) *pauser {
	p := &pauser{t: t, e: e, toggles: both}
	p.era, p.end = context.WithCancel(context.Background())
	t.Cleanup(func() { p.end() })
	return p
}

// quietCable is a stream as yamux has them: Close ends what this side sends, and the other side learns nothing of it
// until it reads; only Reset drops it at once.
type quietCable struct {
	net.Conn
	resets *atomic.Int64
}

func (c quietCable) Reset() error {
	c.resets.Add(1)
	return c.Conn.Close()
}

// A stream with much still to come is dropped, not closed: the sender would go on into the void until it stalls, and
// count as one of the few streams that a peer may have.
func TestStreamGivenUpIsReset(t *testing.T) {
	a, _, eb, lan := fetchPair(t, tcpPipe(t))
	resets := new(atomic.Int64)
	lan.wrap = func(x, y net.Conn) (net.Conn, net.Conn) { return quietCable{x, resets}, y }
	c := a.hold(noise(64*group, 1))
	s := newSink(c.item)
	ctx, cancel := context.WithCancel(context.Background())
	s.wrote = func(i int64) {
		if i == 12 {
			cancel()
		}
	}
	if err := eb.Fetch(ctx, a.self, s); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	s.wrote = nil
	if err := eb.Fetch(context.Background(), a.self, s); err != nil || !bytes.Equal(s.data, c.data) {
		t.Fatal(err)
	}
	if resets.Load() == 0 {
		t.Error("the cancelled fetch's stream was closed, not reset")
	}
}

package syncproto

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// weather is a network between numbered nodes on which connections come, go and
// come twice, and streams are slow, cut or silent. All chance is the dice's.
type weather struct {
	dice *dice

	mu     sync.Mutex
	calm   bool // nothing happens to new streams
	cables map[[2]int][]*connection
	serve  func(from, to int, protocol string, conn net.Conn) bool
}

func newWeather(d *dice) *weather { return &weather{dice: d, cables: map[[2]int][]*connection{}} }

// connection is one of perhaps several between two nodes; streams use the latest.
type connection struct {
	ctx    context.Context
	cancel context.CancelFunc
}

func between(a, b int) [2]int { return [2]int{min(a, b), max(a, b)} }

// connect makes a connection and returns what lasts as long as it does.
func (w *weather) connect(a, b int) *connection {
	c := new(connection)
	c.ctx, c.cancel = context.WithCancel(context.Background())
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cables[between(a, b)] = append(w.cables[between(a, b)], c)
	return c
}

func (w *weather) latest(a, b int) *connection {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.cables[between(a, b)]
	for len(all) > 0 && all[len(all)-1].ctx.Err() != nil {
		all = all[:len(all)-1]
	}
	w.cables[between(a, b)] = all
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}

// part ends every connection between two nodes.
func (w *weather) part(a, b int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.cables[between(a, b)] {
		c.cancel()
	}
	delete(w.cables, between(a, b))
}

func (w *weather) setCalm() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calm = true
}

func (w *weather) calmNow() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calm
}

// fate returns after how many bytes something happens to a stream, and whether
// that is silence rather than its end; negative: nothing happens.
func (w *weather) fate() (bytes int64, silence bool) {
	if w.calmNow() || w.dice.n(3) == 0 {
		return -1, false
	}
	return int64(100 << w.dice.n(14)), w.dice.n(4) == 0
}

var errNoConnection = errors.New("no connection")

func (w *weather) open(ctx context.Context, from, to int, protocol string) (net.Conn, error) {
	c := w.latest(from, to)
	if c == nil || ctx.Err() != nil {
		return nil, errNoConnection
	}
	left, silence := w.fate()
	x, y := net.Pipe()
	s := &fate{silence: silence, lost: c.cancel, dice: w.dice}
	s.left.Store(left)
	asking, telling := &weathered{Conn: x, fate: s}, &weathered{Conn: y, fate: s}
	context.AfterFunc(c.ctx, func() { _ = x.Close(); _ = y.Close() })
	if !w.serve(from, to, protocol, telling) {
		_ = x.Close()
		return nil, errNoConnection
	}
	return asking, nil
}

// fate is what happens to a stream.
type fate struct {
	dice    *dice
	silence bool
	lost    func() // the connection's end, once its host has noticed
	left    atomic.Int64
	struck  atomic.Bool
}

// noticed is after how long without a byte a host gives a connection up.
const noticed = 15 * time.Second

func (f *fate) strikes(n int) bool {
	if f.struck.Load() {
		return true
	}
	if left := f.left.Load(); left < 0 || f.left.Add(-int64(n)) > 0 {
		return false
	}
	f.left.Store(0)
	if !f.struck.Swap(true) && f.silence {
		time.AfterFunc(noticed, f.lost)
	}
	return true
}

type weathered struct {
	net.Conn
	fate *fate
}

func (c *weathered) Write(p []byte) (int, error) {
	time.Sleep(time.Duration(c.fate.dice.n(10)) * time.Millisecond)
	if !c.fate.strikes(len(p)) {
		return c.Conn.Write(p)
	}
	if c.fate.silence {
		return len(p), nil // as into a send buffer
	}
	_ = c.Close()
	return 0, errCut
}

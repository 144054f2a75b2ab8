package main

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"homeroll/node/api"
)

// barView is the view on a terminal: lines scroll by above bars for scanning and receiving.
type barView struct {
	bars   *mpb.Progress
	colour bool

	mu            sync.Mutex
	last          string
	scan, receive *bar
	receiveTotal  int64 // bytes of the present burst, as far as known
}

// bar is a bar with a text after it. The text is atomic, not guarded by the view's mutex: the
// bar's goroutine asks for it while it may be waited for under that mutex.
type bar struct {
	*mpb.Bar
	after atomic.Pointer[string]
}

func newBarView(w io.Writer, colour bool) *barView {
	return &barView{
		bars:   mpb.New(mpb.WithOutput(w), mpb.WithWidth(78), mpb.WithRefreshRate(200*time.Millisecond), mpb.WithAutoRefresh()),
		colour: colour,
	}
}

func (v *barView) Write(p []byte) (int, error) { return v.bars.Write(p) }

func (v *barView) Close() error {
	v.mu.Lock()
	drop(&v.scan)
	drop(&v.receive)
	v.mu.Unlock()
	v.bars.Shutdown()
	return nil
}

func (v *barView) Line(line string) { fmt.Fprintln(v.bars, plain(line)) }

func (v *barView) Status(s *api.Status) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if state := string(s.State); state != v.last {
		v.last = state
		fmt.Fprintln(v.bars, paint(v.colour, stateColour(s.State), plain(stateText(s))))
	}
	v.showScan(s)
	v.showReceive(s)
}

func (v *barView) showScan(s *api.Status) {
	if s.State != api.StateScanning || s.Progress.Total <= 0 {
		drop(&v.scan)
		return
	}
	if v.scan == nil {
		v.scan = v.newBar("scanning ")
	}
	v.scan.show(s.Progress.Done, s.Progress.Total, fmt.Sprintf(" %s of %s", countText(s.Progress.Done), plural(s.Progress.Total, "file", "files")))
}

func (v *barView) showReceive(s *api.Status) {
	if s.Incoming.Bytes == nil || *s.Incoming.Bytes <= 0 || s.State == api.StatePaused {
		drop(&v.receive)
		v.receiveTotal = 0
		return
	}
	left := *s.Incoming.Bytes
	v.receiveTotal = max(v.receiveTotal, left)
	if v.receive == nil {
		v.receive = v.newBar("receiving")
	}
	v.receive.show(v.receiveTotal-left, v.receiveTotal, " "+flowText(s.Incoming))
}

func (v *barView) newBar(title string) *bar {
	b := &bar{}
	b.Bar = v.bars.New(1, mpb.BarStyle().Lbound("[").Filler("=").Tip(">").Padding(" ").Rbound("]"),
		mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(title+" ")),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string {
			if text := b.after.Load(); text != nil {
				return *text
			}
			return ""
		})),
	)
	return b
}

func (b *bar) show(done, total int64, after string) {
	b.after.Store(&after)
	b.SetTotal(total, false)
	b.SetCurrent(done)
}

// drop takes a bar off the screen.
func drop(b **bar) {
	if *b != nil {
		(*b).Abort(true)
		*b = nil
	}
}

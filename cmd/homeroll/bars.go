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
	w      io.Writer
	colour bool

	mu            sync.Mutex
	last          string
	bars          *mpb.Progress // nil while there is no bar: then lines need no care
	scan, receive *bar
	receiveTotal  int64 // bytes of the present burst, as far as known
}

// bar is a bar with a text after it. The text is atomic, not guarded by the view's mutex: the
// bar's goroutine asks for it while it may be waited for under that mutex.
type bar struct {
	*mpb.Bar
	after atomic.Pointer[string]
}

func newBarView(w io.Writer, colour bool) *barView { return &barView{w: w, colour: colour} }

// Write prints whole lines above the bars.
func (v *barView) Write(p []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.writeLocked(p)
}

func (v *barView) writeLocked(p []byte) (int, error) {
	if v.bars != nil {
		if terminal(v.w) {
			_, _ = v.w.Write([]byte{'\r'}) // the echo of a typed key, such as ^C, shifts what mpb erases
		}
		return v.bars.Write(p)
	}
	return v.w.Write(p)
}

// Close takes the bars off the screen and waits for the last line.
func (v *barView) Close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.dropLocked(&v.scan)
	v.dropLocked(&v.receive)
	return nil
}

func (v *barView) Line(line string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.lineLocked(plain(line))
}

func (v *barView) lineLocked(line string) {
	_, _ = v.writeLocked([]byte(line + "\n")) // a terminal that is gone is told by its signal
}

// Status takes away the bars of what is over before it says what comes next: mpb draws a bar that
// is dropped once more, and that must not stand below a line that contradicts it.
func (v *barView) Status(s *api.Status) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !scanning(s) {
		v.dropLocked(&v.scan)
	}
	if !receiving(s) {
		v.dropLocked(&v.receive)
		v.receiveTotal = 0
	}
	if state := string(s.State); state != v.last {
		v.last = state
		v.lineLocked(paint(v.colour, stateColour(s.State), plain(stateText(s))))
	}
	if scanning(s) {
		v.showScanLocked(s)
	}
	if receiving(s) {
		v.showReceiveLocked(s)
	}
}

// scanning reports a scan with a bar to show.
func scanning(s *api.Status) bool { return s.State == api.StateScanning && s.Progress.Total > 0 }

// receiving reports that something flows in, also while something else needs attention.
func receiving(s *api.Status) bool {
	flowing := s.State == api.StateBackingUp || s.Incoming.BytesPerSecond > 0
	return flowing && s.Incoming.Bytes != nil && *s.Incoming.Bytes > 0
}

func (v *barView) showScanLocked(s *api.Status) {
	if v.scan == nil {
		v.scan = v.newBarLocked("scanning ")
	}
	v.scan.show(s.Progress.Done, s.Progress.Total, fmt.Sprintf(" %s of %s", countText(s.Progress.Done), plural(s.Progress.Total, "file", "files")))
}

func (v *barView) showReceiveLocked(s *api.Status) {
	left := *s.Incoming.Bytes
	v.receiveTotal = max(v.receiveTotal, left)
	if v.receive == nil {
		v.receive = v.newBarLocked("receiving")
	}
	v.receive.show(v.receiveTotal-left, v.receiveTotal, " "+flowText(s.Incoming))
}

func (v *barView) newBarLocked(title string) *bar {
	if v.bars == nil {
		v.bars = mpb.New(mpb.WithOutput(v.w), mpb.WithWidth(40), mpb.WithRefreshRate(200*time.Millisecond), mpb.WithAutoRefresh())
	}
	b := &bar{}
	// A total of 0 is one that may still change: mpb takes any other for final. A dropped bar is
	// blank while it waits, beside another one, for the refresh that takes it away.
	b.Bar = v.bars.New(0, mpb.BarStyle().Lbound("[").Filler("=").Tip(">").Padding(" ").Rbound("]"),
		mpb.BarFillerMiddleware(untilDropped),
		mpb.PrependDecorators(decor.OnAbort(decor.Name(title+" "), "")),
		mpb.AppendDecorators(decor.OnAbort(decor.Any(func(decor.Statistics) string {
			if text := b.after.Load(); text != nil {
				return *text
			}
			return ""
		}), "")),
	)
	return b
}

// untilDropped fills nothing any more once the bar is dropped.
func untilDropped(filler mpb.BarFiller) mpb.BarFiller {
	return mpb.BarFillerFunc(func(w io.Writer, s decor.Statistics) error {
		if s.Aborted {
			return nil
		}
		return filler.Fill(w, s)
	})
}

// show moves the bar; it is dropped, not completed, when its work is done.
func (b *bar) show(done, total int64, after string) {
	b.after.Store(&after)
	b.SetTotal(total, false)
	b.SetCurrent(done)
}

// dropLocked takes a bar off the screen; after the last one, lines are written plainly again.
func (v *barView) dropLocked(b **bar) {
	if *b == nil {
		return
	}
	(*b).Abort(true)
	*b = nil
	if v.scan == nil && v.receive == nil {
		v.bars.Wait()
		v.bars = nil
	}
}

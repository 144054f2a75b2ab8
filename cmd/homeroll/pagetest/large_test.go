package pagetest

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"math"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"homeroll/node/api"
	"homeroll/node/nodetest"
)

// amount is how many pictures the large library has.
func amount() int {
	if n, err := strconv.Atoi(os.Getenv("HOMEROLL_PAGE_PICTURES")); err == nil && n > 0 {
		return n
	}
	return 1500
}

// maxNodes is how many elements a page may have, however many pictures there are.
const maxNodes = 2000

// TestLargeLibrary measures the page over many pictures. What follows from
// counts is held to; times are printed, for machines differ.
func TestLargeLibrary(t *testing.T) {
	chromium(t)
	n := amount()
	d := nodetest.New(t).Device("anna-laptop", func(d *nodetest.Device) {
		paged(d)
		fill(t, d.Pictures, 0, n)
	})
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 25*time.Minute)
	defer cancel()
	err := d.Client.Follow(ctx, func(s *api.Status) bool {
		return s.Library.Items < int64(n) || s.State == api.StateScanning || s.State == api.StateStarting
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d pictures are read in %v", n, time.Since(began).Round(time.Millisecond))
	known(t, d, n)
	t.Logf("all are in the timeline after %v", time.Since(began).Round(time.Millisecond))
	serverPages(t, d)

	for _, screen := range []struct {
		name          string
		width, height int64
		phone         bool
	}{{"desktop", 1440, 900, false}, {"phone, slow 4G, processor 4 times slower", 390, 844, true}} {
		v := visit(t)
		v.size(screen.width, screen.height, screen.phone)
		if screen.phone {
			v.throttle()
		}
		v.open(link(t, d))
		v.awaitFor(3*time.Minute, "painted", painted)
		var cold, warm []float64
		for range 5 {
			v.do(command(network.ClearBrowserCache, cdp.Empty{}))
			cold = append(cold, v.firstScreen(at(t, d, "/")))
			warm = append(warm, v.firstScreen(at(t, d, "/")))
		}
		t.Logf("%s: first screen of pictures painted after %s cold, %s warm (medians)", screen.name, median(cold), median(warm))
		var jumps []float64
		for i := range 11 {
			_, share := math.Modf(.5 + float64(i)*math.Phi) // each far from the one before
			jumps = append(jumps, v.jump(share, screen.phone))
		}
		t.Logf("%s: a jump to any date shows its pictures after %s (median), %s (slowest)", screen.name, median(jumps), ms(slices.Max(jumps)))
		if !screen.phone {
			v.scroll(t)
		}
	}
	arrive(t, d, n)
}

// fill writes small pictures of ten years, each with content of its own.
func fill(t testing.TB, dir string, from, to int) {
	t.Helper()
	var bases [][]byte
	for i := range 24 {
		w, h := 320, 240
		if i%4 == 3 {
			w, h = h, w
		}
		bases = append(bases, scene(t, i, w, h))
	}
	step := 10 * 365 * 24 * time.Hour / time.Duration(max(amount(), to))
	for i := from; i < to; i++ {
		taken := time.Date(2015, 1, 1, 8, 0, 0, 0, time.UTC).Add(time.Duration(i) * step)
		content := exif{make: "Canon", model: "Canon EOS R6", taken: taken}.into(numbered(bases[i%len(bases)], i))
		name := filepath.Join(dir, taken.Format("2006/01"), fmt.Sprintf("IMG_%06d.jpg", i))
		for _, err := range []error{os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, content, 0o644), os.Chtimes(name, taken, taken)} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// scene is one of a few landscapes.
func scene(t testing.TB, number, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, landscape(uint64(number), image.Rect(0, 0, w, h)), &jpeg.Options{Quality: 80}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// known waits until the timeline shows as many pictures.
func known(t *testing.T, d *nodetest.Device, n int) {
	t.Helper()
	v := member(t, d)
	v.awaitFor(20*time.Minute, "all are in the timeline", fmt.Sprintf("fetch('/api/v1/timeline').then(r => r.json()).then(r => r.months.reduce((n, m) => n + (m.year ? m.pictures : 0), 0) >= %d)", n))
}

// serverPages asks for every month of the timeline, several times.
func serverPages(t *testing.T, d *nodetest.Device) {
	t.Helper()
	jar, _ := cookiejar.New(nil) // it never fails
	client := &http.Client{Jar: jar}
	get(t, client, link(t, d))
	page := at(t, d, "")
	var took []float64
	var bytes int64
	for range 5 {
		for year := 2015; year <= 2024; year++ {
			for month := 1; month <= 12; month++ {
				before := time.Now()
				bytes += get(t, client, page+fmt.Sprintf("/api/v1/timeline/%d-%02d", year, month))
				took = append(took, float64(time.Since(before).Microseconds())/1000)
			}
		}
	}
	slices.Sort(took)
	t.Logf("server: a month of the timeline within %s (median), %s (99 of 100), %s (slowest of %d), %.0f KB on average",
		ms(took[len(took)/2]), ms(took[len(took)*99/100]), ms(took[len(took)-1]), len(took), float64(bytes)/float64(len(took))/1000)
}

// get returns how many bytes an answer has.
func get(t *testing.T, client *http.Client, address string) int64 {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	n, err := io.Copy(io.Discard, answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(address, answer.Status, err)
	}
	return n
}

// throttle makes the browser that of a phone on slow 4G: 1.6 Mbit/s, 150 ms.
func (v *visitor) throttle() {
	v.t.Helper()
	v.do(command(emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: 4}),
		command(network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
			MatchedNetworkConditions: []*network.Conditions{{Latency: 150, DownloadThroughput: 1.6e6 / 8, UploadThroughput: 750e3 / 8}},
		}))
}

// painted says that every tile in view has its picture.
const painted = `(() => {
	const seen = [...document.querySelectorAll('.tile')].filter(e => { const b = e.getBoundingClientRect(); return b.bottom > 0 && b.top < innerHeight })
	return seen.length > 3 && seen.every(e => e.classList.contains('is-there'))
})()`

// whenPainted resolves to when that was so, by the page's clock.
const whenPainted = `new Promise(f => { const look = () => ` + painted + ` ? requestAnimationFrame(() => f(performance.now())) : requestAnimationFrame(look); look() })`

// firstScreen returns how long the first screen takes, in milliseconds.
func (v *visitor) firstScreen(address string) float64 {
	v.t.Helper()
	v.open(address)
	return eval[float64](v, whenPainted)
}

// jump goes to a share of the library by the scrubber, and returns how long it
// takes until its pictures are there, in milliseconds.
func (v *visitor) jump(share float64, phone bool) float64 {
	v.t.Helper()
	box := eval[[]float64](v, "(() => { const b = document.querySelector('.scrub').getBoundingClientRect(); return [b.left + b.width / 2, b.top + 4, b.height - 8] })()")
	to := box[1] + share*box[2]
	at := eval[float64](v, "scrollY")
	var before float64
	if phone {
		v.eval("scrollBy({top: scrollY > 50 ? -5 : 5, behavior: 'instant'})") // which shows the handle
		v.see(".scrub-handle")
		handle := eval[[]float64](v, "(() => { const b = document.querySelector('.scrub-handle').getBoundingClientRect(); return [b.left + b.width / 2, b.top + b.height / 2] })()")
		before = eval[float64](v, "performance.now()")
		v.touch(input.DispatchTouchEventTypeTouchStart, handle[0], handle[1])
		v.touch(input.DispatchTouchEventTypeTouchMove, handle[0], (handle[1]+to)/2)
		v.touch(input.DispatchTouchEventTypeTouchMove, handle[0], to)
		v.touch(input.DispatchTouchEventTypeTouchEnd)
	} else {
		before = eval[float64](v, "performance.now()")
		v.do(chromedp.MouseClickXY(box[0], to))
	}
	after := eval[float64](v, whenPainted)
	if now := eval[float64](v, "scrollY"); math.Abs(now-at) < 20 {
		v.t.Errorf("the scrubber at %v did not jump to %.2f: %v, then %v of %v", box, share, at, now, eval[float64](v, "document.documentElement.scrollHeight"))
	}
	return after - before
}

// scrolled is what scrolling through a library showed.
type scrolled struct {
	Rows, Frames, Nodes, Long int
	Frame, Slow               float64
}

// scroll goes over 10,000 rows, or all there are.
func (v *visitor) scroll(t *testing.T) {
	t.Helper()
	v.eval("scrollTo(0, 0)")
	before := v.heap()
	r := eval[scrolled](v, `new Promise(f => {
		const frames = []; let nodes = 0, last = performance.now(), long = 0, rows = 0
		const watch = new PerformanceObserver(l => { for (const e of l.getEntries()) if (e.duration > 200) long++ })
		watch.observe({type: 'longtask'})
		const begin = scrollY, row = document.querySelector('.tile').offsetHeight + 4
		const step = now => {
			frames.push(now - last); last = now
			nodes = Math.max(nodes, document.getElementsByTagName('*').length)
			rows = Math.round((scrollY - begin) / row)
			if (rows >= 10000 || scrollY + innerHeight >= document.documentElement.scrollHeight - 2) {
				watch.disconnect(); frames.sort((a, b) => a - b)
				return f({rows, frames: frames.length, nodes, long, frame: frames[frames.length >> 1], slow: frames[Math.floor(frames.length * .99)]})
			}
			scrollBy({top: 1200, behavior: 'instant'}); requestAnimationFrame(step)
		}
		requestAnimationFrame(step)
	})`)
	after := v.heap()
	t.Logf("scroll: %d rows, %d frames of %s (median), %s (99 of 100), %d tasks over 200 ms, at most %d elements, JavaScript heap %.1f MB before, %.1f MB after",
		r.Rows, r.Frames, ms(r.Frame), ms(r.Slow), r.Long, r.Nodes, before/1e6, after/1e6)
	if r.Nodes >= maxNodes {
		t.Errorf("the page has %d elements", r.Nodes)
	}
	if after > 2*before+10e6 {
		t.Errorf("scrolling keeps memory: %.1f MB before, %.1f MB after", before/1e6, after/1e6)
	}
}

// heap returns the bytes that scripts keep.
func (v *visitor) heap() float64 {
	v.t.Helper()
	v.do(command(heapprofiler.CollectGarbage, cdp.Empty{}))
	return eval[float64](v, "performance.memory.usedJSHeapSize")
}

// arrive has more pictures come while somebody looks.
func arrive(t *testing.T, d *nodetest.Device, n int) {
	t.Helper()
	more := min(5000, n)
	v := member(t, d)
	v.await("painted", painted)
	v.eval(`window.long = []; new PerformanceObserver(l => { for (const e of l.getEntries()) if (e.duration > 200) long.push(Math.round(e.duration)) }).observe({type: 'longtask'});
		window.says = 0; new MutationObserver(() => says++).observe(document.querySelector('#status-card'), {subtree: true, childList: true, characterData: true})
		window.frames = []; let last = performance.now(); const step = now => { frames.push(now - last); last = now; requestAnimationFrame(step) }; requestAnimationFrame(step); 0`)
	began := time.Now()
	fill(t, filepath.Join(d.Pictures, "card"), n, n+more)
	v.awaitFor(5*time.Minute, "all are in the timeline", fmt.Sprintf("fetch('/api/v1/timeline').then(r => r.json()).then(r => r.months.reduce((n, m) => n + (m.pictures), 0) === %d)", n+more))
	t.Logf("%d more arrived in %v: the status changed %d times, %d tasks over 200 ms %s, %d frames, slowest %s, at most %d elements", more, time.Since(began).Round(time.Millisecond),
		eval[int](v, "says"), eval[int](v, "long.length"), eval[string](v, "JSON.stringify(long)"), eval[int](v, "frames.length"), ms(eval[float64](v, "Math.max(...frames)")), eval[int](v, "document.getElementsByTagName('*').length"))
	if eval[int](v, "says") == 0 {
		t.Error("the status stood still")
	}
}

func median(of []float64) string {
	slices.Sort(of)
	return ms(of[len(of)/2])
}

func ms(v float64) string { return fmt.Sprintf("%.1f ms", v) }

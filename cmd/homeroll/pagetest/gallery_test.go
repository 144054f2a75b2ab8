package pagetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"

	"homeroll/node/api"
	"homeroll/node/nodetest"
)

// holiday fills a device's folder: seven pictures of two months, and a video.
func holiday(t testing.TB, d *nodetest.Device) {
	for i := range 6 {
		put(d, fmt.Sprintf("2024/Lake/IMG_%d.jpg", i+1), plain(i, 400, 300), exif{
			make: "Canon", model: "Canon EOS R6", taken: day(2024, time.July, 10+i), latitude: 47.05, longitude: 8.31,
		})
	}
	put(d, "2023/winter.jpg", plain(50, 300, 400), exif{make: "Apple", model: "iPhone 14", taken: day(2023, time.January, 5)})
	d.Write("2024/Lake/VID_7.mp4", video(t), day(2024, time.July, 20))
}

// settled waits until a device's pictures are counted and drawn.
func settled(d *nodetest.Device, pictures int64) {
	d.Await("done reading", func(s *api.Status) bool { return s.Library.Items >= pictures && s.State != api.StateScanning })
}

func TestViewSearchAlbumTrash(t *testing.T) {
	chromium(t)
	d := nodetest.New(t).Device("anna-laptop", paged)
	holiday(t, d)
	settled(d, 8)
	anna := member(t, d)
	anna.await("all pictures", "document.querySelectorAll('.tile.is-there').length === 8")

	for _, step := range []struct {
		name string
		f    func(*visitor)
	}{{"view", views}, {"play", plays}, {"swipe", swipes}, {"search", searches}, {"album", makesAlbum}, {"trash", trashes}} {
		before := time.Now()
		anna.open(at(t, d, "/"))
		anna.see(".tile.is-there")
		step.f(anna)
		t.Logf("%s: %v", step.name, time.Since(before).Round(time.Millisecond))
	}
}

// tile is the selector of the picture at a place in the timeline.
func (v *visitor) tile(name string) string {
	v.t.Helper()
	return fmt.Sprintf(".tile-link[aria-label*=%s]", quote(name))
}

// opened waits until the viewer is open and still.
func (v *visitor) opened() {
	v.t.Helper()
	v.await("the viewer is open", "document.querySelector('.has-viewer .pswp--ui-visible')")
	v.still()
}

// views opens a picture, goes on by keys, and reads what is known of it.
func views(v *visitor) {
	v.click(v.tile("July 15, 2024"))
	v.opened()
	v.await("the address is the picture's", "location.pathname.startsWith('/photo/')")
	first := eval[string](v, "location.pathname")
	v.key(kb.ArrowRight)
	v.await("the next picture", "location.pathname !== "+quote(first))
	v.key("i")
	v.read(".info", "Canon EOS R6")
	v.read(".info", "The camera wrote this time.")
	v.read(".info", "anna-laptop")
	v.key("f")
	v.await("a favourite", "document.querySelector('.pswp [aria-pressed=true]')")
	second := eval[string](v, "location.pathname")
	v.key(kb.Escape) // closes the panel
	v.key(kb.Escape)
	v.await("the timeline again", "location.pathname === '/' && !document.querySelector('.pswp--open')")
	v.open(eval[string](v, "location.origin") + second)
	v.opened()
	v.key(kb.Escape)
	v.await("the timeline", "!document.querySelector('.pswp--open')")
}

func plays(v *visitor) {
	v.click(v.tile("Video"))
	v.opened()
	v.see(".pswp video")
	v.eval("document.querySelector('.pswp video').play()")
	v.await("the video plays", "document.querySelector('.pswp video').currentTime > 0.2")
	v.key(kb.Escape)
	v.await("the timeline", "!document.querySelector('.pswp--open')")
}

// touch is one event of a finger, at X and Y where it touches.
func (v *visitor) touch(kind input.DispatchTouchEventType, at ...float64) {
	v.t.Helper()
	points := []*input.TouchPoint{}
	if len(at) == 2 {
		points = append(points, &input.TouchPoint{X: at[0], Y: at[1]})
	}
	v.do(command(input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: kind, TouchPoints: points}))
}

// swipes goes on as a finger does.
func swipes(v *visitor) {
	v.size(390, 844, true)
	defer v.size(1440, 900, false)
	v.click(v.tile("July 15, 2024"))
	v.opened()
	first := eval[string](v, "location.pathname")
	v.touch(input.DispatchTouchEventTypeTouchStart, 300, 400)
	for x := 280.0; x > 60; x -= 20 {
		v.touch(input.DispatchTouchEventTypeTouchMove, x, 400)
	}
	v.touch(input.DispatchTouchEventTypeTouchEnd)
	v.await("the next picture", "location.pathname !== "+quote(first))
}

func searches(v *visitor) {
	v.write(".search-input", "camera:iphone")
	v.key(kb.Enter)
	v.await("what was found", "location.pathname === '/search' && document.querySelectorAll('.tile.is-there').length === 1")
	v.read("#count", "1 photo")
	v.write(".search-input", "Lucerne")
	v.key(kb.Enter)
	v.await("found by place", "location.search.includes('Lucerne') && document.querySelectorAll('.tile.is-there').length === 6")
	v.write(".search-input", "nothing-is-called-so")
	v.key(kb.Enter)
	v.read("main", "Nothing found")
}

func makesAlbum(v *visitor) {
	v.open(eval[string](v, "location.origin") + "/albums")
	v.click("#new-album")
	v.write("dialog[open] input", "Summer at the lake")
	v.key(kb.Enter)
	v.await("the album", "location.pathname.startsWith('/albums/')")
	album := eval[string](v, "location.pathname")
	v.read("#album-title", "Summer at the lake")
	v.open(eval[string](v, "location.origin") + "/")
	v.choose("July 13, 2024")
	v.choose("July 14, 2024")
	v.press("Add to album")
	v.click("dialog[open] .pick:nth-of-type(2)")
	v.read(".toasts", "added to Summer at the lake")
	v.open(eval[string](v, "location.origin") + album)
	v.await("its pictures", "document.querySelectorAll('.tile.is-there').length === 2")
	v.read("#album-about", "2 photos")
}

// choose selects a picture by its round mark.
func (v *visitor) choose(name string) {
	v.t.Helper()
	v.see(v.tile(name))
	v.eval(fmt.Sprintf("document.querySelector(%s).closest('.tile').querySelector('.tile-check').click()", quote(v.tile(name))))
}

func trashes(v *visitor) {
	count := func(n int) string { return fmt.Sprintf("document.querySelectorAll('.tile').length === %d", n) }
	v.await("all pictures", count(8))
	v.choose("July 10, 2024")
	v.press("Move to trash")
	v.await("it is gone", count(7))
	v.press("Undo")
	v.await("it is back", count(8))
	v.choose("July 10, 2024")
	v.press("Move to trash")
	v.await("it is gone", count(7))
	v.open(eval[string](v, "location.origin") + "/trash")
	v.await("it is in the trash", count(1))
	v.choose("July 10, 2024")
	v.press("Restore")
	v.read("main", "The trash is empty")
	v.open(eval[string](v, "location.origin") + "/")
	v.await("it is back", count(8))
}

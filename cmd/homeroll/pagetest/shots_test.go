package pagetest

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	_ "image/png" // what Chromium draws
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"homeroll/node/api"
	"homeroll/node/nodetest"
)

// trips are where and when the pictures of the screenshots were taken.
var trips = []struct {
	folder              string
	month               time.Month
	year, pictures      int
	make, model         string
	latitude, longitude float64
}{
	{"2025/Dolomites", time.September, 2025, 14, "Canon", "Canon EOS R6", 46.54, 11.98},
	{"2025/Lake Lucerne", time.July, 2025, 18, "Apple", "iPhone 15", 47.05, 8.31},
	{"2025/Easter in Lisbon", time.April, 2025, 12, "Google", "Pixel 8", 38.72, -9.14},
	{"2024/Iceland", time.October, 2024, 16, "FUJIFILM", "X-T5", 64.15, -21.94},
	{"2024/Kyoto", time.May, 2024, 12, "Apple", "iPhone 15", 35.01, 135.77},
}

// TestScreenshots draws the pictures of the documentation into the directory that
// HOMEROLL_PAGE_SHOTS names. What they show is painted, so that all of it is ours.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("HOMEROLL_PAGE_SHOTS")
	if dir == "" {
		t.Skip("HOMEROLL_PAGE_SHOTS names no directory")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	chromium(t)
	home := nodetest.New(t)
	a, b := home.Device("anna-laptop", paged, roomy), home.Device("nas", paged, roomy)
	home.Pair(b, a)
	total := travel(t, a)
	a.Await("backed up", func(s *api.Status) bool {
		return s.State == api.StateComplete && s.Library.Items >= int64(total)
	})
	v := member(t, a)
	v.see(".tile.is-there")
	v.albumOf("Autumn in Iceland", "2024-10")
	v.albumOf("Kyoto", "2024-05")
	v.albumOf("Summer at the lake", "2025-07")
	v.expect("status of 404")
	for _, p := range shots {
		for _, width := range []int64{1440, 390} {
			v.scheme("light")
			v.size(width, map[int64]int64{1440: 900, 390: 844}[width], width == 390)
			v.eval("sessionStorage.clear(); localStorage.clear()") // such as which part of the map was looked at
			v.goTo(at(t, a, p.path), p)
			v.await("its pictures are there", "[...document.images].filter(i => i.checkVisibility() && i.src).every(i => i.complete && i.naturalWidth) && !document.querySelector('.tile:not(.is-there)')")
			v.still()
			v.shoot(t, filepath.Join(dir, fmt.Sprintf("%s-%d.jpg", p.name, width)))
			if p.name == "timeline" || p.name == "status" {
				v.scheme("dark")
				v.still()
				v.shoot(t, filepath.Join(dir, fmt.Sprintf("%s-%d-dark.jpg", p.name, width)))
			}
			v.key(kb.Escape)
		}
	}
	stranger := visit(t)
	for _, width := range []int64{1440, 390} {
		stranger.size(width, map[int64]int64{1440: 900, 390: 844}[width], width == 390)
		stranger.goTo(at(t, a, "/sign-in"), shown{ready: "main.bare"})
		stranger.shoot(t, filepath.Join(dir, fmt.Sprintf("sign-in-%d.jpg", width)))
	}
}

var shots = []shown{
	{name: "timeline", path: "/", ready: ".tile.is-there"},
	{name: "photo", path: "/", ready: ".tile.is-there", then: func(v *visitor) {
		v.click(".tile .tile-link")
		v.opened()
		if eval[int](v, "innerWidth") > 720 {
			v.key("i")
			v.see(".info-fact")
		}
		v.await("the picture", "[...document.querySelectorAll('.pswp__img')].some(i => i.naturalWidth > 600)")
	}},
	{name: "albums", path: "/albums", ready: ".album-card[href^='/albums/']"},
	{name: "search", path: "/search?q=place%3AIceland", ready: ".tile.is-there"},
	{name: "map", path: "/map", ready: ".leaflet-marker-icon, .leaflet-interactive"},
	{name: "trash", path: "/trash", ready: "main .empty"},
	{name: "upload", path: "/upload", ready: "#drop"},
	{name: "shares", path: "/shares", ready: "#shares:not([aria-busy=true])"},
	{name: "status", path: "/status", ready: "#status-page"},
	{name: "settings", path: "/settings", ready: "#sessions li"},
}

// roomy keeps as much space free as a real device would.
func roomy(d *nodetest.Device) { d.Settings.Vault.Reserve = 10 << 30 }

// atHome has the paths of a test look like those of a person.
const atHome = `(() => {
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
	while (walk.nextNode()) walk.currentNode.data = walk.currentNode.data.replaceAll(/\/\S*\/TestScreenshots\d+\/\d+\/[^/\s]+/g, '/home/anna')
})()`

// travel fills a device's folder with painted pictures and returns how many.
func travel(t *testing.T, d *nodetest.Device) (total int) {
	t.Helper()
	shapes := []image.Point{{1200, 800}, {1200, 800}, {800, 1100}, {1200, 900}, {1600, 700}, {1200, 800}, {900, 1200}}
	for _, trip := range trips {
		for i := range trip.pictures {
			shape := shapes[total%len(shapes)]
			var b bytes.Buffer
			if err := jpeg.Encode(&b, landscape(uint64(total*5+1), image.Rectangle{Max: shape}), &jpeg.Options{Quality: 88}); err != nil {
				t.Fatal(err)
			}
			put(d, fmt.Sprintf("%s/IMG_%04d.jpg", trip.folder, 2000+total), b.Bytes(), exif{
				make: trip.make, model: trip.model, taken: day(trip.year, trip.month, 11+i/5).Add(time.Duration(i) * 17 * time.Minute),
				latitude: trip.latitude + float64(i)/90, longitude: trip.longitude + float64(i%4)/60,
			})
			total++
		}
	}
	d.Write("2025/Lake Lucerne/VID_3000.mp4", video(t), day(2025, time.July, 12))
	return total + 1
}

// albumOf makes an album of all pictures of a month.
func (v *visitor) albumOf(title, month string) {
	v.t.Helper()
	v.eval(fmt.Sprintf(`(async () => {
		const send = (path, body) => fetch('/api/v1/' + path, {method: 'POST', headers: {'X-Homeroll': '1', 'Content-Type': 'application/json'}, body: JSON.stringify(body)}).then(r => r.json())
		const made = await send('albums', {title: %s})
		const {pictures} = await fetch('/api/v1/timeline/%s').then(r => r.json())
		await send('albums/' + (made.album ?? made).id + '/items', {add: pictures.map(p => p.id), remove: []})
	})()`, quote(title), month))
}

// shoot keeps what is seen, small enough for a repository.
func (v *visitor) shoot(t *testing.T, name string) {
	t.Helper()
	v.eval(atHome)
	shot, err := chromedp.Run(v.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	img, _, err := image.Decode(bytes.NewReader(shot))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 82}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

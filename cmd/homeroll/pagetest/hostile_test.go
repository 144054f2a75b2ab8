package pagetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"homeroll/node/nodetest"
)

// Whatever people, cameras and file systems name things, nothing of it runs.
func TestScriptInNamesAndTitlesStaysText(t *testing.T) {
	chromium(t)
	const attack = `"><img src=x onerror=alert(1)><script>alert(2)</script>{{.}}${alert(3)}`
	d := nodetest.New(t).Device("anna-laptop", func(d *nodetest.Device) {
		paged(d)
		d.Settings.Device.Name = "<img src=x onerror=alert(4)>"
	})
	name := `2024/<svg onload=alert(5)>/'"><img src=x onerror=alert(6)>.jpg`
	e := exif{make: attack, model: attack, lens: attack, caption: attack, taken: day(2024, time.July, 13)}
	put(d, strings.ReplaceAll(name, "/'", "/'"), plain(1, 300, 200), e)
	put(d, "javascript:alert(7)/plain.jpg", plain(2, 300, 200), exif{taken: day(2024, time.July, 14)})
	settled(d, 2)
	v := member(t, d)
	v.see(".tile.is-there")
	v.newAlbum(attack[:40], "July 13, 2024")
	v.goTo(at(t, d, "/"), shown{ready: ".tile.is-there", then: func(v *visitor) {
		v.click(v.tile("July 13, 2024"))
		v.opened()
		v.key("i")
		v.read(".info", "onerror=alert(1)")
		v.read(".info", "onerror=alert(4)")
		v.write("#info-caption", attack)
		v.key("\r")
	}})
	for _, path := range []string{"/", "/albums", "/status", "/settings", "/trash", "/search?q=" + escaped(attack), "/search?q=" + escaped("camera:"+attack), "/no-such-" + escaped(attack)} {
		v.expect("status of 404")
		v.open(at(t, d, path))
		v.see("main")
		v.still()
		if n := eval[int](v, `document.querySelectorAll('[onerror], [onload], script:not([src])').length`); n > 0 {
			t.Errorf("%s has %d elements that somebody named", path, n)
		}
	}
}

func escaped(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&b, "%%%02x", c)
	}
	return b.String()
}
